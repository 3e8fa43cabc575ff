"""Neural spline flows: rational-quadratic splines in couplings or autoregressive layers.

References
----------
C. Durkan, A. Bekasov, I. Murray, G. Papamakarios (2019). Neural spline flows. NeurIPS. Section 3.1:
the splines; 3.2: the linear layers between them; RQ-NSF (C) and RQ-NSF (AR) of the tables.
"""

from symgen.models.flows.autoregressive import MaskedAutoregressive
from symgen.models.flows.base import StandardNormal
from symgen.models.flows.coupling import Coupling
from symgen.models.flows.elementwise import ActNorm
from symgen.models.flows.flow import Flow
from symgen.models.flows.linear import InvertibleLinear
from symgen.models.flows.presets import seeds, with_preprocessing
from symgen.models.flows.transforms import RationalQuadraticSpline
from symgen.models.validation import positive_int, positive_ints


class NeuralSpline(Flow):
    """Spline couplings with invertible linear maps between them, RQ-NSF (C) in the paper.

    Parameters
    ----------
    input_dim : int >= 2
    n_layers : int
        Number of couplings.
    bins : int
        Bins of each spline.
    tail_bound : float
        Where the splines end and the identity begins; actnorm first standardises the data.
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
        For an `input_dim` of 1, a size below 1, a `tail_bound` that is not positive, or `alpha`
        outside of [0, 0.5).
    UnknownNameError
        For an activation that there is none of.
    """

    name = "neural_spline"

    def __init__(
        self,
        input_dim,
        n_layers=4,
        bins=8,
        tail_bound=4.0,
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
        self.bins, self.tail_bound = bins, tail_bound
        self.activation, self.alpha, self.seed = activation, alpha, seed
        spline = RationalQuadraticSpline(bins, tail_bound)
        options = {"activation": activation, "context_dim": context_dim, "dtype": dtype}
        layers = []
        for k, s in enumerate(seeds(seed, self.n_layers)):
            name = f"coupling{k}"
            layers += [
                InvertibleLinear(input_dim, seed=s, name=f"linear{k}", dtype=dtype),
                Coupling(input_dim, spline, self.hidden_dims, seed=s, name=name, **options),
            ]
        # A linear map of the base alone would do nothing: the first is left out.
        layers = [*layers[1:], ActNorm(input_dim, dtype=dtype)]
        bijectors = with_preprocessing(layers, levels, alpha)
        super().__init__(StandardNormal(input_dim), bijectors, levels, seed, dtype)


class NeuralSplineAutoregressive(Flow):
    """Autoregressive spline layers with linear maps between them, RQ-NSF (AR) in the paper.

    Of one number it is a single spline for each layer.

    Parameters
    ----------
    input_dim : int
    n_layers, bins, tail_bound, hidden_dims, activation, context_dim, levels, alpha, seed, dtype
        See :class:`NeuralSpline`; at least one hidden layer.

    Raises
    ------
    RangeError, UnknownNameError
        As :class:`NeuralSpline`, but for an `input_dim` of 1, which is well.
    """

    name = "neural_spline_ar"

    def __init__(
        self,
        input_dim,
        n_layers=3,
        bins=8,
        tail_bound=4.0,
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
        self.bins, self.tail_bound = bins, tail_bound
        self.activation, self.alpha, self.seed = activation, alpha, seed
        spline = RationalQuadraticSpline(bins, tail_bound)
        options = {"activation": activation, "context_dim": context_dim, "dtype": dtype}
        layers = []
        for k, s in enumerate(seeds(seed, self.n_layers)):
            name = f"layer{k}"
            layers += [
                InvertibleLinear(input_dim, seed=s, name=f"linear{k}", dtype=dtype),
                MaskedAutoregressive(
                    input_dim, spline, self.hidden_dims, seed=s, name=name, **options
                ),
            ]
        layers = [*layers[1:], ActNorm(input_dim, dtype=dtype)]
        bijectors = with_preprocessing(layers, levels, alpha)
        super().__init__(StandardNormal(input_dim), bijectors, levels, seed, dtype)
