"""Ways to spoil an input, so that an autoencoder learns to mend it.

Each is a function of the input, the random streams and a level, and returns the spoilt input in the
same shape and dtype. The gradient flows through what is left of the input.

References
----------
P. Vincent et al. (2010). Stacked denoising autoencoders: learning useful representations in a deep
network with a local denoising criterion. JMLR 11. Section 3.3: the three kinds of noise.
"""

import numpy as np
import pytensor.tensor as pt


def masking(x, srng, level):
    """Each value is set to 0 with probability `level`."""
    return x * srng.bernoulli(1 - level, size=x.shape, dtype=x.dtype)


def gaussian(x, srng, level):
    """Normal noise of standard deviation `level`, in units of the data, is added to each value."""
    return x + np.asarray(level, x.dtype) * srng.normal(x.shape, dtype=x.dtype)


def salt_and_pepper(x, srng, level):
    """Each value is replaced with probability `level`: by 0 or by 1, as a coin falls."""
    u = srng.uniform(x.shape, dtype=x.dtype)
    half, level = np.asarray(level / 2, x.dtype), np.asarray(level, x.dtype)
    extreme = (u < half).astype(x.dtype)
    return pt.switch(u < level, extreme, x)


#: By name; the level is a probability, or a standard deviation.
CORRUPTIONS = {"masking": masking, "gaussian": gaussian, "salt_and_pepper": salt_and_pepper}
