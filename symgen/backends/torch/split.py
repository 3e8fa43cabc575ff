"""A graph in two functions: what NumPy and the host's numbers decide, and pure computation after it.

The front holds the nodes on the host, views and rows of the inputs, and random draws; the body takes
tensors and Python numbers and calls ``torch`` functions alone, so that ``torch.compile`` can trace
it and a CUDA graph can record it.
"""

from pytensor.compile.builders import OpFromGraph
from pytensor.graph.basic import Constant
from pytensor.graph.fg import FunctionGraph
from pytensor.ifelse import IfElse
from pytensor.printing import Print
from pytensor.raise_op import CheckAndRaise
from pytensor.scan.op import Scan
from pytensor.tensor import subtensor as ts
from pytensor.tensor.basic import Nonzero
from pytensor.tensor.extra_ops import Unique
from pytensor.tensor.random.op import RandomVariable
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.type import DenseTensorType

from symgen.backends.torch.host import placement
from symgen.backends.torch.program import Program
from symgen.backends.torch.scope import is_one_number
from symgen.errors import BackendError
from symgen.ops.philox import PhiloxDraw

_IN_FRONT = (
    *(ts.Subtensor, ts.AdvancedSubtensor, RandomVariable, PhiloxDraw),
    *filter(None, [getattr(ts, "AdvancedSubtensor1", None)]),
)
_BY_ARRAYS = (ts.AdvancedSubtensor, ts.AdvancedIncSubtensor)
_NOT_PURE = (IfElse, Print, CheckAndRaise, Scan, Nonzero, Unique, RandomVariable, PhiloxDraw, OpFromGraph)


class SplitProgram:
    """A graph as a front and a body; see :class:`.program.Program` for parameters and attributes.

    Parameters
    ----------
    wrap : callable
        Takes the body's function to what is called in its place.

    Attributes
    ----------
    front, body : Program
    places : list of (bool, int)
        For each output, whether the front computes it, and where it stands in the front's or body's.

    Raises
    ------
    BackendError
        When the body would need the host: a loop, a branch, a check, a mask, a shape that data decide.
    """

    def __init__(self, fgraph, device, rewrite, host_inputs, name, wrap):
        on_host, in_front = _placed(fgraph, host_inputs)
        outputs = fgraph.outputs
        behind = [v for v in dict.fromkeys(outputs) if v.owner is not None and v.owner not in in_front]
        cut = _cut(behind, in_front)
        kept = [v for v in dict.fromkeys(outputs) if v not in behind]
        front = FunctionGraph(fgraph.inputs, [*cut, *kept], clone=True)
        given = {new for new, old in zip(front.inputs, fgraph.inputs, strict=True) if old in host_inputs}
        self.front = Program(front, device, rewrite, given, name, own_outputs=False)
        body = FunctionGraph(cut, behind, clone=True)
        self._to_body = [
            _same if v not in on_host else _number if is_one_number(v) else _tuple for v in cut
        ]
        given = {new for new, old in zip(body.inputs, cut, strict=True) if old in on_host}
        self.body = Program(body, device, rewrite, given, name, reuse=False, plain=True)
        if self.body.waits:
            raise _not_pure("a shape or an index that is computed from data")
        self.places = [
            (True, len(cut) + kept.index(v)) if v in kept else (False, behind.index(v)) for v in outputs
        ]
        # Outputs that the front alone computes may be views of inputs.
        owned = [isinstance(v.type, DenseTensorType) and v not in on_host for v in kept]
        self._copied = {len(cut) + k for k, own in enumerate(owned) if own}
        self.on_host = [
            self.front.on_host[k] if front else self.body.on_host[k] for front, k in self.places
        ]
        self.host_inputs = host_inputs
        self._body = wrap(self.body.function)
        self.source = f"{self.front.source}\n\n{self.body.source}"

    def function(self, *values):
        """All outputs, from the values of the inputs."""
        ahead = self.ahead(*values)
        behind = self._body(*self.arguments(ahead))
        return self.assembled(ahead, behind)

    def ahead(self, *values):
        """What the front computes; outputs that are views of inputs are copied."""
        results = self.front.function(*values)
        return [v.clone() if k in self._copied else v for k, v in enumerate(results)]

    def arguments(self, ahead):
        """What the body is given, from what the front has computed."""
        return [give(value) for give, value in zip(self._to_body, ahead, strict=False)]

    def assembled(self, ahead, behind):
        """The outputs in their order."""
        return tuple(ahead[k] if front else behind[k] for front, k in self.places)

    def node_of(self, error):
        """The node whose line raised `error`, or None."""
        return self.front.node_of(error) or self.body.node_of(error)


def _number(value):
    return value.item()


def _tuple(value):
    return tuple(value.tolist())


def _same(value):
    return value


def _placed(fgraph, host_inputs):
    """The variables on the host, and the nodes of the front."""
    on_host, ready, in_front = set(host_inputs), set(fgraph.inputs), set()
    for node in fgraph.toposort():
        flags = [v in on_host or isinstance(v, Constant) for v in node.inputs]
        places = placement(node, flags)
        here = {v for v, host in zip(node.outputs, places, strict=True) if host}
        on_host |= here
        possible = all(v in ready or isinstance(v, Constant) for v in node.inputs)
        early = len(here) == len(node.outputs) or isinstance(node.op, _IN_FRONT)
        if possible and early:
            in_front.add(node)
            ready.update(node.outputs)
        elif here or _needs_the_host(node):
            raise _not_pure(node)
    return on_host, in_front


def _not_pure(what):
    return BackendError(
        "a graph without loops, branches, checks, boolean masks, or shapes and numbers that "
        "results decide, for torch.compile",
        f"{what}",
        "Use the mode with compiled=False.",
    )


def _needs_the_host(node):
    if isinstance(node.op, _BY_ARRAYS):
        return any(getattr(v.type, "dtype", None) == "bool" for v in node.inputs[1:])
    return isinstance(node.op, _NOT_PURE) and not isinstance(node.op, Softmax | LogSoftmax)


def _cut(behind, in_front):
    """The variables that pass from the front to the body."""
    found, seen, todo = {}, set(), list(behind)
    while todo:
        variable = todo.pop()
        if variable in seen or isinstance(variable, Constant):
            continue
        seen.add(variable)
        if variable.owner is None or variable.owner in in_front:
            found[variable] = None
        else:
            todo.extend(variable.owner.inputs)
    return list(found)
