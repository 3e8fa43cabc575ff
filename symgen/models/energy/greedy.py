"""Greedy training of deep machines: each layer an RBM that sees the data through those below it.

References
----------
G. Hinton, S. Osindero, Y.-W. Teh (2006). A fast learning algorithm for deep belief nets. Neural
Computation 18. Section 4.
"""

import numpy as np
from pytensor.gradient import disconnected_grad

from symgen.models.energy.rbm import RBM, has_begun
from symgen.models.model import Model
from symgen.models.validation import positive_int


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
    machine.k, machine.dtype, machine.seed = k, dtype, 0  # of no consequence: nothing is drawn
    return machine


class GreedyLayer(Model):
    """One phase of a deep machine's pretraining: contrastive divergence of one of its layers.

    Of the machine's RBM of that layer, that is: if its chains are persistent, so is the divergence.

    Parameters
    ----------
    deep : Model
        Has ``greedy_rbm(layer) -> (RBM, its shared variables)`` and ``below(x, srng, layer)``, what
        reaches that layer of data `x`: a draw, for which no gradient is wanted.
    layer : int
        From 0.
    turned : bool
        Whether a layer above another begins where that one has got to, and not at its own first
        parameters: see :meth:`initialize`.
    """

    name = "greedy_layer"
    metric = "none"
    bound = "none"

    def __init__(self, deep, layer, turned=True):
        self.deep, self.layer, self.turned = deep, layer, turned
        self.input_dim, self.dtype = deep.input_dim, deep.dtype
        batches = {key: deep.training[key] for key in ("batch_size",) if key in deep.training}
        self.training = {**RBM.training, **batches}
        self.value_range, self.binary = deep.value_range, deep.binary
        self._rbm, self._params = deep.greedy_rbm(layer)

    @property
    def params(self):
        """Shared variables of this layer."""
        return self._params

    @property
    def buffers(self):
        """The chains of this layer, if they are persistent."""
        return self._rbm.buffers

    @property
    def k(self):
        """Gibbs steps of this layer's contrastive divergence; may be set between two trainings."""
        return self._rbm.k

    @k.setter
    def k(self, k):
        self._rbm.k = positive_int(k, "k")

    def initialize(self, x):
        """Begin where the layers below have got to, with `x` NumPy of shape (n, input_dim).

        A layer of as many hidden units as the RBM below has visible ones, or more, begins as that
        RBM upside down, its weights transposed; units beyond keep their first, small weights, and the
        visible biases take away what these push on average, ``W / 2`` of each. Its
        distribution of its visible units is then that of the hidden units below, so that the deep
        machine begins as the shallow one, and its bound rises from there (Hinton, Osindero and Teh
        2006, section 4.2). A smaller layer begins at the units' log odds, as the bottom one does:
        see :meth:`RBM.initialize`. A layer that has begun to learn is left as it is.
        """
        if has_begun(*self.params[-2:]) or self.layer and not self.turned:
            return
        lower = self.deep.greedy_rbm(self.layer - 1)[1] if self.layer else None
        if lower is None or self._rbm.n_hidden < lower[-1].type.shape[0]:
            RBM.initialize(self._rbm, self._means_below(x))
            return
        *weights, hbias, vbias = self.params
        W_below, *_, hbias_below, vbias_below = (param.get_value() for param in lower)
        n = len(vbias_below)
        for W in weights:
            W.set_value(np.hstack([W_below.T, W.get_value()[:, n:]]))
        hbias.set_value(np.concatenate([vbias_below, hbias.get_value()[n:]]))
        push = weights[0].get_value()[:, n:].sum(axis=1) / 2
        vbias.set_value((hbias_below - push).astype(self.dtype))

    def _means_below(self, x):
        """Means of the units that this layer sees, sent up from `x`: NumPy."""
        for layer in range(self.layer):
            W, *_, hbias, _ = (p.get_value() for p in self.deep.greedy_rbm(layer)[1])
            x = 1 / (1 + np.exp(-(x @ W + hbias)))
        return x

    def objectives(self, x, srng):
        """Contrastive divergence on what the layers below make of `x`: see :meth:`RBM.objectives`."""
        (objective,) = self._rbm.objectives(
            disconnected_grad(self.deep.below(x, srng, self.layer)), srng
        )
        objective.params = self.params
        return [objective]
