"""Neural spline flows: rational-quadratic splines in couplings or autoregressive layers.

References
----------
C. Durkan, A. Bekasov, I. Murray, G. Papamakarios (2019). Neural spline flows. NeurIPS. Section 3.1:
the splines; 3.2: the linear layers between them; RQ-NSF (C) and RQ-NSF (AR) of the tables.
"""

from symgen.models.flows.autoregressive import MaskedAutoregressive
from symgen.models.flows.coupling import Coupling
from symgen.models.flows.elementwise import ActNorm
from symgen.models.flows.layered import LayeredFlow
from symgen.models.flows.linear import InvertibleLinear, training_of_maps
from symgen.models.flows.transforms import RationalQuadraticSpline


class NeuralSpline(LayeredFlow):
    """Spline couplings with invertible linear maps between them, RQ-NSF (C) in the paper.

    Actnorm first standardises the data. Arguments and errors, beside these:
    :class:`~symgen.models.flows.layered.LayeredFlow`.

    Parameters
    ----------
    bins : int
        Bins of each spline.
    tail_bound : float
        Where the splines end and the identity begins.

    Raises
    ------
    RangeError
        For fewer than two bins, or a `tail_bound` that is not positive.
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
        alpha=1e-6,
        seed=0,
        dtype=None,
    ):
        self.bins, self.tail_bound = bins, tail_bound
        super().__init__(
            input_dim, n_layers, hidden_dims, activation, context_dim, levels, alpha, seed, dtype
        )

    @property
    def training(self):
        """Defaults: the linear maps' rate falls with their size."""
        return training_of_maps(super().training, self.input_dim)

    def _layer(self, k, network):
        # A linear map of the base alone would do nothing: the first is left out.
        dim, seed, dtype = self.input_dim, network["seed"], self.dtype
        linear = [InvertibleLinear(dim, seed=seed, name=f"linear{k}", dtype=dtype)] if k else []
        return [*linear, self._splines(RationalQuadraticSpline(self.bins, self.tail_bound), k, network)]

    def _splines(self, spline, k, network):
        return Coupling(self.input_dim, spline, name=f"coupling{k}", **network)

    def _last(self):
        return [ActNorm(self.input_dim, dtype=self.dtype)]


class NeuralSplineAutoregressive(NeuralSpline):
    """Autoregressive spline layers with linear maps between them, RQ-NSF (AR) in the paper.

    Of one number it is a single spline for each layer. Arguments and errors:
    :class:`NeuralSpline`.
    """

    name = "neural_spline_ar"

    def _splines(self, spline, k, network):
        return MaskedAutoregressive(self.input_dim, spline, name=f"layer{k}", **network)
