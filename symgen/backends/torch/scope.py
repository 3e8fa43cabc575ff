"""The names of a generated function: what each value is, where it lives, and what may be reused."""

from dataclasses import dataclass, field

import numpy as np
import torch

from symgen.backends.torch.arrays import from_host
from symgen.backends.torch.dtypes import torch_dtype

NEVER = 1 << 60
CONSTANTS = 0  # the memory that all constants lie in
_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool"}


def is_one_number(variable):
    """Whether a variable is known to hold exactly one number."""
    return all(n == 1 for n in getattr(variable.type, "shape", (None,)))


@dataclass(eq=False)
class Value:
    """A variable of the graph in the generated function.

    Attributes
    ----------
    variable : pytensor Variable
    name : str
        Its name in the code.
    on_host : bool
        NumPy scalars, Python integers, small integer vectors and whatever is no tensor; else a
        ``torch.Tensor``.
    constant : ndarray or None
    memory : set of int
        The allocations that a tensor may lie in. Two values that share one may be aliases.
    """

    variable: object
    name: str
    on_host: bool
    constant: object = None
    memory: frozenset = frozenset()

    @property
    def dtype(self):
        """dtype's name, None for what is no tensor."""
        return getattr(self.variable.type, "dtype", None)

    @property
    def is_number(self):
        """Whether it is one number on the host, whatever its number of dimensions."""
        if self.constant is not None:
            return isinstance(self.constant, np.ndarray | np.generic) and np.size(self.constant) == 1
        return self.on_host and is_one_number(self.variable)


@dataclass
class Code:
    """How to compute a node's outputs.

    Attributes
    ----------
    expression : str
        Python; a tuple for several outputs.
    views : sequence of Value
        The values whose memory the outputs may lie in.
    writable : bool
        Whether the outputs' memory may be written into: not if entries may share a place in it.
    """

    expression: str
    views: tuple = ()
    writable: bool = True


@dataclass
class Scope:
    """What a generated function can name, and the order in which its values die.

    Attributes
    ----------
    device : torch.device
    rewrite : callable
        Rewrites an inner graph, in place.
    program : callable
        Makes the program of an inner graph.
    globals : dict
        Constants and callables that the code refers to.
    position : int
        Of the step that is being emitted.
    last_use : dict of int to int
        Allocation to the last step that reads it.
    reuse : bool
        Whether results may be written into the memory of values that are not needed any more.
    plain : bool
        Whether values on the host are Python numbers and tuples of them.
    waits : bool
        Whether the code reads a number from the device.
    """

    device: torch.device
    rewrite: object
    program: object
    reuse: bool = True
    plain: bool = False
    waits: bool = False
    globals: dict = field(default_factory=dict)
    position: int = 0
    last_use: dict = field(default_factory=dict)
    protected: set = field(default_factory=set)
    _bound: dict = field(default_factory=dict)
    _counter: int = 0

    def fresh(self, prefix):
        """A name that nothing else has."""
        self._counter += 1
        return f"{prefix}{self._counter}"

    def bind(self, thing, hint="c"):
        """Name of a Python object in the generated code."""
        key = id(thing)
        if key not in self._bound:
            hint = "".join(c if c.isalnum() else "_" for c in hint)
            name = self.fresh(f"{hint}_")
            self.globals[name] = thing
            self._bound[key] = (name, thing)  # keeps it alive, and its id its own
        return self._bound[key][0]

    def dtype(self, name, node):
        """Name of a dtype in the generated code."""
        return self.bind(torch_dtype(name, str(node)), name)

    def new_memory(self):
        """A number for an allocation that a step makes."""
        self._counter += 1
        return self._counter

    def tensor(self, value):
        """Expression of a value as a tensor on the device, of its own dtype."""
        if not value.on_host:
            return value.name
        dtype = torch_dtype(value.dtype, str(value.variable))
        if value.constant is not None:
            constant = from_host(np.asarray(value.constant), self.device)
            key = ("tensor", value.variable)
            if key not in self._bound:
                self._bound[key] = (self.bind(constant, "constant"), constant)
            return self._bound[key][0]
        if self.plain and value.is_number:
            # No copy from the host, which a CUDA graph could not record.
            full, sizes = self.bind(torch.full, "full"), (1,) * value.variable.type.ndim
            name, device = self.bind(dtype, value.dtype), self.bind(self.device, "device")
            return f"{full}({sizes}, {value.name}, dtype={name}, device={device})"
        function = self.bind(torch.tensor, "tensor")
        name, device = self.bind(dtype, value.dtype), self.bind(self.device, "device")
        return f"{function}({value.name}, dtype={name}, device={device})"

    def scalar_tensor(self, value, dtype_name, on_device=False):
        """Expression of one number as a tensor of no dimensions.

        In the host's memory it meets tensors of any device in arithmetic, where it is an argument of
        the kernel. Functions that choose or copy need it on the device: they would copy it there, which a
        CUDA graph could not record.
        """
        dtype = torch_dtype(dtype_name, str(value.variable))
        device = self.device if on_device else None
        if value.constant is not None:
            number = torch.tensor(np.asarray(value.constant).item(), dtype=dtype, device=device)
            return self.bind(number, "number")
        if on_device:
            full, name = self.bind(torch.full, "full"), self.bind(dtype, dtype_name)
            return f"{full}((), {self.number(value)}, dtype={name}, device={self.bind(device, 'device')})"
        return f"{self.bind(torch.tensor, 'tensor')}({self.number(value)}, dtype={self.bind(dtype, dtype_name)})"

    def number(self, value):
        """Expression of one number on the host as a Python number."""
        if value.constant is not None:
            number = np.asarray(value.constant).item()
            if isinstance(number, float) and not np.isfinite(number):
                return self.bind(number, "number")
            return repr(number)
        if self.plain:
            return value.name
        if value.variable.type.ndim:
            return f"{value.name}.item()"
        return f"{_PYTHON[np.dtype(value.dtype).kind]}({value.name})"

    def integer(self, value):
        """Expression of an integer as a Python integer; reads a tensor from the device."""
        if value.on_host and value.constant is not None:
            return repr(int(np.asarray(value.constant)))
        if self.plain and value.on_host:
            return value.name
        self.waits |= not value.on_host
        return f"int({value.name})"

    def integers(self, value):
        """Expression of a vector of integers as a list; reads a tensor from the device."""
        if value.on_host and value.constant is not None:
            return repr([int(n) for n in np.asarray(value.constant).ravel()])
        if self.plain and value.on_host:
            return f"[{value.name}]" if value.is_number else value.name
        self.waits |= not value.on_host
        return f"{value.name}.tolist()"

    def number_or_tensor(self, value):
        """The cheaper of :meth:`number` and :meth:`tensor`."""
        return self.number(value) if value.is_number else self.tensor(value)

    def cast(self, expression, value, dtype_name):
        """`expression` of a tensor value in another dtype, where it has another."""
        if value.dtype == dtype_name:
            return expression
        return f"{expression}.to({self.bind(torch_dtype(dtype_name, str(value.variable)), dtype_name)})"

    def can_overwrite(self, value, output):
        """Whether the node's output may be written into the memory of `value`."""
        if not self.reuse or value.on_host or value.dtype != output.type.dtype:
            return False
        if value.variable.type.broadcastable != output.type.broadcastable:
            return False
        if not value.memory or value.memory & self.protected:
            return False
        return all(self.last_use.get(m, NEVER) <= self.position for m in value.memory)


def emit_constant(scope, value):
    """Expression of a constant on the host."""
    data = value.constant
    return scope.bind(data.copy() if isinstance(data, np.ndarray) else data, "constant")
