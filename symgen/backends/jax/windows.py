"""Check on the host, before a call, what can be checked there: windows and rows of shared data.

What is left is checked by the program as it runs, which makes the caller wait for the answer.
"""

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.scalar.basic import Mod
from pytensor.tensor import subtensor
from pytensor.tensor.subtensor import AdvancedSubtensor, Subtensor

from symgen.ops.window_slice import WindowSlice
from symgen.ops.window_slice.op import check_window
from symgen.rewrites.window_slice import integer_constant, linear_form

_GATHERS = tuple(filter(None, [AdvancedSubtensor, getattr(subtensor, "AdvancedSubtensor1", None)]))


class HostWindow:
    """A window into an input whose start is ``constant + sum of coefficient * term``.

    A term is an argument, or the rest of its division by a constant: an index that begins anew
    with each epoch, ``i % batches``.

    Parameters
    ----------
    op : WindowSlice
    source : int
        Position of the array among the inputs of the graph.
    constant : int
    terms : list of (position of an argument, divisor or None, coefficient)
    """

    def __init__(self, op, source, constant, terms):
        self.axis, self.length = op.axis, op.length
        self.source, self.constant, self.terms = source, constant, terms

    def check(self, cells):
        """Raise RangeError unless the window is inside, for the values in the inputs' cells."""
        start = self.constant
        for position, divisor, coefficient in self.terms:
            value = int(cells[position][0])
            start += coefficient * (value if divisor is None else value % divisor)
        size = cells[self.source][0].shape[self.axis]
        if start < 0 or start + self.length > size:
            check_window(start, start, self.length, size, self.axis)

    def check_all(self, cells, indices):
        """The same for an array of values of the only argument."""
        start = self.constant
        for _, divisor, coefficient in self.terms:
            start = start + coefficient * (indices if divisor is None else indices % divisor)
        first, last = (int(start.min()), int(start.max())) if self.terms else (start, start)
        check_window(first, last, self.length, cells[self.source][0].shape[self.axis], self.axis)


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
        places = [(*_of_argument(v, inputs), factor) for v, factor in terms.items()]
        if all(position is not None for position, *_ in places):
            found.append(HostWindow(node.op, inputs[node.inputs[0]], constant, places))
            node.tag.checked_on_host = True
    return found


def _of_argument(variable, inputs):
    """(position of the argument, divisor or None) of a term; (None, None) if it is none."""
    divisor = None
    node = variable.owner
    if node is not None and isinstance(getattr(node.op, "scalar_op", None), Mod):
        variable, divisor = node.inputs[0], integer_constant(node.inputs[1])
        if divisor is None or divisor <= 0:
            return None, None
    if variable not in inputs or isinstance(variable, SharedVariable):
        return None, None
    return inputs[variable], divisor


def host_rows(fgraph, kept):
    """``(array, order)`` for each ``array[order[...]]``: positions of inputs, both shared.

    ``order`` is among `kept`, the inputs that the function does not change: that all its entries
    are rows of ``array`` need be found out only when it is set. The nodes are told so.
    """
    inputs = {v: k for k, v in enumerate(fgraph.inputs)}
    found = []
    for node in fgraph.apply_nodes:
        if not isinstance(node.op, _GATHERS) or len(node.inputs) != 2:
            continue
        array, index = node.inputs
        while index.owner is not None and isinstance(index.owner.op, WindowSlice | Subtensor):
            index = index.owner.inputs[0]
        whole = getattr(index.type, "dtype", "").startswith(("int", "uint"))
        if whole and inputs.get(index) in kept and isinstance(array, SharedVariable):
            found.append((inputs[array], inputs[index]))
            node.tag.rows_of_shared = True
    return found
