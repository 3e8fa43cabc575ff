"""NICE: additive couplings, a scaling, and a logistic base.

References
----------
L. Dinh, D. Krueger, Y. Bengio (2015). NICE: non-linear independent components estimation. ICLR
workshop. Section 3.2: the couplings; 3.3: the scaling; 3.4: the prior; 5.1: the interleaved parts.
"""

from symgen.models.flows.base import StandardLogistic
from symgen.models.flows.coupling import Coupling
from symgen.models.flows.elementwise import Scaling
from symgen.models.flows.layered import LayeredFlow
from symgen.models.flows.linear import Permutation
from symgen.models.flows.presets import interleaved
from symgen.models.flows.transforms import Additive


class NICE(LayeredFlow):
    """Additive couplings, in turn of the even and the odd numbers of an example.

    Only the scaling changes volumes. Grey levels are dequantised and taken as they are, without a
    logit. Arguments and errors: :class:`~symgen.models.flows.layered.LayeredFlow`.
    """

    name = "nice"
    _base = StandardLogistic

    def __init__(
        self,
        input_dim,
        n_layers=4,
        hidden_dims=(128, 128),
        activation="relu",
        context_dim=0,
        levels=None,
        seed=0,
        dtype=None,
    ):
        super().__init__(
            input_dim, n_layers, hidden_dims, activation, context_dim, levels, None, seed, dtype
        )

    def _first(self):
        return [Scaling(self.input_dim, dtype=self.dtype)]

    def _layer(self, k, network):
        part = {"flip": k % 2 == 1, "name": f"coupling{k}"}
        return [Coupling(self.input_dim, Additive(), **part, **network)]

    def _last(self):
        return [Permutation(self.input_dim, interleaved(self.input_dim))]
