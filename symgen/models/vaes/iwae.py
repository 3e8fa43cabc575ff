"""The importance-weighted autoencoder: a VAE trained on the bound of k draws.

References
----------
Y. Burda, R. Grosse, R. Salakhutdinov (2016). Importance weighted autoencoders. arXiv:1509.00519:
the bound is equation 8, that it rises with k theorem 1.
"""

from symgen.models.model import Model
from symgen.models.numerics import log_mean_exp
from symgen.models.vaes.decoders import BernoulliDecoder
from symgen.models.vaes.posteriors import GaussianPosterior
from symgen.models.vaes.priors import StandardNormalPrior
from symgen.models.vaes.vae import VAE
from symgen.models.validation import positive_int


class IWAE(VAE):
    """Importance-weighted autoencoder: a VAE trained on the bound of several draws.

    It maximises ``E log (1 / k) sum_i p(x, z_i) / q(z_i | x)`` over draws ``z_1 .. z_k`` of q.

    With ``k = 1`` this is the ELBO, its KL term at the draw in place of the closed form.

    Parameters
    ----------
    k : int
        Draws for each example.
    input_dim, hidden_dims, latent_dim, activation, context_dim, prior, posterior, likelihood, seed, dtype
        See :class:`symgen.models.VAE`.

    Raises
    ------
    RangeError, UnknownNameError
        As for the VAE, and for `k` below 1.
    """

    name = "iwae"

    def __init__(
        self,
        input_dim,
        hidden_dims=(128,),
        latent_dim=4,
        activation="relu",
        k=5,
        context_dim=0,
        prior=StandardNormalPrior(),  # a description, which nothing changes
        posterior=GaussianPosterior(),
        likelihood=BernoulliDecoder(),
        seed=0,
        dtype=None,
    ):
        self.k = positive_int(k, "k")
        self.metric = f"IWAE bound, k = {self.k}"
        super().__init__(
            input_dim, hidden_dims, latent_dim, activation,
            context_dim=context_dim, prior=prior, posterior=posterior, likelihood=likelihood,
            seed=seed, dtype=dtype,
        )  # fmt: skip

    def example_terms(self, x, srng, context=None):
        """``{"iwae_bound": ...}``, minus the bound of each example in nats, shape (batch,)."""
        return {"iwae_bound": -log_mean_exp(self.log_weights(x, srng, self.k, context), self.k)}

    def total(self, terms):
        """The cost: minus the bound."""
        return Model.total(self, terms)
