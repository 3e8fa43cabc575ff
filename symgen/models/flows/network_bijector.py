"""What couplings and autoregressive bijectors share: a network says how single numbers are transformed."""

from symgen.models.flows.bijector import Bijector
from symgen.models.validation import float_dtype, not_negative_int, positive_int


class NetworkBijector(Bijector):
    """Base of bijectors with a ``transform`` of single numbers and a ``network`` that parametrises it.

    A bijector makes its ``network`` and defines ``_apply(direction, value, context)``, which returns
    the image and the log determinant; ``direction`` is the transform's ``forward`` or ``inverse``.
    Where one way is another, it overrides ``_forward`` or ``_inverse``.
    """

    def __init__(self, dim, transform, activation, context_dim, seed, name, dtype):
        self.dim = positive_int(dim, "dim")
        self.transform, self.activation = transform, activation
        self.context_dim = not_negative_int(context_dim, "context_dim")
        self.seed, self.name, self.dtype = seed, name, float_dtype(dtype)

    @property
    def params(self):
        """Parameters of the network."""
        return self.network.params

    def _forward(self, z, context):
        return self._apply(self.transform.forward, z, context)

    def _inverse(self, x, context):
        return self._apply(self.transform.inverse, x, context)
