"""Greedy training of deep machines: each layer an RBM that sees the data through those below it.

References
----------
G. Hinton, S. Osindero, Y.-W. Teh (2006). A fast learning algorithm for deep belief nets. Neural
Computation 18. Section 4.
"""

from pytensor.gradient import disconnected_grad

from symgen.models.energy.rbm import RBM
from symgen.models.model import Model


def rbm_of(W, hbias, vbias, k, dtype, kind=RBM):
    """An RBM of given symbolic parameters, which trains nothing by itself.

    Parameters
    ----------
    W, hbias, vbias : variables
        With known static shapes.
    k : int
    dtype : str
    kind : type
        :class:`RBM` or a class derived from it.
    """
    machine = kind.__new__(kind)
    machine.input_dim, machine.n_hidden = W.type.shape
    machine.W, machine.hbias, machine.vbias = W, hbias, vbias
    machine.k, machine.dtype, machine.seed = k, dtype, None
    return machine


class GreedyLayer(Model):
    """One phase of a deep machine's pretraining: contrastive divergence of one of its layers.

    Parameters
    ----------
    deep : Model
        Has ``greedy_rbm(layer) -> (RBM, its shared variables)`` and ``below(x, srng, layer)``, what
        reaches that layer of data `x`: a draw, for which no gradient is wanted.
    layer : int
        From 0.
    """

    name = "greedy_layer"
    metric = "none"
    bound = "none"

    def __init__(self, deep, layer):
        self.deep, self.layer = deep, layer
        self.input_dim, self.dtype, self.training = deep.input_dim, deep.dtype, RBM.training
        self.value_range, self.binary = deep.value_range, deep.binary
        self._rbm, self._params = deep.greedy_rbm(layer)

    @property
    def params(self):
        """Shared variables of this layer."""
        return self._params

    def initialize(self, x):
        """The bottom layer's visible biases as in `x`: see :meth:`RBM.initialize`."""
        if self.layer == 0:
            RBM.initialize(self._rbm, x)

    def objectives(self, x, srng):
        """Contrastive divergence on what the layers below make of `x`: see :meth:`RBM.objectives`."""
        (objective,) = self._rbm.objectives(
            disconnected_grad(self.deep.below(x, srng, self.layer)), srng
        )
        objective.params = self.params
        return [objective]
