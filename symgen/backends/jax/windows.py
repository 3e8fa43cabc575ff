"""Check minibatch windows on the host before a call, where their start is known there."""

from pytensor.compile.sharedvalue import SharedVariable

from symgen.ops.window_slice import WindowSlice
from symgen.ops.window_slice.op import check_window
from symgen.rewrites.window_slice import linear_form


class HostWindow:
    """A window into an input whose start is ``constant + sum of coefficient * argument``.

    Parameters
    ----------
    node : Apply of WindowSlice
    source : int
        Position of the array among the inputs of the graph.
    constant : int
    terms : list of (position of an argument, coefficient)
    """

    def __init__(self, node, source, constant, terms):
        self.axis, self.length = node.op.axis, node.op.length
        self.source, self.constant, self.terms = source, constant, terms

    def check(self, values, shape):
        """Raise RangeError unless the window is inside; values may be arrays, one entry a step."""
        start = self.constant
        for position, coefficient in self.terms:
            start = start + coefficient * values[position]
        if getattr(start, "ndim", 0):
            first, last = int(start.min()), int(start.max())
        else:
            first = last = int(start)
        check_window(first, last, self.length, shape[self.axis], self.axis)


def host_windows(fgraph):
    """The windows of a graph that can be checked before a call; their nodes are told so."""
    inputs = {v: k for k, v in enumerate(fgraph.inputs)}
    found = []
    for node in fgraph.apply_nodes:
        if not isinstance(node.op, WindowSlice) or node.inputs[0] not in inputs:
            continue
        form = linear_form(node.inputs[1])
        if form is None:
            continue
        constant, terms = form
        if all(v in inputs and not isinstance(v, SharedVariable) for v in terms):
            places = [(inputs[v], factor) for v, factor in terms.items()]
            found.append(HostWindow(node, inputs[node.inputs[0]], constant, places))
            node.tag.checked_on_host = True
    return found
