"""Dropout."""

import numpy as np
import pytensor.tensor as pt

from symgen.errors import RangeError, SettingsError


class Dropout:
    """Units left out at random while training; the identity afterwards.

    The training form is ``x m / (1 - rate)`` with ``m ~ Bernoulli(1 - rate)`` for each element, whose
    expectation is ``x``.

    Parameters
    ----------
    rate : float in [0, 1)
        Probability that a unit is left out.

    Raises
    ------
    RangeError
        For another `rate`.

    References
    ----------
    N. Srivastava et al. (2014). Dropout: a simple way to prevent neural networks from overfitting.
    JMLR 15. Section 4, with the scaling of section 10 at training time.
    """

    params = ()

    def __init__(self, rate=0.5):
        if not 0 <= rate < 1:
            raise RangeError("rate in [0, 1)", f"{rate}", "Pass 0.5 to leave out every other unit.")
        self.rate = rate

    def __call__(self, x):
        """`x` itself."""
        return x

    def training_form(self, x, srng=None):
        """`x` with elements left out, and no updates.

        Parameters
        ----------
        x : variable, floating
        srng : symgen.random.RandomStreams

        Raises
        ------
        SettingsError
            Without `srng`.
        """
        if srng is None:
            raise SettingsError(
                "random streams to draw the units that Dropout leaves out",
                "srng=None",
                "Pass srng=symgen.random.RandomStreams(seed).",
            )
        x = pt.as_tensor_variable(x)
        kept = srng.bernoulli(1 - self.rate, size=x.shape, dtype=x.dtype)
        return x * kept * np.asarray(1 / (1 - self.rate), x.dtype), {}

    def __repr__(self):
        return f"Dropout({self.rate})"
