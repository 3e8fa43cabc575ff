"""What the flows of the literature are made of: settings in, a list of bijectors out."""

import numpy as np

from symgen.models.flows.elementwise import Logit, check_alpha
from symgen.random import checked_seed


def seeds(seed, n):
    """`n` seeds that follow from one."""
    return [int(s) for s in np.random.SeedSequence(checked_seed(seed)).generate_state(n)]


def interleaved(dim):
    """The order of a ``Permutation`` whose latent side has the even places of the data, then the odd."""
    places = (*range(0, dim, 2), *range(1, dim, 2))
    return tuple(int(place) for place in np.argsort(places))


def with_preprocessing(bijectors, levels, alpha):
    """The bijectors, after which grey levels come from the line to [0, 1] unless `alpha` is None."""
    if alpha is None:
        return bijectors
    check_alpha(alpha)
    return bijectors if levels is None else [*bijectors, Logit(bijectors[0].dim, alpha)]
