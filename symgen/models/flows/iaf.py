"""IAF: affine autoregressive layers whose networks see the latent numbers.

References
----------
D. P. Kingma et al. (2016). Improving variational inference with inverse autoregressive flow.
NeurIPS. Equations 10 to 12: a layer.
"""

from symgen.models.flows.autoregressive import InverseAutoregressive
from symgen.models.flows.elementwise import ActNorm
from symgen.models.flows.layered import LayeredFlow
from symgen.models.flows.transforms import Affine


class IAF(LayeredFlow):
    """Inverse autoregressive flow: fast samples, densities number by number.

    Made for posteriors, whose samples are its own. Training on data runs, and differentiates, a
    scan over the numbers of an example for each layer: for few numbers, or patience. The order of
    the numbers alternates between layers. Arguments and errors:
    :class:`~symgen.models.flows.layered.LayeredFlow`.
    """

    name = "iaf"

    def _layer(self, k, network):
        order = {"reverse": k % 2 == 1, "name": f"layer{k}"}
        return [
            InverseAutoregressive(self.input_dim, Affine(), **order, **network),
            ActNorm(self.input_dim, name=f"actnorm{k}", dtype=self.dtype),
        ]
