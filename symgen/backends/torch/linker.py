"""The linker: from a rewritten graph to a thunk over the storage cells of a function."""

import functools

import numpy as np
import torch
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.link.basic import Container
from pytensor.link.utils import map_storage
from pytensor.tensor.type import DenseTensorType

from symgen.backends.device import adopt
from symgen.backends.pickled import DeviceLinker
from symgen.backends.torch.arrays import to_device, to_host
from symgen.backends.torch.dtypes import torch_dtype
from symgen.backends.torch.host import may_be_on_host
from symgen.backends.torch.precision import products_on
from symgen.backends.torch.program import Program
from symgen.backends.torch.split import SplitProgram
from symgen.errors import BackendError
from symgen.ops.philox import PhiloxDraw

_UNFIT = ("cxx_only", "BlasOpt", "fusion", "inplace", "scan_reduce_trace_prealloc")


class TorchLinker(DeviceLinker):
    """Runs a graph as one generated function over tensors on a device.

    Parameters
    ----------
    device : torch.device
    compiled : bool or str
        Whether ``torch.compile`` takes the body of the function; a name is that of its backend.
    fetch : bool
        Whether outputs come as NumPy arrays; else those on the device stay tensors.
    """

    required_rewrites = ("minimum_compile",)
    incompatible_rewrites = (
        *_UNFIT,
        "reuse_lu_decomposition_multiple_solves",
        "scan_split_non_sequence_lu_decomposition_solve",
        "reuse_decomposition_multiple_solves",
        "scan_split_non_sequence_decomposition_and_solve",
    )

    def __init__(self, device, compiled=False, rewrite=None, allow_gc=None, fetch=True):
        super().__init__(allow_gc=allow_gc)
        self.device, self.compiled, self.rewrite = device, compiled, rewrite
        self.fetch = fetch

    def make_all(self, input_storage=None, output_storage=None, storage_map=None):
        """Generate the function; see :class:`pytensor.link.basic.LocalLinker`."""
        fgraph = self.fgraph
        nodes = self.schedule(fgraph)
        input_storage, output_storage, storage_map = map_storage(
            fgraph, nodes, input_storage, output_storage, storage_map
        )
        thunk = Thunk(
            fgraph,
            self.device,
            self.rewrite,
            self.compiled,
            input_storage,
            output_storage,
            self.fetch,
        )
        thunk.allow_gc = self.allow_gc
        thunk.storage_map = storage_map
        pairs = zip(fgraph.inputs, input_storage, strict=True)
        inputs = [Container(variable, cell) for variable, cell in pairs]
        pairs = zip(fgraph.outputs, output_storage, strict=True)
        outputs = [Container(variable, cell, readonly=True) for variable, cell in pairs]
        return thunk, inputs, outputs, [thunk], nodes

    def __repr__(self):
        return f"TorchLinker({str(self.device)!r})"


class Thunk:
    """A call of the function: cells in, outputs out, shared variables left on the device.

    Attributes
    ----------
    program : Program
    products : context manager
        To be entered while the program runs.
    fgraph : FunctionGraph
    reads : list of callable
        For each input, its cell to what the program is given.
    writes : list of callable
        For each output, what the program gives to what a caller or a cell gets.
    """

    lazy = False

    def __init__(self, fgraph, device, rewrite, compiled, input_storage, output_storage, fetch):
        self.inputs, self.outputs = input_storage, output_storage
        self._n_returned = len(fgraph.outputs) - len(fgraph.update_mapping or {})
        self.device = device
        self.products = products_on(device)
        self.program = _program(fgraph, device, rewrite)
        if compiled:
            given = (fgraph, device, rewrite, self.program.host_inputs, fgraph.name)
            backend = "inductor" if compiled is True else compiled
            wrap = functools.partial(torch.compile, fullgraph=True, backend=backend)
            self.program = SplitProgram(*given, wrap)
        self.fgraph = fgraph
        self.reads = []
        for variable, cell in zip(fgraph.inputs, input_storage, strict=True):
            if isinstance(variable, SharedVariable):
                adopt(variable.container)
            self.reads.append(_reader(variable, cell, variable in self.program.host_inputs, device))
        self.writes = [
            _writer(variable, on_host, fetch and k < self._n_returned)
            for k, (variable, on_host) in enumerate(
                zip(fgraph.outputs, self.program.on_host, strict=True)
            )
        ]

    def __call__(self):
        """Compute all outputs and new values; nothing is stored if this fails."""
        try:
            with self.products:
                results = self.program.function(*[read() for read in self.reads])
            return [write(result) for write, result in zip(self.writes, results, strict=True)]
        except torch.OutOfMemoryError as error:
            raise self.out_of_memory(error) from error
        except Exception as error:
            self.explain(error)
            raise

    def explain(self, error):
        """Add to an error the node that it came from."""
        node = self.program.node_of(error)
        if node is not None:
            error.add_note(f"Computed by backend 'torch' at {node}.")

    def out_of_memory(self, error):
        """The named error for a device that has no memory left."""
        node = self.program.node_of(error) or "the inputs"
        return BackendError(
            f"enough memory on {self.device}",
            f"none left for {node}: {str(error).splitlines()[0]}",
            "Use smaller minibatches or a smaller model, or device='cpu'; "
            "shared variables are as before the call.",
        )


def _program(fgraph, device, rewrite):
    """The program, with as many shared numbers on the host as their updates let there be."""
    host = {variable for variable in fgraph.inputs if _starts_on_host(variable, fgraph)}
    mapping = fgraph.update_mapping or {}
    while True:
        program = Program(fgraph, device, rewrite, host, fgraph.name)
        moved = {
            fgraph.inputs[source]
            for output, source in mapping.items()
            if fgraph.inputs[source] in host and not program.on_host[output]
        }
        if not moved:
            return program
        host = host - moved


def _starts_on_host(variable, fgraph):
    if not isinstance(variable.type, DenseTensorType) or variable.type.ndim == 0:
        return may_be_on_host(variable)
    if variable.type.dtype == "uint32" and variable.type.ndim == 1:
        # The state of a random stream: two words of key, two of a counter.
        readers = [node.op for node, _ in fgraph.clients[variable]]
        draws = [op for op in readers if isinstance(op, PhiloxDraw)]
        return bool(draws) and len(draws) >= len(readers) - 1
    return False


def _reader(variable, cell, on_host, device):
    """A function without arguments from a cell to a value of the program."""
    kind = variable.type
    if not isinstance(kind, DenseTensorType):
        return lambda: cell[0]
    if on_host and kind.ndim == 0:
        number = np.dtype(kind.dtype).type

        def read_number():
            value = cell[0]
            if isinstance(value, torch.Tensor):
                cell[0] = value = to_host(value)
            return number(value)

        return read_number
    if on_host:

        def read_vector():
            value = cell[0]
            if isinstance(value, torch.Tensor):
                cell[0] = value = to_host(value)
            return value

        return read_vector
    torch_dtype(kind.dtype, str(variable))
    shared = isinstance(variable, SharedVariable)
    dtype = np.dtype(kind.dtype)

    def read():
        value = cell[0]
        if type(value) is torch.Tensor:
            if value.device == device:
                return value
            value = value.to(device)
        else:
            value = to_device(np.asarray(value, dtype), device)
        if shared:
            cell[0] = value
        return value

    return read


def _writer(variable, on_host, fetched):
    """A function from a value of the program to what a cell or a caller gets."""
    dtype = getattr(variable.type, "dtype", None)
    if on_host and dtype is not None:
        return lambda value: np.array(value, dtype)
    if not fetched or dtype is None:
        return lambda value: value
    return to_host
