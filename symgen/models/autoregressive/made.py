"""MADE, the masked autoencoder: all conditionals in one pass of an ordinary network.

References
----------
M. Germain, K. Gregor, I. Murray, H. Larochelle (2015). MADE: masked autoencoder for distribution
estimation. ICML. Equations 8 and 9: one hidden layer; 12 and 13: many; section 4.2 and algorithm 1:
orders and connections drawn anew, and the mixture over them.
"""

from collections import OrderedDict
from types import MappingProxyType

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.replace import graph_replace

from symgen import activations, config
from symgen.errors import RangeError, look_up
from symgen.layers import MaskedDense, Sequential, spread_degrees
from symgen.models.autoregressive.autoregressive import AutoregressiveVectors, constant, drawn
from symgen.models.model import Objective
from symgen.models.validation import check_matrix, positive_int, positive_ints


class MADE(AutoregressiveVectors):
    """A network of masked dense layers whose output ``i`` sees the inputs before ``i`` alone.

    Each unit has a degree (see :mod:`symgen.layers.masked_dense`). With one mask the degrees are
    spread evenly and the inputs come in their own order. With many, each mask has hidden degrees
    drawn at random (connectivity-agnostic training) and, on demand, an order of its own of the
    inputs (order-agnostic); a minibatch trains under one mask, the next one under the next, and
    the model is their mixture, ``p(x) = mean_k p_k(x)``, whose log probability is exact too.

    Parameters
    ----------
    input_dim : int
        Numbers in one example, at least 2.
    hidden_dims : sequence of int
        Sizes of the hidden layers.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS` for the hidden layers.
    n_masks : int
        Masks that training goes through and the model is a mixture of.
    shuffle : bool
        Whether each mask has an order of the inputs of its own, drawn at random.
    seed : int
        Seed of the initial weights, of drawn degrees and orders.
    dtype : {"float32", "float64"}, optional
        dtype of the parameters; the default is :func:`symgen.config.floatx`.

    Attributes
    ----------
    orders : int64 array, shape (n_masks, input_dim)
        ``orders[k, t]`` is the input that comes at place ``t`` under mask ``k``.
    degrees : list of int64 arrays, shape (n_masks, units)
        Of the inputs, then of each hidden layer.
    mask_index : shared int64 scalar
        The mask of :meth:`logits` and of the next minibatch.

    Raises
    ------
    RangeError
        For a size below 1, no hidden layer, or fewer than 2 inputs.
    UnknownNameError
        For an activation that there is none of.
    """

    name = "made"
    training = MappingProxyType({"optimizer": "adam", "learning_rate": 1e-3})

    def __init__(
        self,
        input_dim,
        hidden_dims=(500,),
        activation="relu",
        n_masks=1,
        shuffle=False,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        self.n_masks, self.shuffle = positive_int(n_masks, "n_masks"), bool(shuffle)
        if self.input_dim < 2 or not self.hidden_dims:
            raise RangeError(
                "input_dim of at least 2, and a hidden layer at least",
                f"input_dim={input_dim} and hidden_dims={list(self.hidden_dims)}",
                "For a single number take the model 'bernoulli'.",
            )
        self.activation, self.seed = activation, seed
        self.dtype = dtype or config.floatx()
        nonlinear = look_up("activation", activation, activations.ACTIVATIONS)
        rng = np.random.default_rng(seed)
        self.orders, self.degrees = self._drawn_orders_and_degrees(rng)
        self.mask_index = pytensor.shared(np.int64(0), name="mask_index")

        sizes = (self.input_dim, *self.hidden_dims, self.input_dim)
        degrees = [self._under_the_mask(degrees) for degrees in self.degrees]
        degrees.append(degrees[0])
        last = len(sizes) - 2
        self.layers = Sequential(
            [
                MaskedDense(
                    sizes[k],
                    sizes[k + 1],
                    _mask(degrees[k], degrees[k + 1], k == last, self.dtype),
                    nonlinear if k < last else "linear",
                    name="logits" if k == last else f"hidden.{k}",
                    rng=rng,
                    dtype=self.dtype,
                )
                for k in range(last + 1)
            ]
        )

    def _drawn_orders_and_degrees(self, rng):
        D, orders, hidden = self.input_dim, [], [[] for _ in self.hidden_dims]
        for _ in range(self.n_masks):
            orders.append(rng.permutation(D) if self.shuffle else np.arange(D))
            least = 1
            for layer, units in zip(hidden, self.hidden_dims, strict=True):
                if self.n_masks == 1:
                    degrees = spread_degrees(units, 1, D - 1)
                else:
                    degrees = rng.integers(least, D, units)
                    least = degrees.min()
                layer.append(degrees)
        orders = np.array(orders)
        return orders, [np.argsort(orders, axis=1) + 1, *map(np.array, hidden)]

    def _under_the_mask(self, degrees):
        """Degrees under the mask whose turn it is: constants where there is one mask only."""
        if self.n_masks == 1:
            return pt.constant(degrees[0])
        return pt.constant(degrees)[self.mask_index]

    @property
    def params(self):
        """Shared variables that training changes."""
        return self.layers.params

    @property
    def buffers(self):
        """``[mask_index]`` where there are many masks."""
        return [self.mask_index] if self.n_masks > 1 else []

    @property
    def output_bias(self):
        """Of the last layer."""
        return self.layers.layers[-1].b

    def logits(self, x):
        """Logits under the mask that ``mask_index`` names, shape (batch, input_dim)."""
        check_matrix(x, self.input_dim, "MADE")
        return self.layers(x)

    def log_prob(self, x):
        """``log p(x)``, of the mixture over the masks where there are many; shape (batch,)."""
        under_mask = super().log_prob(x)
        if self.n_masks == 1:
            return under_mask
        values = [
            graph_replace(under_mask, {self.mask_index: constant(k, "int64")})
            for k in range(self.n_masks)
        ]
        return pt.logsumexp(pt.stack(values), axis=0) - constant(np.log(self.n_masks), self.dtype)

    def objectives(self, x, srng):
        """``-log p_k(x)`` under the mask ``k`` whose turn it is; the next minibatch has the next.

        By Jensen's inequality its mean over the masks is no less than the mixture's ``nll``.
        """
        if self.n_masks == 1:
            return super().objectives(x, srng)
        loss = -super().log_prob(x).mean()
        turn = OrderedDict({self.mask_index: (self.mask_index + 1) % self.n_masks})
        return [Objective("loss", loss, self.params, {"nll_under_mask": loss}, turn)]

    def from_uniform(self, u, mask=None):
        """Draws with the hidden layers' sums kept: the products of one pass of the network.

        When place ``t`` of the order is drawn, the hidden units of degree ``t`` have all that they
        depend on, and are added to the layer above, once.

        Parameters
        ----------
        u : matrix of shape (n, input_dim), values in [0, 1)
        mask : int vector of shape (n,), optional
            The mask of each row; by default the first for all.
        """
        check_matrix(u, self.input_dim, "MADE")
        if mask is None:
            mask = pt.zeros((u.shape[0],), dtype="int64")
        *below, output = self.layers.layers
        order = pt.constant(self.orders)[mask]
        degrees = [pt.constant(d)[mask] for d in self.degrees[1:]]
        ready = [_units_by_degree(d, self.input_dim, mask) for d in self.degrees[1:-1]]
        rows = pt.arange(u.shape[0])

        def step(t, *sums):
            i = order[:, t]
            seen = (degrees[-1] <= t).astype(self.dtype)
            h = below[-1].activation(sums[-1]) * seen
            x_i = drawn(u[rows, i], (h * output.W.T[i]).sum(axis=1) + output.b[i])
            sums = list(sums)
            sums[0] += x_i[:, None] * below[0].W[i] * (degrees[0] > t).astype(self.dtype)
            for k, (units, real) in enumerate(ready):
                units, real = units[:, t], real[:, t]
                h = below[k].activation(sums[k])[rows[:, None], units] * real
                above = (degrees[k + 1] > t).astype(self.dtype)
                sums[k + 1] += (h[:, :, None] * below[k + 1].W[units]).sum(axis=1) * above
            return [x_i, *sums]

        start = [pt.zeros((u.shape[0], layer.output_dim), self.dtype) + layer.b for layer in below]
        x, *_ = pytensor.scan(
            step,
            sequences=pt.arange(self.input_dim),
            outputs_info=[None, *start],
            return_updates=False,
        )
        # Drawn in the order of the mask: row r holds the number of place order[r, t] at t.
        places = pt.constant(np.argsort(self.orders, axis=1))[mask]
        return x.T[rows[:, None], places]

    def sample(self, n, srng):
        """`n` exact draws, 0 and 1, shape (n, input_dim): a mask for each row, then its numbers."""
        u = srng.uniform((n, self.input_dim), dtype=self.dtype)
        if self.n_masks == 1:
            return self.from_uniform(u)
        which = srng.uniform((n,), dtype="float64") * self.n_masks
        return self.from_uniform(u, which.astype("int64"))

    def filters(self):
        """Weights from the inputs to each unit of the first hidden layer, NumPy (units, input_dim).

        0 where no mask lets the unit see the input.
        """
        seen = self.degrees[0][:, None, :] <= self.degrees[1][:, :, None]
        return self.layers.layers[0].W.get_value().T * seen.any(axis=0)


def _mask(degrees_in, degrees_out, strict, dtype):
    """:func:`symgen.layers.autoregressive_mask` of symbolic degrees."""
    low, high = degrees_in[:, None], degrees_out[None, :]
    return (low < high if strict else low <= high).astype(dtype)


def _units_by_degree(degrees, input_dim, mask):
    """Units of each degree, for the mask of each row.

    Returns
    -------
    units : int64 variable of shape (n, input_dim, most)
        ``units[:, t]`` are those of degree ``t + 1``, filled up with unit 0.
    real : variable of that shape, uint8
        0 where it is filled up.
    """
    masks = range(len(degrees))
    groups = [[np.flatnonzero(degrees[k] == t + 1) for t in range(input_dim)] for k in masks]
    most = max(len(units) for mask_groups in groups for units in mask_groups)
    table = np.zeros((len(degrees), input_dim, most), "int64")
    real = np.zeros(table.shape, "uint8")
    for k in masks:
        for t, units in enumerate(groups[k]):
            table[k, t, : len(units)], real[k, t, : len(units)] = units, 1
    return pt.constant(table)[mask], pt.constant(real)[mask]
