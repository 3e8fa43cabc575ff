"""Shared variables whose value lives on a device, and a count of what moves to and from it.

A function on JAX or PyTorch leaves the new value of a shared variable where it was computed, in
the cell that all functions over this variable share. NumPy sees it when somebody asks:

- the user, by ``get_value()``: the container of such a variable is a :class:`DeviceContainer`;
- a function on the C, Numba or Python backend: its linker calls :func:`bring_home` before a call.
"""

from dataclasses import dataclass, replace

import numpy as np
from pytensor.link.basic import Container

_TO_NUMPY = {}


@dataclass
class Transfers:
    """Arrays and bytes that moved between host and devices since this process began.

    Attributes
    ----------
    arrays_to_device, bytes_to_device, arrays_to_host, bytes_to_host : int

    Examples
    --------
    >>> before = transfers.copy()
    >>> (transfers - before).arrays_to_host
    0
    """

    arrays_to_device: int = 0
    bytes_to_device: int = 0
    arrays_to_host: int = 0
    bytes_to_host: int = 0

    def to_device(self, array):
        """Count one array (with ``nbytes``) that moved to a device."""
        self.arrays_to_device += 1
        self.bytes_to_device += array.nbytes

    def to_host(self, array):
        """Count one array (with ``nbytes``) that moved to the host."""
        self.arrays_to_host += 1
        self.bytes_to_host += array.nbytes

    def copy(self):
        """What the counts are now."""
        return replace(self)

    def __sub__(self, before):
        return Transfers(*(a - b for a, b in zip(self._counts(), before._counts(), strict=True)))

    def _counts(self):
        return (
            self.arrays_to_device,
            self.bytes_to_device,
            self.arrays_to_host,
            self.bytes_to_host,
        )


transfers = Transfers()


class DeviceContainer(Container):
    """A container whose value may be a device's array; read, it is NumPy's.

    What is read is a copy on the host: to write into it changes nothing on the device.
    """

    def __get__(self):
        return to_numpy(self.storage[0])

    def __deepcopy__(self, memo):
        bring_home([self.storage])
        return super().__deepcopy__(memo)

    data = property(__get__, Container.__set__)
    value = property(__get__, Container.__set__)


def adopt(container):
    """Let a shared variable's container hold a device's array from now on."""
    if type(container) is Container:
        container.__class__ = DeviceContainer


def register_array_type(kind, convert):
    """Make a device's array type known: ``convert(array)`` is a NumPy array that owns its memory."""
    _TO_NUMPY[kind] = convert


def is_on_device(value):
    """Whether a cell's value is a device's array."""
    return type(value) in _TO_NUMPY


def to_numpy(value):
    """A device's array as a NumPy array of its own; anything else as it is."""
    convert = _TO_NUMPY.get(type(value))
    if convert is None:
        return value
    array = convert(value)
    if isinstance(array, np.ndarray):
        transfers.to_host(array)
    return array


def bring_home(cells):
    """Replace devices' arrays in cells (lists of one value) by NumPy arrays."""
    if not _TO_NUMPY:
        return
    for cell in cells:
        if type(cell[0]) in _TO_NUMPY:
            cell[0] = to_numpy(cell[0])
