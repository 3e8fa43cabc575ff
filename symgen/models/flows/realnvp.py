"""RealNVP: affine couplings, in turn of two parts of the vector.

References
----------
L. Dinh, J. Sohl-Dickstein, S. Bengio (2017). Density estimation using Real NVP. ICLR. Equations 4
to 8: the coupling; section 3.5: their alternation; 4.1: the logit of grey levels.
"""

from symgen.models.flows.coupling import Coupling
from symgen.models.flows.elementwise import ActNorm
from symgen.models.flows.layered import LayeredFlow
from symgen.models.flows.linear import Permutation
from symgen.models.flows.presets import interleaved
from symgen.models.flows.transforms import Affine


class RealNVP(LayeredFlow):
    """Affine couplings, in turn of the even and the odd numbers of an example, with actnorm.

    The paper normalises by batch statistics between couplings; here it is actnorm, which is the
    same map in training and after. Arguments and errors:
    :class:`~symgen.models.flows.layered.LayeredFlow`.
    """

    name = "realnvp"

    def _layer(self, k, network):
        part = {"flip": k % 2 == 1, "name": f"coupling{k}"}
        return [
            Coupling(self.input_dim, Affine(), **part, **network),
            ActNorm(self.input_dim, name=f"actnorm{k}", dtype=self.dtype),
        ]

    def _last(self):
        return [Permutation(self.input_dim, interleaved(self.input_dim))]
