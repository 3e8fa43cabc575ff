"""Glow for vectors: actnorm, an invertible linear map, an affine coupling, many times.

References
----------
D. P. Kingma, P. Dhariwal (2018). Glow: generative flow with invertible 1x1 convolutions. NeurIPS.
Table 1: the step of the flow. Of one pixel with `input_dim` channels it is this model.
"""

from symgen.models.flows.coupling import Coupling
from symgen.models.flows.elementwise import ActNorm
from symgen.models.flows.layered import LayeredFlow
from symgen.models.flows.linear import InvertibleLinear, training_of_maps
from symgen.models.flows.transforms import Affine


class Glow(LayeredFlow):
    """Steps of actnorm, an invertible linear map and an affine coupling.

    `n_layers` counts the steps. Arguments and errors:
    :class:`~symgen.models.flows.layered.LayeredFlow`.
    """

    name = "glow"

    @property
    def training(self):
        """Defaults: the linear maps' rate falls with their size."""
        return training_of_maps(super().training, self.input_dim)

    def _layer(self, k, network):
        dim, dtype = self.input_dim, self.dtype
        return [
            Coupling(dim, Affine(), name=f"coupling{k}", **network),
            InvertibleLinear(dim, seed=network["seed"], name=f"linear{k}", dtype=dtype),
            ActNorm(dim, name=f"actnorm{k}", dtype=dtype),
        ]
