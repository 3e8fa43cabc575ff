"""MAF: affine autoregressive layers whose networks see the data.

References
----------
G. Papamakarios, T. Pavlakou, I. Murray (2017). Masked autoregressive flow for density estimation.
NeurIPS. Equations 3 to 5: a layer; section 3.1: their alternation; 3.4: the conditional flow.
"""

from symgen.models.flows.autoregressive import MaskedAutoregressive
from symgen.models.flows.base import StandardNormal
from symgen.models.flows.flow import Flow
from symgen.models.flows.presets import normalized, seeds, with_preprocessing
from symgen.models.flows.transforms import Affine
from symgen.models.validation import positive_int, positive_ints


class MAF(Flow):
    """Masked autoregressive flow: fast densities, samples number by number.

    The paper normalises by batch statistics between layers; here it is actnorm, which is the same
    map in training and after.

    Parameters
    ----------
    input_dim : int
    n_layers : int
        Number of autoregressive layers, whose order of the numbers alternates.
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
        For a size below 1, no hidden layer, or `alpha` outside of [0, 0.5).
    UnknownNameError
        For an activation that there is none of.
    """

    name = "maf"

    def __init__(
        self,
        input_dim,
        n_layers=5,
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
        layers = [
            MaskedAutoregressive(
                input_dim,
                Affine(),
                self.hidden_dims,
                reverse=k % 2 == 1,
                seed=s,
                name=f"layer{k}",
                **options,
            )
            for k, s in enumerate(seeds(seed, self.n_layers))
        ]
        bijectors = with_preprocessing(normalized(layers, dtype), levels, alpha)
        super().__init__(StandardNormal(input_dim), bijectors, levels, seed, dtype)
