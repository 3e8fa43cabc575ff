"""The generator MRG31k3p: its two recurrences, their jumps, and seeds.

With ``m1 = 2^31 - 1`` and ``m2 = 2^31 - 21069``:

- ``x1[n] = (2^22 x1[n-2] + (2^7 + 1) x1[n-3]) mod m1``,
- ``x2[n] = (2^15 x2[n-1] + (2^15 + 1) x2[n-3]) mod m2``,
- the word is ``x1[n] - x2[n]``, plus m1 where that is not positive: from 1 to m1.

A state is ``(x1[n-1], x1[n-2], x1[n-3], x2[n-1], x2[n-2], x2[n-3])``.

References
----------
P. L'Ecuyer, R. Touzin (2000). Fast combined multiple recursive generators with multipliers of the
form a = +-2^q +-2^r. Proceedings of the 2000 Winter Simulation Conference.
"""

from numbers import Integral

import numpy as np

from symgen.errors import DtypeError, RangeError

M1 = 2**31 - 1
M2 = 2**31 - 21069

# One step of each recurrence, on (x[n-1], x[n-2], x[n-3]).
A1 = ((0, 2**22, 2**7 + 1), (1, 0, 0), (0, 1, 0))
A2 = ((2**15, 0, 2**15 + 1), (1, 0, 0), (0, 1, 0))


def power(matrix, exponent, modulus):
    """``matrix^exponent mod modulus`` of 3 x 3 integers, as a tuple of tuples."""
    result = tuple(tuple(int(i == j) for j in range(3)) for i in range(3))
    while exponent:
        if exponent & 1:
            result = _product(result, matrix, modulus)
        matrix = _product(matrix, matrix, modulus)
        exponent >>= 1
    return result


def _product(a, b, modulus):
    return tuple(
        tuple(sum(a[i][k] * b[k][j] for k in range(3)) % modulus for j in range(3))
        for i in range(3)
    )


# Jumps from stream to stream, and from one variable's streams to the next one's.
STREAM_JUMP = power(A1, 2**72, M1), power(A2, 2**72, M2)
VARIABLE_JUMP = power(A1, 2**134, M1), power(A2, 2**134, M2)


def jumped(states, jump):
    """States after a jump.

    Parameters
    ----------
    states : int array of shape (..., 6)
    jump : pair of 3 x 3 matrices

    Returns
    -------
    int32 array of the shape of `states`
    """
    parts = []
    for k, (matrix, modulus) in enumerate(zip(jump, (M1, M2), strict=True)):
        x = np.asarray(states)[..., 3 * k : 3 * k + 3].astype(np.uint64)
        for row in matrix:
            terms = [x[..., j] * np.uint64(row[j]) % np.uint64(modulus) for j in range(3)]
            parts.append(sum(terms) % np.uint64(modulus))
    return np.stack(parts, axis=-1).astype(np.int32)


def ff_2p72(rstate):
    """The state 2^72 steps ahead: the next stream."""
    return jumped(rstate, STREAM_JUMP)


def ff_2p134(rstate):
    """The state 2^134 steps ahead: the streams of the next random variable."""
    return jumped(rstate, VARIABLE_JUMP)


def substreams(rstate, count):
    """States of `count` streams, each 2^72 steps ahead of the one before.

    Returns
    -------
    int32 array of shape (count, 6)
    """
    states = np.asarray(rstate, np.int32)[None]
    jump = STREAM_JUMP
    while len(states) < count:  # doubled each time; the jump is as long as what is there
        states = np.concatenate([states, jumped(states, jump)])
        jump = _product(jump[0], jump[0], M1), _product(jump[1], jump[1], M2)
    return np.ascontiguousarray(states[:count])


def state_of_seed(seed):
    """The state that a seed stands for: ``[seed] * 6``, or the six numbers given.

    Parameters
    ----------
    seed : int from 1 to m2 - 1, or six ints
        The first three below m1, the others below m2, neither three all 0.

    Returns
    -------
    int32 array of shape (6,)

    Raises
    ------
    DtypeError
        For something else than one or six integers.
    RangeError
        For integers out of range.
    """
    remedy = "Pass an integer such as 12345."
    numbers = [seed] * 6 if isinstance(seed, Integral) else seed
    try:
        numbers = list(numbers)
    except TypeError:
        numbers = [None]
    if len(numbers) != 6 or not all(isinstance(n, Integral) for n in numbers):
        raise DtypeError("a seed of 1 integer or 6 integers", f"{seed!r}", remedy)
    for part, modulus, which in ((numbers[:3], M1, "first"), (numbers[3:], M2, "last")):
        if not any(part) or any(not 0 <= n < modulus for n in part):
            raise RangeError(
                f"a seed whose {which} 3 values are from 0 to {modulus - 1} and not all 0",
                f"{seed!r}",
                remedy,
            )
    return np.array([int(n) for n in numbers], np.int32)
