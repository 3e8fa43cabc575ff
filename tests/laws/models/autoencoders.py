from row import Row, bits, grey, one_hot, reals

from symgen.models import (
    MODELS,
    Autoencoder,
    Contraction,
    ConvAutoencoder,
    DenoisingAutoencoder,
    L1Sparsity,
    StackedAutoencoder,
    StackedClassifier,
)

ROWS = {
    "autoencoder": Row(lambda **s: Autoencoder(6, (5,), 3, activation="tanh", **s)),
    "autoencoder, squared error": Row(
        lambda **s: Autoencoder(6, (), 2, activation="sigmoid", loss="squared_error", **s)
    ),
    "autoencoder, tied, linear code, two penalties": Row(
        lambda **s: Autoencoder(
            6, (5, 4), 3, "tanh", code_activation="linear", tied=True,
            penalties=(Contraction(0.3), L1Sparsity(0.2)), **s,
        )
    ),
    "denoising_autoencoder": Row(lambda **s: DenoisingAutoencoder(6, (5,), 3, "tanh", **s)),
    "denoising_autoencoder, Gaussian": Row(
        lambda **s: DenoisingAutoencoder(
            6, (5,), 3, "tanh", "squared_error", corruption="gaussian", level=0.2, **s
        ),
        reals(),
    ),
    "denoising_autoencoder, salt and pepper": Row(
        lambda **s: DenoisingAutoencoder(6, (), 3, "tanh", corruption="salt_and_pepper", **s), bits()
    ),
    "contractive_autoencoder": Row(lambda **s: MODELS["contractive_autoencoder"](6, (), 4, **s)),
    "sparse_autoencoder": Row(lambda **s: MODELS["sparse_autoencoder"](6, (), 4, **s)),
    "l1_autoencoder": Row(lambda **s: MODELS["l1_autoencoder"](6, (), 4, "softplus", **s)),
    "da": Row(lambda **s: MODELS["da"](6, 4, **s)),
    "conv_autoencoder": Row(
        lambda **s: ConvAutoencoder(32, (4, 8), (2, 3), 3, 2, "tanh", **s), grey(32)
    ),
    "stacked_autoencoder": Row(
        lambda **s: StackedAutoencoder(6, (5, 4), 3, corruption_levels=(0.1, 0.2, 0.3), **s)
    ),
    "sda": Row(lambda **s: StackedClassifier(6, 3, (5, 4), **s), context=one_hot()),
}  # fmt: skip
