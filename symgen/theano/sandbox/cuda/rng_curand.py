"""``theano.sandbox.cuda.rng_curand``: random streams of Theano's first GPU back end.

The numbers are those of :class:`theano.sandbox.rng_mrg.MRG_RandomStreams`: NVIDIA's generator, and so
its numbers, are not here. Seeds repeat them, as they did there.
"""

from symgen.ops.mrg import MRG_RandomStreams
from symgen.theano._missing import attribute_lookup

__all__ = ["CURAND_RandomStreams"]

__getattr__ = attribute_lookup(__name__)


class CURAND_RandomStreams(MRG_RandomStreams):
    """Streams with CURAND's methods: ``uniform`` and ``normal``.

    Parameters
    ----------
    seed : int
        From 1 on.
    """

    def __init__(self, seed):
        super().__init__(seed)
        self._seeds = int(seed)

    def next_seed(self):
        """Return a seed that this has not returned before."""
        self._seeds += 1
        return self._seeds

    def uniform(self, size, low=0.0, high=1.0, ndim=None, dtype=None):
        """Return draws from the uniform distribution over (low, high).

        Parameters
        ----------
        size : tuple of int or integer scalar, or a shape
        low, high : float or variable
        ndim : int, optional
        dtype : str, optional

        Returns
        -------
        TensorVariable of shape `size`
        """
        return super().uniform(size, low, high, ndim, dtype)

    def normal(self, size=None, avg=0.0, std=1.0, ndim=None, dtype=None):
        """Return draws from the normal distribution ``N(avg, std^2)``.

        Parameters
        ----------
        size : tuple of int or integer scalar, or a shape
        avg, std : float or variable
        ndim : int, optional
        dtype : str, optional

        Returns
        -------
        TensorVariable of shape `size`
        """
        return super().normal(size, avg, std, ndim, dtype)
