"""The coupling: one part of the vector decides how the other is transformed."""

import numpy as np
import pytensor.tensor as pt

from symgen.errors import RangeError
from symgen.initializers import zeros
from symgen.layers import Dense, Sequential
from symgen.models.flows.network_bijector import NetworkBijector
from symgen.models.validation import positive_ints


class Coupling(NetworkBijector):
    """``x_a = z_a``, ``x_b = transform(z_b; network(z_a, context))``.

    Both directions cost one pass of the network. It gives all parameters of the transform in one
    matrix product, and starts with zeros, so that the coupling starts as the identity.

    Parameters
    ----------
    dim : int >= 2
    transform
        One of :mod:`symgen.models.flows.transforms`.
    hidden_dims : sequence of int
        Hidden layers of the network.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS`.
    context_dim : int >= 0
    flip : bool
        Whether ``a`` is the second part of the vector; the first has ``dim - dim // 2`` numbers.
    seed : int
    name : str
        Prefix of the parameters' names.
    dtype : {"float32", "float64"}, optional

    Raises
    ------
    RangeError
        For one dimension, which has no parts, or a size below 1.

    References
    ----------
    L. Dinh, J. Sohl-Dickstein, S. Bengio (2017). Density estimation using Real NVP. ICLR.
    Section 3.2, equations 4 to 6.
    """

    def __init__(
        self,
        dim,
        transform,
        hidden_dims=(64, 64),
        activation="relu",
        context_dim=0,
        flip=False,
        seed=0,
        name="coupling",
        dtype=None,
    ):
        super().__init__(dim, transform, activation, context_dim, seed, name, dtype)
        if self.dim < 2:
            raise RangeError(
                "at least two dimensions for a coupling",
                "1",
                "One number has no other to depend on: use an autoregressive spline flow.",
            )
        self.hidden_dims, self.flip = positive_ints(hidden_dims, "hidden_dims"), bool(flip)
        first = self.dim - self.dim // 2
        n_a, self._n_b = (self.dim - first, first) if self.flip else (first, self.dim - first)
        self._cut = first
        options = {"rng": np.random.default_rng(seed), "dtype": self.dtype}
        sizes = (n_a + self.context_dim, *self.hidden_dims)
        hidden = [
            Dense(i, o, activation, name=f"{name}.{k}", **options)
            for k, (i, o) in enumerate(zip(sizes, sizes[1:], strict=False))
        ]
        n_outputs = transform.n_parameters * self._n_b
        output = Dense(sizes[-1], n_outputs, W=zeros, name=f"{name}.output", **options)
        self.network = Sequential([*hidden, output])

    def _apply(self, direction, value, context):
        # Numbers are rows, examples columns: parts lie side by side then, as do the numbers of an operation.
        a, b = value.T[: self._cut], value.T[self._cut :]
        if self.flip:
            a, b = b, a
        seen = a if context is None else pt.concatenate([a, context.astype(a.dtype).T], axis=0)
        shape = (self.transform.n_parameters, self._n_b, -1)
        b, log_slope = direction(b, self.network(seen.T).T.reshape(shape))
        return pt.concatenate([b, a] if self.flip else [a, b], axis=0).T, log_slope.sum(axis=0)
