"""``theano.sandbox.rng_mrg``: MRG31k3p streams, the fast random numbers of Theano's users.

The numbers of a seed are Theano's. ``theano.function`` applies the updates of the states by itself.
"""

import numpy as np
import pytensor.tensor as pt

from symgen.errors import DtypeError, ShapeError
from symgen.ops.mrg import MRG_RandomStreams, MRGUniform, ff_2p72, ff_2p134, guess_n_streams
from symgen.ops.mrg.op import advance
from symgen.ops.mrg.recurrence import STREAM_JUMP, VARIABLE_JUMP
from symgen.ops.mrg.recurrence import M1 as FIRST_MODULUS
from symgen.ops.mrg.recurrence import M2 as SECOND_MODULUS
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet._stand_in import StandInOp

__all__ = [
    "M1",
    "M2",
    "MASK2",
    "MASK12",
    "MASK13",
    "MULT2",
    "NORM",
    "A1p72",
    "A1p134",
    "A2p72",
    "A2p134",
    "DotModulo",
    "MRG_RandomStreams",
    "ff_2p72",
    "ff_2p134",
    "guess_n_streams",
    "matVecModM",
    "mrg_next_value",
    "mrg_uniform",
    "mrg_uniform_base",
    "multMatVect",
]

__getattr__ = attribute_lookup(__name__)

#: The moduli of the two recurrences.
M1, M2 = np.asarray(FIRST_MODULUS, "int32"), np.asarray(SECOND_MODULUS, "int32")
#: Masks and the factor of the recurrences' shifts.
MASK12, MASK13, MASK2 = np.int32(2**9 - 1), np.int32(2**24 - 1), np.int32(2**16 - 1)
MULT2 = np.int32(2**31 - SECOND_MODULUS)
#: From a word to a number below 1.
NORM = 2.0**-31
#: The recurrences' matrices to the power 2^72 and 2^134.
A1p72, A2p72 = (np.array(matrix, "int64") for matrix in STREAM_JUMP)
A1p134, A2p134 = (np.array(matrix, "int64") for matrix in VARIABLE_JUMP)


def matVecModM(A, s, m):
    """Return ``A s mod m`` as int32; NumPy arrays.

    Parameters
    ----------
    A : int64 array, shape (rows, columns)
    s : int32 array, shape (columns,)
    m : int32

    Raises
    ------
    DtypeError
        For another dtype of `A`.
    """
    if A.dtype != np.int64:
        raise DtypeError("an int64 matrix", f"{A.dtype}", "Cast it.")
    return (np.sum((A * s) % m, 1) % m).astype(np.int32)


def multMatVect(v, A, m1, B, m2):
    """Return ``A v[:3] mod m1`` followed by ``B v[3:] mod m2``, int32; NumPy arrays."""
    return np.concatenate([matVecModM(A, v[:3], m1), matVecModM(B, v[3:], m2)])


def mrg_next_value(rstate, new_rstate, NORM, mask, offset):
    """Advance one stream and return its next number, ``((word & mask) + offset) NORM``.

    Parameters
    ----------
    rstate : int32 array, shape (6,)
    new_rstate : int32 array, shape (6,)
        Is overwritten with the state after the number.
    NORM : float
    mask, offset : int
        ``0x7fffffff`` and 0, but for float16 ``0x7fff`` and 1.

    Returns
    -------
    float
    """
    state, words = advance(np.asarray(rstate, np.int32)[None], 1)
    new_rstate[...] = state[0]
    return ((int(words[0]) & int(mask)) + int(offset)) * NORM


class DotModulo(StandInOp):
    """``DotModulo()(A, s, m, A2, s2, m2)``: ``A s mod m`` followed by ``A2 s2 mod m2``."""

    def make_graph(self, A, s, m, A2, s2, m2):
        """Return the vector, of the dtype of `s`."""
        halves = []
        for matrix, vector, modulus in ((A, s, m), (A2, s2, m2)):
            modulus = pt.cast(modulus, "int64")
            terms = (matrix * pt.cast(vector, "int64")) % modulus
            halves.append(pt.sum(terms, axis=1) % modulus)
        return pt.cast(pt.concatenate(halves), pt.as_tensor_variable(s).dtype)


class mrg_uniform_base(StandInOp):
    """``mrg_uniform(output_type)(rstate, size)``: new states, and uniform numbers from (0, 1).

    Parameters
    ----------
    output_type : TensorType
        Of the numbers.
    inplace : bool
        Whether Theano's Op wrote into `rstate`: the backend decides.
    """

    __props__ = ("output_type", "inplace")

    def __init__(self, output_type, inplace=False):
        self.output_type, self.inplace = output_type, bool(inplace)

    @classmethod
    def recognises(cls, op):
        """symgen's generator."""
        return isinstance(op, MRGUniform)

    def make_graph(self, rstate, size):
        """Return the states after the draws, and the draws.

        Parameters
        ----------
        rstate : int32 matrix, shape (streams, 6)
        size : sequence or vector of as many integers as the type has axes
        """
        ndim = self.output_type.ndim
        if hasattr(size, "type") or len(size) == ndim:
            shape = [size[axis] for axis in range(ndim)]
            return MRGUniform(self.output_type.dtype)(rstate, *shape)
        raise ShapeError(f"a size of {ndim} integers", f"{len(size)}", "Pass one for each axis.")


class mrg_uniform(mrg_uniform_base):
    """See :class:`mrg_uniform_base`."""

    @classmethod
    def new(cls, rstate, ndim, dtype, size):
        """Return the states after the draws, and the draws.

        Parameters
        ----------
        rstate : int32 matrix, shape (streams, 6)
        ndim : int or None
            Number of axes; None for as many as `size` has entries.
        dtype : str
        size : sequence or vector of integers
        """
        ndim = pt.get_vector_length(pt.as_tensor_variable(size)) if ndim is None else ndim
        return cls(pt.TensorType(dtype, shape=(None,) * ndim))(rstate, size)
