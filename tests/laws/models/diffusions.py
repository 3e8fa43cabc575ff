from row import Row, grey, reals

from symgen.models import DDPM, Diffusion


def levels(n=7):
    return (grey() * 3).round() / 3


SIZES = {"n_steps": 4, "hidden_dims": (5,), "activation": "tanh", "beta_first": 0.1, "beta_last": 0.6}
ROWS = {
    "diffusion": Row(lambda **s: Diffusion(6, **SIZES, levels=4, **s), levels()),
    "diffusion of real numbers": Row(lambda **s: Diffusion(6, **SIZES, **s), reals()),
    "ddpm": Row(lambda **s: DDPM(6, **SIZES, levels=4, **s), levels()),
    "ddpm of real numbers": Row(lambda **s: DDPM(6, **SIZES, **s), reals()),
}
