"""MAF: affine autoregressive layers whose networks see the data.

References
----------
G. Papamakarios, T. Pavlakou, I. Murray (2017). Masked autoregressive flow for density estimation.
NeurIPS. Equations 3 to 5: a layer; section 3.1: their alternation; 3.4: the conditional flow.
"""

from symgen.models.flows.autoregressive import MaskedAutoregressive
from symgen.models.flows.elementwise import ActNorm
from symgen.models.flows.layered import LayeredFlow
from symgen.models.flows.transforms import Affine


class MAF(LayeredFlow):
    """Masked autoregressive flow: fast densities, samples number by number.

    The order of the numbers alternates between layers. The paper normalises by batch statistics
    between them; here it is actnorm, which is the same map in training and after. Arguments and
    errors: :class:`~symgen.models.flows.layered.LayeredFlow`.
    """

    name = "maf"

    def _layer(self, k, network):
        order = {"reverse": k % 2 == 1, "name": f"layer{k}"}
        return [
            MaskedAutoregressive(self.input_dim, Affine(), **order, **network),
            ActNorm(self.input_dim, name=f"actnorm{k}", dtype=self.dtype),
        ]
