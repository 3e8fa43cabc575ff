"""Linkers of the backends that compute in the host's memory: C, Numba and Python.

A shared variable that a function on JAX or PyTorch has updated holds a device's array. These
linkers bring it home before each call, so that functions on any backends can share variables.
"""

from pytensor.link.numba.linker import NumbaLinker as PyTensorNumbaLinker
from pytensor.link.vm import VMLinker

from symgen.backends.device import bring_home


class HomeVM:
    """A virtual machine whose inputs are NumPy arrays whenever it runs."""

    def __init__(self, vm, cells):
        self._vm, self._cells = vm, cells
        self.allow_gc = vm.allow_gc  # asked for at every call

    def __call__(self, *args, **kwargs):
        bring_home(self._cells)
        return self._vm(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self._vm, name)


class HostLinker(VMLinker):
    """PyTensor's virtual machine over shared variables that may be on a device."""

    def make_all(self, *args, **kwargs):
        """Make the virtual machine; see :class:`pytensor.link.vm.VMLinker`."""
        return _at_home(super().make_all(*args, **kwargs))


class NumbaLinker(PyTensorNumbaLinker):
    """PyTensor's Numba linker over shared variables that may be on a device."""

    def make_all(self, *args, **kwargs):
        """Compile the graph; see :class:`pytensor.link.numba.linker.NumbaLinker`."""
        return _at_home(super().make_all(*args, **kwargs))


def _at_home(made):
    vm, inputs, *rest = made
    return HomeVM(vm, [container.storage for container in inputs]), inputs, *rest
