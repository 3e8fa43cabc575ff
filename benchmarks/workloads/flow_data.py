"""Numbers in six dimensions for the flows, in place of images."""

import numpy as np

DIM = 6


def curved(rng, count):
    """Each number a normal one plus half the square of the one before it, float32 ``(count, 6)``."""
    x = rng.standard_normal((count, DIM))
    x[:, 1:] += 0.5 * x[:, :-1] ** 2 - 0.5
    return x.astype("float32")


def layer(rng, fan_in, fan_out, scale=1.0):
    """Glorot-uniform weights times `scale`, and biases of 0."""
    bound = scale * np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_in, fan_out)).astype("float32"), np.zeros(fan_out, "float32")
