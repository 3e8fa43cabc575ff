"""Compile the step of a scan with the mode of the graph around it.

PyTensor compiles it with a mode of its own, which knows nothing of symgen's compiler options and
rewrites.

What a gradient's step adds up in place, PyTensor looks for where it was before: it compares the memory
number by number, which for an LSTM's 12,800 takes as long as the step's product of matrices. That is
left out where the result is another array, on the same memory or not: so it is made one.
"""

import copy

from pytensor.graph.basic import Apply
from pytensor.graph.destroyhandler import DestroyHandler
from pytensor.graph.fg import FunctionGraph, Output
from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.link.c.op import COp
from pytensor.scan.op import Scan


class AnotherView(COp):
    """The same numbers in the same memory, by another array."""

    __props__ = ()
    view_map = {0: [0]}

    def make_node(self, x):
        """Of an array of any type."""
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        """In NumPy."""
        output_storage[0][0] = inputs[0].view()

    def infer_shape(self, fgraph, node, shapes):
        """The shape of the input."""
        return shapes

    def c_code(self, node, name, inputs, outputs, sub):
        """In C."""
        return f"""
        Py_XDECREF({outputs[0]});
        {outputs[0]} = (PyArrayObject*) PyArray_View({inputs[0]}, NULL, NULL);
        if ({outputs[0]} == NULL) {{ {sub["fail"]} }}
        """

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (1,)


another_view = AnotherView()


def _with_other_arrays(op):
    """A scan whose step gives what it adds up in place as another array."""
    frozen = not isinstance(op.fgraph, FunctionGraph)  # since PyTensor 3.3, and rewritten already
    graph = op.fgraph.unfreeze() if frozen else op.fgraph
    if frozen:
        graph.attach_feature(DestroyHandler())
    for index, in_place in enumerate(op.mitmots_preallocated):
        if not in_place:
            continue
        result = graph.outputs[index]
        for client, position in list(graph.clients[result]):
            if isinstance(client.op, Output) and client.op.idx == index:
                view = another_view(result)
                graph.change_node_input(client, position, view, import_missing=True)
    return op.clone_with_inner_graph(graph) if frozen else op


def compile_scans_with(get_mode):
    """The rewrite that gives each ``Scan`` that has no mode of its own a mode.

    It has to come after PyTensor's rewrites of scans.

    Parameters
    ----------
    get_mode : callable
        Returns the Mode, whose linker has to be a :class:`pytensor.link.vm.VMLinker`. Called when
        a scan is met: the mode may hold this very rewrite, for scans within scans.
    """

    @node_rewriter([Scan])
    def compile_scan_with(fgraph, node):
        if node.op.mode is not None:
            return None
        # Its own copy of the inner graph, where the Op keeps one that compilation changes.
        op = copy.copy(node.op.clone())
        op.mode, op._fn = get_mode(), None
        if any(op.mitmots_preallocated):
            op = _with_other_arrays(op)
        return op.make_node(*node.inputs).outputs

    return out2in(compile_scan_with, name="compile_scans_with_mode")
