from row import Row, grey, one_hot, reals

from symgen.models import (
    IAF,
    MAF,
    NICE,
    Gaussian,
    Glow,
    GlowImages,
    NeuralSpline,
    NeuralSplineAutoregressive,
    RealNVP,
)

SMALL = {"hidden_dims": (8, 7), "activation": "tanh"}
X = reals()
LEVELS = (abs(X) * 5).astype(int) % 5 / 4
IMAGES = (grey(16) * 5).astype(int) / 4

ROWS = {
    "gaussian": Row(lambda **s: Gaussian(6, **s), X),
    "nice": Row(lambda **s: NICE(6, 2, **SMALL, **s), X),
    "realnvp": Row(lambda **s: RealNVP(6, 2, **SMALL, **s), X),
    "realnvp of grey levels": Row(lambda **s: RealNVP(6, 2, levels=5, **SMALL, **s), LEVELS),
    "maf": Row(lambda **s: MAF(6, 2, **SMALL, **s), X),
    "maf, conditional": Row(
        lambda **s: MAF(6, 2, context_dim=3, **SMALL, **s), X, context=one_hot()
    ),
    "iaf": Row(lambda **s: IAF(6, 1, **SMALL, **s), X),
    "glow": Row(lambda **s: Glow(6, 2, **SMALL, **s), X),
    "glow_images": Row(
        lambda **s: GlowImages(
            16, n_scales=2, n_steps=1, hidden_channels=3, activation="tanh", levels=5, **s
        ),
        IMAGES,
    ),
    "neural_spline": Row(lambda **s: NeuralSpline(6, 1, bins=3, **SMALL, **s), X),
    "neural_spline_ar": Row(lambda **s: NeuralSplineAutoregressive(6, 1, bins=3, **SMALL, **s), X),
}
