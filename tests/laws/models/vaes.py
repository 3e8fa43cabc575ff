from row import Row, grey, one_hot, reals

from symgen.models import (
    IWAE,
    MODELS,
    VAE,
    ConvVAE,
    MixturePrior,
    SphericalGaussianDecoder,
)

SMALL = {"hidden_dims": (5,), "latent_dim": 2, "activation": "tanh"}

ROWS = {
    "vae": Row(lambda **s: VAE(6, (5, 4), 2, activation="tanh", **s)),
    "vae without hidden layers": Row(lambda **s: VAE(6, (), 1, **s)),
    "linear-Gaussian vae": Row(
        lambda **s: VAE(6, (), 2, likelihood=SphericalGaussianDecoder(0.5), **s), reals()
    ),
    "iwae": Row(lambda **s: IWAE(6, (5,), 2, activation="tanh", k=3, **s)),
    "conditional iwae with a mixture prior": Row(
        lambda **s: IWAE(6, **SMALL, k=3, context_dim=3, prior=MixturePrior(3), **s),
        context=one_hot(),
    ),
    "gaussian_vae": Row(lambda **s: MODELS["gaussian_vae"](6, **SMALL, **s), reals()),
    "sigma_vae": Row(lambda **s: MODELS["sigma_vae"](6, **SMALL, **s), reals()),
    "conditional_vae": Row(
        lambda **s: MODELS["conditional_vae"](6, **SMALL, context_dim=3, **s), context=one_hot()
    ),
    "mixture_prior_vae": Row(lambda **s: MODELS["mixture_prior_vae"](6, **SMALL, components=3, **s)),
    "vampprior_vae": Row(lambda **s: MODELS["vampprior_vae"](6, **SMALL, components=9, **s)),
    "vae_iaf": Row(
        lambda **s: MODELS["vae_iaf"](6, (5,), 3, "tanh", steps=2, flow_dims=(4,), **s)
    ),
    "conv_vae": Row(lambda **s: ConvVAE(32, (4, 8), (2, 3), 3, 2, "tanh", **s), grey(32)),
    "conditional conv_vae": Row(
        lambda **s: ConvVAE(16, None, (2,), 3, 2, "tanh", context_dim=3, **s),
        grey(16), context=one_hot(),
    ),
    "vae_document_000": Row(lambda **s: MODELS["vae_document_000"](6, **s)),
    "vae_document_001": Row(lambda **s: MODELS["vae_document_001"](6, **s)),
    "vae_document_002": Row(lambda **s: MODELS["vae_document_002"](6, **s)),
}
