"""Compile the step of a scan with the mode of the graph around it.

PyTensor compiles it with a mode of its own, which knows nothing of symgen's compiler options and
rewrites.
"""

import copy

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scan.op import Scan


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
        return op.make_node(*node.inputs).outputs

    return out2in(compile_scan_with, name="compile_scans_with_mode")
