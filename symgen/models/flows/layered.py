"""What the flows of the literature share: layers of one make over a base."""

from symgen.models.flows.base import StandardNormal
from symgen.models.flows.flow import Flow
from symgen.models.flows.presets import seeds, with_preprocessing
from symgen.models.validation import positive_int, positive_ints


class LayeredFlow(Flow):
    """Base of flows of `n_layers` layers, each with a network of its own.

    One of them says in ``_layer(k, network)`` which bijectors its layer ``k`` is made of, from the
    latent vector on, in ``_first()`` and ``_last()`` which come before all layers and follow on them,
    and in ``_base`` what its base is. ``network`` are the arguments that bijectors with a network
    take: ``hidden_dims``, ``activation``, ``context_dim``, ``seed``, ``dtype``.

    Parameters
    ----------
    input_dim : int
    n_layers : int
        Number of layers.
    hidden_dims : sequence of int
        Hidden layers of the network of each layer.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS`.
    context_dim : int
        Numbers in the context of a conditional density; 0 for none.
    levels : int, optional
        Number of grey levels; see :class:`~symgen.models.flows.flow.Flow`.
    alpha : float in [0, 0.5), or None
        Of grey levels, which come to the line by :class:`~symgen.models.flows.elementwise.Logit`;
        with None they stay in [0, 1].
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        The default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For a size below 1, or `alpha` outside of [0, 0.5); of couplings, for an `input_dim` of 1;
        of autoregressive layers, without a hidden layer.
    UnknownNameError
        For an activation that there is none of.
    """

    _base = StandardNormal

    def __init__(
        self,
        input_dim,
        n_layers=8,
        hidden_dims=(128, 128),
        activation="relu",
        context_dim=0,
        levels=None,
        alpha=1e-6,
        seed=0,
        dtype=None,
    ):
        self.input_dim = positive_int(input_dim, "input_dim")
        self.n_layers = positive_int(n_layers, "n_layers")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        self.activation, self.alpha, self.dtype = activation, alpha, dtype
        network = {"activation": activation, "context_dim": context_dim, "dtype": dtype}
        bijectors = self._first()
        for k, s in enumerate(seeds(seed, self.n_layers)):
            bijectors += self._layer(k, {"hidden_dims": self.hidden_dims, "seed": s, **network})
        bijectors = with_preprocessing([*bijectors, *self._last()], levels, alpha)
        super().__init__(self._base(self.input_dim), bijectors, levels, seed, dtype)

    def _first(self):
        return []

    def _layer(self, k, network):
        raise NotImplementedError

    def _last(self):
        return []
