"""Autoregressive bijectors: each number is transformed by what the numbers before it say.

The two differ in whose numbers the network sees. Where it sees the data, densities take one pass and
samples a scan over the dimensions; where it sees the latent numbers it is the other way round.

References
----------
D. P. Kingma et al. (2016). Improving variational inference with inverse autoregressive flow.
NeurIPS. Equations 10 to 12.
G. Papamakarios, T. Pavlakou, I. Murray (2017). Masked autoregressive flow for density estimation.
NeurIPS. Equations 3 to 5: the masked flow; section 3.3: its relation to the inverse one.
"""

import numpy as np

from symgen.models.flows.masked_network import MaskedNetwork
from symgen.models.flows.network_bijector import NetworkBijector
from symgen.models.validation import positive_ints


class _Autoregressive(NetworkBijector):
    """What both share: ``_apply`` takes one pass of the network, ``sequentially`` the other way.

    Parameters
    ----------
    dim : int
    transform
        One of :mod:`symgen.models.flows.transforms`.
    hidden_dims : sequence of int, at least one
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS`.
    context_dim : int >= 0
    reverse : bool
        Whether the order is from the last number to the first.
    seed : int
    name : str
        Prefix of the parameters' names.
    dtype : {"float32", "float64"}, optional

    Raises
    ------
    RangeError
        For a size below 1, or no hidden layer.
    """

    def __init__(
        self,
        dim,
        transform,
        hidden_dims=(64, 64),
        activation="relu",
        context_dim=0,
        reverse=False,
        seed=0,
        name="autoregressive",
        dtype=None,
    ):
        super().__init__(dim, transform, activation, context_dim, seed, name, dtype)
        self.hidden_dims, self.reverse = positive_ints(hidden_dims, "hidden_dims"), bool(reverse)
        self.network = MaskedNetwork(
            self.dim,
            transform.n_parameters,
            self.hidden_dims,
            activation,
            self.context_dim,
            self.reverse,
            rng=np.random.default_rng(seed),
            name=name,
            dtype=self.dtype,
        )

    def _apply(self, direction, value, context):
        image, log_slope = direction(value.T, self.network(value, context))
        return image.T, log_slope.sum(axis=0)


class MaskedAutoregressive(_Autoregressive):
    """``x_d = transform(z_d; network(x_1 .. x_(d-1)))``: densities by one pass of the network."""

    __doc__ += _Autoregressive.__doc__.partition("\n")[2]

    def _forward(self, z, context):
        return self.network.sequentially(self.transform.forward, z, context)


class InverseAutoregressive(_Autoregressive):
    """``x_d = transform(z_d; network(z_1 .. z_(d-1)))``: samples by one pass of the network."""

    __doc__ += _Autoregressive.__doc__.partition("\n")[2]

    def _inverse(self, x, context):
        return self.network.sequentially(self.transform.inverse, x, context)
