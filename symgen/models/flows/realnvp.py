"""RealNVP: affine couplings, in turn of two parts of the vector.

References
----------
L. Dinh, J. Sohl-Dickstein, S. Bengio (2017). Density estimation using Real NVP. ICLR. Equations 4
to 8: the coupling; section 3.5: their alternation; 4.1: the logit of grey levels.
"""

from symgen.models.flows.base import StandardNormal
from symgen.models.flows.coupling import Coupling
from symgen.models.flows.flow import Flow
from symgen.models.flows.linear import Permutation
from symgen.models.flows.presets import interleaved, normalized, seeds, with_preprocessing
from symgen.models.flows.transforms import Affine
from symgen.models.validation import positive_int, positive_ints


class RealNVP(Flow):
    """Affine couplings, in turn of the even and the odd numbers of an example, with actnorm.

    The paper normalises by batch statistics between couplings; here it is actnorm, which is the
    same map in training and after.

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

    name = "realnvp"

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
        couplings = [
            Coupling(
                input_dim,
                Affine(),
                self.hidden_dims,
                flip=k % 2 == 1,
                seed=s,
                name=f"coupling{k}",
                **options,
            )
            for k, s in enumerate(seeds(seed, self.n_layers))
        ]
        parts = Permutation(input_dim, interleaved(input_dim))
        bijectors = with_preprocessing([*normalized(couplings, dtype), parts], levels, alpha)
        super().__init__(StandardNormal(input_dim), bijectors, levels, seed, dtype)
