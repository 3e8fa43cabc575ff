"""``theano.tensor.io``: arrays from files."""

import numpy as np
from pytensor.graph.basic import Apply, Constant
from pytensor.graph.op import Op
from pytensor.link.c.type import Generic
from pytensor.tensor.type import TensorType

from symgen.errors import DtypeError, FileFormatError, NotSupportedError, RangeError
from symgen.theano._missing import attribute_lookup

_refuse = attribute_lookup(__name__)

#: Whether arrays can be sent between computers; never, here.
mpi_enabled = False

_MPI = (
    "MPIRecv MPIRecvWait MPISend MPISendWait irecv isend mpi_cmps mpi_keys mpi_send_wait_cmp "
    "mpi_send_wait_key mpi_tag_cmp mpi_tag_key recv send"
).split()


class NoMPIError(NotSupportedError, AttributeError):
    """A name that needs MPI: its order of execution is that of Theano's own scheduler."""


def __getattr__(name):
    if name in _MPI:
        raise NoMPIError(
            "a name that works without Theano's scheduler of messages between computers",
            f"theano.tensor.io.{name}",
            "Send arrays by mpi4py, between the calls of compiled functions.",
        )
    return _refuse(name)


class LoadFromDisk(Op):
    """``LoadFromDisk(dtype, broadcastable, mmap_mode)(path)``: see :func:`load`."""

    __props__ = ("dtype", "broadcastable", "mmap_mode")

    def __init__(self, dtype, broadcastable, mmap_mode=None):
        if mmap_mode not in (None, "c"):
            raise RangeError("mmap_mode None or 'c'", repr(mmap_mode), "Use one of them.")
        self.dtype = np.dtype(dtype)
        self.broadcastable, self.mmap_mode = tuple(broadcastable), mmap_mode

    def make_node(self, path):
        """`path` is a string, or a variable of type Generic."""
        path = Constant(Generic(), path) if isinstance(path, str) else path
        shape = tuple(1 if one else None for one in self.broadcastable)
        return Apply(self, [path], [TensorType(self.dtype.name, shape=shape)()])

    def perform(self, node, inputs, outputs):
        """Read the file."""
        (path,) = inputs
        if path.endswith(".npz"):
            raise FileFormatError("a .npy file", path, "Save one array with numpy.save.")
        array = np.load(path, mmap_mode=self.mmap_mode)
        if array.dtype != self.dtype:
            raise DtypeError(f"an array of {self.dtype}", f"{array.dtype}", "Change dtype=.")
        outputs[0][0] = array

    def __str__(self):
        return f"Load{{dtype: {self.dtype}, broadcastable: {self.broadcastable}}}"


def load(path, dtype, broadcastable, mmap_mode=None):
    """Return the array in a ``.npy`` file, read when the function runs.

    Parameters
    ----------
    path : str or Variable of type Generic
    dtype : str or numpy.dtype
        Of the array in the file.
    broadcastable : tuple of bool
        One for each dimension: whether its length is 1.
    mmap_mode : {None, "c"}
        ``None`` reads the file into memory; ``"c"`` maps it, so that only what is used is read.

    Raises
    ------
    RangeError
        For another `mmap_mode`.
    FileFormatError, DtypeError
        At run time, ``ValueError`` and ``TypeError``: for an ``.npz`` file, and another dtype.
    """
    return LoadFromDisk(dtype, broadcastable, mmap_mode)(path)
