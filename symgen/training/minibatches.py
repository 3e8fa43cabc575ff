"""Which examples make up which minibatch of which epoch."""

import numbers

import numpy as np

from symgen.errors import RangeError


class Minibatches:
    """Rows reshuffled each epoch; the last, partial minibatch is kept.

    The order of an epoch depends on the seed and the epoch's number alone, so that a run that
    goes on after an interruption meets the same minibatches as one never stopped.

    Parameters
    ----------
    n : int
        Number of examples.
    batch_size : int
        At least 1 and at most `n`.
    seed : int

    Raises
    ------
    RangeError
        For a batch size out of that range.
    """

    def __init__(self, n, batch_size, seed):
        number = isinstance(batch_size, numbers.Real)
        if not number or not 1 <= batch_size <= n or batch_size != int(batch_size):
            raise RangeError(
                f"a batch size from 1 to the number of examples, {n}",
                repr(batch_size),
                f"Choose a smaller one: --batch-size {max(1, min(100, n))}.",
            )
        self.n, self.batch_size, self.seed = int(n), int(batch_size), int(seed)

    def __len__(self):
        return -(-self.n // self.batch_size)

    def order(self, epoch):
        """Permutation of the rows for `epoch` (int64, shape (n,))."""
        return np.random.default_rng([self.seed, epoch]).permutation(self.n)

    def rows(self, order, first, most):
        """Rows of up to `most` minibatches from number `first` on, all of one size.

        Parameters
        ----------
        order : int64 array of shape (n,)
            What :meth:`order` returned.
        first, most : int
            `first` is below ``len(self)`` and `most` at least 1.

        Returns
        -------
        int64 array of shape (minibatches, size)
        """
        whole = self.n // self.batch_size
        if first == whole:
            return order[whole * self.batch_size :].reshape(1, -1)
        last = min(first + most, whole)
        return order[first * self.batch_size : last * self.batch_size].reshape(-1, self.batch_size)
