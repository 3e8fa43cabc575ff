"""Initial weights, the same for every peer."""

import numpy as np


def glorot_uniform(rng, fan_in, fan_out):
    """Uniform in ``+-sqrt(6 / (fan_in + fan_out))``, float32, shape ``(fan_in, fan_out)``.

    References
    ----------
    Xavier Glorot and Yoshua Bengio, 2010, "Understanding the difficulty of training
    deep feedforward neural networks", equation 16.
    """
    bound = np.sqrt(6.0 / (fan_in + fan_out))
    return uniform(rng, bound, (fan_in, fan_out))


def uniform(rng, bound, shape):
    """Uniform in ``+-bound``, float32."""
    return rng.uniform(-bound, bound, shape).astype("float32")


def zeros(size):
    """A float32 vector of zeros."""
    return np.zeros(size, "float32")
