"""The linker: a graph, and the cells of its inputs, become a program that JAX compiles."""

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.link.basic import Container
from pytensor.link.utils import map_storage

from symgen.backends.device import adopt
from symgen.backends.jax.program import Program
from symgen.backends.pickled import DeviceLinker


class JAXLinker(DeviceLinker):
    """Compiles whole graphs for one device.

    Parameters
    ----------
    device : jax.Device
    fetch : bool
        Whether outputs come as NumPy arrays; else they are JAX's.
    """

    required_rewrites = ("minimum_compile", "jax")
    # XLA does these by itself, or they are for other backends.
    incompatible_rewrites = (
        "cxx_only",
        "BlasOpt",
        "local_careduce_fusion",
        "scan_reduce_trace_prealloc",
        "inplace",
        "reuse_lu_decomposition_multiple_solves",
        "scan_split_non_sequence_lu_decomposition_solve",
        "reuse_decomposition_multiple_solves",
        "scan_split_non_sequence_decomposition_and_solve",
    )

    def __init__(self, device, fetch=True, **options):
        super().__init__(**options)
        self.device, self.fetch = device, fetch

    def make_all(self, input_storage=None, output_storage=None, storage_map=None):
        """The program, its input and output containers, and, for PyTensor, its thunks and nodes."""
        fgraph, nodes = self.fgraph, self.schedule(self.fgraph)
        inputs, outputs, storage_map = map_storage(
            fgraph, nodes, input_storage, output_storage, storage_map
        )
        for variable in fgraph.inputs:
            if isinstance(variable, SharedVariable):
                adopt(variable.container)
        program = Program(fgraph, inputs, self.device, self.fetch)
        program.storage_map = storage_map
        pairs = zip(fgraph.inputs, inputs, strict=True)
        return (
            program,
            [Container(variable, cell) for variable, cell in pairs],
            [
                Container(variable, cell, readonly=True)
                for variable, cell in zip(fgraph.outputs, outputs, strict=True)
            ],
            [program],
            nodes[:1],
        )

    def __repr__(self):
        return f"{type(self).__name__}({self.device})"
