"""NICE: additive couplings, a scaling, and a logistic base.

References
----------
L. Dinh, D. Krueger, Y. Bengio (2015). NICE: non-linear independent components estimation. ICLR
workshop. Section 3.2: the couplings; 3.3: the scaling; 3.4: the prior; 5.1: the interleaved parts.
"""

from symgen.models.flows.base import StandardLogistic
from symgen.models.flows.coupling import Coupling
from symgen.models.flows.elementwise import Scaling
from symgen.models.flows.flow import Flow
from symgen.models.flows.linear import Permutation
from symgen.models.flows.presets import interleaved, seeds
from symgen.models.flows.transforms import Additive
from symgen.models.validation import positive_int, positive_ints


class NICE(Flow):
    """Additive couplings, in turn of the even and the odd numbers of an example.

    Only the scaling changes volumes. Grey levels are dequantised and taken as they are.

    Parameters
    ----------
    input_dim : int >= 2
    n_layers : int
        Number of couplings.
    hidden_dims : sequence of int
        Hidden layers of the network of each layer.
    activation : str
        Name in :data:`symgen.activations.ACTIVATIONS`.
    context_dim : int
        Numbers in the context of a conditional density; 0 for none.
    levels : int, optional
        Number of grey levels; see :class:`~symgen.models.flows.flow.Flow`.
    seed : int
        Seed of the initial weights.
    dtype : {"float32", "float64"}, optional
        The default is :func:`symgen.config.floatx`.

    Raises
    ------
    RangeError
        For an `input_dim` of 1, or a size below 1.
    UnknownNameError
        For an activation that there is none of.
    """

    name = "nice"

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
        self.n_layers = positive_int(n_layers, "n_layers")
        self.hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        self.activation, self.seed = activation, seed
        options = {
            "hidden_dims": self.hidden_dims,
            "activation": activation,
            "context_dim": context_dim,
            "dtype": dtype,
        }
        couplings = [
            Coupling(input_dim, Additive(), flip=k % 2 == 1, seed=s, name=f"coupling{k}", **options)
            for k, s in enumerate(seeds(seed, self.n_layers))
        ]
        parts = Permutation(input_dim, interleaved(input_dim))
        bijectors = [Scaling(input_dim, dtype=dtype), *couplings, parts]
        super().__init__(StandardLogistic(input_dim), bijectors, levels, seed, dtype)
