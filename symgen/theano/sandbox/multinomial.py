"""``theano.sandbox.multinomial``: outcomes with given probabilities from uniform numbers."""

from symgen.ops.mrg import pick
from symgen.theano._missing import attribute_lookup

__all__ = [
    "ChoiceFromUniform",
    "MultinomialFromUniform",
    "MultinomialWOReplacementFromUniform",
]

__getattr__ = attribute_lookup(__name__)


class MultinomialFromUniform(pick.MultinomialFromUniform):
    """``MultinomialFromUniform(odtype)(pvals, unis, n=1)``: counts of each outcome, by row.

    Parameters
    ----------
    odtype : str
        Dtype of the counts, ``"auto"`` for that of `pvals`.
    """


class ChoiceFromUniform(pick.ChoiceFromUniform):
    """``ChoiceFromUniform(odtype)(pvals, unis, n=1)``: n outcomes without replacement, by row.

    Parameters
    ----------
    odtype : str
        Dtype of the outcomes, ``"auto"`` for int64.
    replace : bool
        Whether outcomes may come again.
    """

    def __init__(self, odtype, replace=False):
        super().__init__("int64" if odtype == "auto" else odtype)
        self.replace = replace


class MultinomialWOReplacementFromUniform(ChoiceFromUniform):
    """The older name of :class:`ChoiceFromUniform`."""
