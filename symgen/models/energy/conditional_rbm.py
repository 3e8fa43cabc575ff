r"""The RBM whose biases a context moves: labels, or the frames before this one.

.. math::
    b_v(c) = b_v + A^\top c, \qquad b_h(c) = b_h + B^\top c

References
----------
G. Taylor, G. Hinton, S. Roweis (2007). Modeling human motion using binary latent variables. NIPS.
Section 3: the dynamic biases.
V. Mnih, H. Larochelle, G. Hinton (2011). Conditional restricted Boltzmann machines for structured
output prediction. UAI.
"""

from copy import copy
from numbers import Integral

import pytensor.tensor as pt

from symgen.errors import ShapeError
from symgen.models.energy.rbm import RBM, shared_zeros
from symgen.models.validation import check_context_matrix, check_matrix, positive_int


class ConditionalRBM(RBM):
    """RBM of ``p(x | context)``, trained by contrastive divergence of `k` steps.

    Parameters
    ----------
    input_dim : int
        Visible units.
    context_dim : int
        Numbers in a context, such as classes of a one-hot label.
    n_hidden, k, seed, dtype
        See :class:`symgen.models.RBM`.

    Attributes
    ----------
    A, B : shared variables of shape (context_dim, n_visible), (context_dim, n_hidden)

    Raises
    ------
    RangeError
        For a size or `k` below 1.

    Notes
    -----
    Each context has a Z of its own: ``symgen.evaluation`` takes ``rbm.given(context)``, the RBM at
    one context, for instance a NumPy vector.
    """

    name = "conditional_rbm"

    def __init__(self, input_dim, context_dim, n_hidden=500, k=1, seed=0, dtype=None):
        super().__init__(input_dim, n_hidden, k, seed, dtype)
        self.context_dim = positive_int(context_dim, "context_dim")
        self.A = shared_zeros("A", (self.context_dim, self.input_dim), self.dtype)
        self.B = shared_zeros("B", (self.context_dim, self.n_hidden), self.dtype)

    @property
    def params(self):
        """``[W, hbias, vbias, A, B]``."""
        return [self.W, self.hbias, self.vbias, self.A, self.B]

    def given(self, context):
        """The :class:`RBM` at a context, with biases for each example or for all.

        Parameters
        ----------
        context : matrix of shape (batch, context_dim), or vector of shape (context_dim,)
            Symbolic or NumPy.
        """
        context = pt.as_tensor_variable(context).astype(self.dtype)
        if context.ndim != 1:
            check_matrix(context, self.context_dim, "the context of ConditionalRBM")
        elif context.type.shape[0] not in (None, self.context_dim):
            raise ShapeError(
                f"a context of {self.context_dim} numbers, as context_dim is",
                f"{context.type.shape[0]}",
                "Give the context of one example as a vector, those of many as rows of a matrix.",
            )
        machine = RBM.__new__(RBM)
        machine.__dict__.update(copy(self.__dict__))
        machine.context_dim = 0
        machine.vbias = self.vbias + pt.dot(context, self.A)
        machine.hbias = self.hbias + pt.dot(context, self.B)
        return machine

    def _given_rows(self, context, examples):
        """:meth:`given` a row for each of so many examples, or None where that is not known."""
        check_context_matrix(context, self.context_dim, examples, "ConditionalRBM")
        return self.given(context)

    def objectives(self, x, srng, context=None):
        """Contrastive divergence at each example's context; see :meth:`RBM.objectives`."""
        (objective,) = self._given_rows(context, x.type.shape[0]).objectives(x, srng)
        objective.params = self.params
        return [objective]

    def example_terms(self, x, srng, context=None):
        """``pseudo_likelihood`` given the context; see :meth:`RBM.example_terms`."""
        return self._given_rows(context, x.type.shape[0]).example_terms(x, srng)

    def free_energy(self, v_sample, context=None):
        """Free energy at each example's context, shape (batch,)."""
        return self._given_rows(context, v_sample.type.shape[0]).free_energy(v_sample)

    def chain(self, x, srng, steps=10, *, context=None):
        """Means of the visible units along a Gibbs chain from `x`: (steps, batch, n_visible)."""
        return self._given_rows(context, x.type.shape[0]).chain(x, srng, steps)

    def sample(self, n, srng, context=None):
        """A draw for each of `n` rows of `context`, after 1000 Gibbs steps: (n, input_dim)."""
        examples = int(n) if isinstance(n, Integral) else None
        return self._given_rows(context, examples).sample(n, srng)

    def reconstruct(self, x, context=None):
        """Means of the visible units given the means of the hidden ones, shape (batch, input_dim)."""
        return self._given_rows(context, x.type.shape[0]).reconstruct(x)

    def encode(self, x, context=None):
        """``p(h = 1 | x, context)``, shape (batch, n_hidden)."""
        return self._given_rows(context, x.type.shape[0]).encode(x)
