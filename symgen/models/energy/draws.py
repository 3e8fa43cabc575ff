"""Random numbers for Gibbs steps: drawn before a chain, or by each of its steps."""

import pytensor

from symgen.random import ScanStream


class GivenDraws:
    """Numbers that were drawn before, handed out one after the other in place of new ones.

    A step of a Gibbs chain is written for a stream, ``draws.uniform(size)``; in a short ``scan`` its
    numbers are drawn outside, as sequences, and stand in here.

    Parameters
    ----------
    *arrays : variables
    """

    def __init__(self, *arrays):
        self._arrays = iter(arrays)

    def uniform(self, size, dtype=None):
        """The next array, which was drawn uniform with that size and dtype."""
        return next(self._arrays)

    normal = uniform


def bernoulli(mean, draws):
    """1 where a uniform number lies below `mean`, else 0, in the dtype of `mean`."""
    return (draws.uniform(mean.shape, dtype=mean.dtype) < mean).astype(mean.dtype)


def run_chain(step, start, steps, srng, non_sequences=(), every=False):
    """State of a Markov chain after some steps, each of which draws its own numbers.

    Parameters
    ----------
    step : callable
        ``step(*states, draws) -> list of states``, each of the dtype of the old one.
    start : list of variables
    steps : int or symbolic scalar
    srng : symgen.random.RandomStreams
    non_sequences : sequence of shared variables
        What `step` uses beside; PyTensor finds those that are left out, at some cost.
    every : bool
        Return all states along a new first axis, not the last ones.

    Returns
    -------
    list of variables, as `start`
    """
    n = len(start)

    def one(*arguments):
        stream = ScanStream(arguments[n])
        return [*step(*arguments[:n], stream), stream.state]

    states = pytensor.scan(
        one,
        outputs_info=[*start, ScanStream.begin(srng)],
        non_sequences=list(non_sequences),
        n_steps=steps,
        return_updates=False,
    )
    return [state if every else state[-1] for state in states[:n]]
