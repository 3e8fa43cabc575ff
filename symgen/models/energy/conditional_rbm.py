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

import pytensor.tensor as pt

from symgen.models.energy.rbm import RBM, shared_zeros
from symgen.models.validation import check_matrix, positive_int


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
            check_matrix(context, self.context_dim, "the context")
        machine = RBM.__new__(RBM)
        machine.__dict__.update(copy(self.__dict__))
        machine.context_dim = 0
        machine.vbias = self.vbias + pt.dot(context, self.A)
        machine.hbias = self.hbias + pt.dot(context, self.B)
        return machine

    def objectives(self, x, srng, context):
        """Contrastive divergence at each example's context; see :meth:`RBM.objectives`."""
        (objective,) = self.given(context).objectives(x, srng)
        objective.params = self.params
        return [objective]

    def example_terms(self, x, srng, context):
        """``pseudo_likelihood`` given the context; see :meth:`RBM.example_terms`."""
        return self.given(context).example_terms(x, srng)

    def free_energy(self, v_sample, context):
        """Free energy at each example's context, shape (batch,)."""
        return self.given(context).free_energy(v_sample)

    def chain(self, x, srng, steps=10, *, context):
        """Means of the visible units along a Gibbs chain from `x`: (steps, batch, n_visible)."""
        return self.given(context).chain(x, srng, steps)

    def sample(self, n, srng, context):
        """A draw for each of `n` rows of `context`, after 1000 Gibbs steps: (n, input_dim)."""
        return self.given(context).sample(n, srng)

    def reconstruct(self, x, context):
        """Means of the visible units given the means of the hidden ones, shape (batch, input_dim)."""
        return self.given(context).reconstruct(x)

    def encode(self, x, context):
        """``p(h = 1 | x, context)``, shape (batch, n_hidden)."""
        return self.given(context).encode(x)
