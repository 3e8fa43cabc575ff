"""Glow for vectors: actnorm, an invertible linear map, an affine coupling, many times.

References
----------
D. P. Kingma, P. Dhariwal (2018). Glow: generative flow with invertible 1x1 convolutions. NeurIPS.
Table 1: the step of the flow. Of one pixel with `input_dim` channels it is this model.
"""

from symgen.models.flows.base import StandardNormal
from symgen.models.flows.coupling import Coupling
from symgen.models.flows.elementwise import ActNorm
from symgen.models.flows.flow import Flow
from symgen.models.flows.linear import InvertibleLinear
from symgen.models.flows.presets import seeds, with_preprocessing
from symgen.models.flows.transforms import Affine
from symgen.models.validation import positive_int, positive_ints


class Glow(Flow):
    """Steps of actnorm, an invertible linear map and an affine coupling.

    Parameters
    ----------
    input_dim : int >= 2
    n_layers : int
        Number of steps.
    hidden_dims : sequence of int
        Hidden layers of the network of each layer.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS`.
    context_dim : int
        Numbers in the context of a conditional density; 0 for none.
    levels : int, optional
        Number of grey levels; see :class:`~symgen.models.flows.flow.Flow`.
    alpha : float in [0, 0.5)
        Of grey levels, which come to the line by :class:`~symgen.models.flows.elementwise.Logit`.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        The default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For an `input_dim` of 1, a size below 1, or `alpha` outside of [0, 0.5).
    UnknownNameError
        For an activation that there is none of.
    """

    name = "glow"

    def __init__(
        self,
        input_dim,
        n_layers=8,
        hidden_dims=(128, 128),
        activation="relu",
        context_dim=0,
        levels=None,
        alpha=0.05,
        seed=0,
        dtype=None,
    ):
        self.n_layers = positive_int(n_layers, "n_layers")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        self.activation, self.alpha, self.seed = activation, alpha, seed
        options = {"activation": activation, "context_dim": context_dim, "dtype": dtype}
        steps = []
        for k, s in enumerate(seeds(seed, self.n_layers)):
            name = f"coupling{k}"
            steps += [
                Coupling(input_dim, Affine(), self.hidden_dims, seed=s, name=name, **options),
                InvertibleLinear(input_dim, seed=s, name=f"linear{k}", dtype=dtype),
                ActNorm(input_dim, name=f"actnorm{k}", dtype=dtype),
            ]
        bijectors = with_preprocessing(steps, levels, alpha)
        super().__init__(StandardNormal(input_dim), bijectors, levels, seed, dtype)
