"""From a graph to one Python function over tensors, without branches or wrappers per Op.

Each node becomes one line of code, or none where it is part of its only reader
(:mod:`symgen.backends.torch.fusion`). A value is deleted after its last use, and a result is
written into the memory of an operand that nothing reads any more.
"""

import linecache
from itertools import count

from pytensor.graph.basic import Constant
from pytensor.ifelse import IfElse
from pytensor.tensor.shape import Shape, Shape_i

from symgen.backends.torch import forms  # noqa: F401  (registers the emitters)
from symgen.backends.torch.fusion import fuse
from symgen.backends.torch.host import emit_on_host, placement
from symgen.backends.torch.registry import emitter
from symgen.backends.torch.scope import (
    CONSTANTS,
    NEVER,
    Code,
    Scope,
    Value,
    emit_constant,
)
from symgen.backends.torch.stock import stock

_serial = count()


class Program:
    """A graph as a Python function.

    Parameters
    ----------
    fgraph : FunctionGraph
        Rewritten already.
    device : torch.device
    rewrite : callable
        Rewrites an inner graph, in place.
    host_inputs : set of variables
        Inputs that are given as NumPy values.
    name : str
    own_outputs : bool
        Whether each output must have memory of its own.
    reuse : bool
        Whether dead values' memory is written into.
    plain : bool
        Whether inputs on the host are Python numbers and tuples.

    Attributes
    ----------
    function : callable
        Input values to the tuple of output values.
    on_host : list of bool
        Which outputs are NumPy values.
    source : str
        The code.
    waits : bool
        Whether it reads numbers from the device, other than by a branch, a check or a print.
    """

    def __init__(
        self, fgraph, device, rewrite, host_inputs, name, *, own_outputs=True, reuse=True, plain=False
    ):
        self._scope = Scope(device, rewrite, Program, reuse, plain, protected={CONSTANTS})
        self.host_inputs = host_inputs
        self._own_outputs = own_outputs
        self._nodes = fuse(fgraph)
        self._home = _homes(fgraph, self._nodes)
        self._values, self._node_of_line, self._lines = {}, {}, []
        arguments = [self._input(variable, variable in host_inputs) for variable in fgraph.inputs]
        self._order = self._linear_order(())
        self._last_use = self._uses(fgraph.outputs)
        for variable in fgraph.inputs:
            self._remember(self._values[variable])
        self._emit_block((), "    ")
        outputs = [self._value(variable) for variable in fgraph.outputs]
        self.on_host = [value.on_host for value in outputs]
        returned = ", ".join([*self._returned(outputs), ""])
        self.source = "\n".join(
            [f"def compute({', '.join(arguments)}):", *self._lines, f"    return ({returned})"]
        )
        self.waits = self._scope.waits
        self.function = self._compiled(name)

    def _compiled(self, name):
        place = f"<symgen torch {name or 'function'} {next(_serial)}>"
        linecache.cache[place] = (len(self.source), None, self.source.splitlines(True), place)
        exec(compile(self.source, place, "exec"), self._scope.globals)  # noqa: S102 (our own code)
        self._place = place
        return self._scope.globals["compute"]

    def node_of(self, error):
        """The node whose line raised `error`, or None."""
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self._place:
                return self._node_of_line.get(trace.tb_lineno)
            trace = trace.tb_next
        return None

    def _input(self, variable, on_host):
        name = self._scope.fresh("x")
        memory = self._scope.new_memory()
        self._scope.protected.add(memory)
        self._values[variable] = Value(variable, name, on_host, memory=frozenset({memory}))
        return name

    def _value(self, variable):
        if variable not in self._values:
            if not isinstance(variable, Constant):
                raise KeyError(variable)
            memory = frozenset({CONSTANTS})
            self._values[variable] = Value(variable, "", True, variable.data, memory)
        return self._values[variable]

    def _linear_order(self, home):
        """Nodes in the order of their code, those of a branch just before its ``ifelse``."""
        order = []
        for node in self._nodes:
            if self._home[node] != home:
                continue
            if isinstance(node.op, IfElse):
                for branch in (True, False):
                    order += self._linear_order((*home, (node, branch)))
            order.append(node)
        return order

    def _uses(self, outputs):
        last = {}
        for position, node in enumerate(self._order, 1):
            for variable in node.inputs:
                last[variable] = position
        return last | dict.fromkeys(outputs, NEVER)

    def _remember(self, value):
        """Note until when the memory of a new value is read."""
        last = self._last_use.get(value.variable, 0)
        for memory in value.memory:
            self._scope.last_use[memory] = max(self._scope.last_use.get(memory, 0), last)

    def _emit_block(self, home, indent):
        for node in self._nodes:
            if self._home[node] == home:
                if isinstance(node.op, IfElse):
                    self._emit_ifelse(node, home, indent)
                else:
                    self._scope.position += 1
                    self._emit_node(node, indent)

    def _emit_node(self, node, indent):
        arguments = [self._value(variable) for variable in node.inputs]
        on_host = placement(node, [value.on_host for value in arguments])
        if all(on_host) and (isinstance(node.op, Shape | Shape_i) or all(v.on_host for v in arguments)):
            code = emit_on_host(self._scope, node, arguments)
        else:
            emit = emitter(node.op) or stock
            code = emit(self._scope, node, arguments)
        names = self._define(node, on_host, code)
        self._line(f"{indent}{names} = {code.expression}", node)
        self._forget(node, indent)

    def _define(self, node, on_host, code):
        memory = frozenset().union(*(value.memory for value in code.views))
        if not code.writable:
            memory |= {CONSTANTS}
        names = []
        for variable, host in zip(node.outputs, on_host, strict=True):
            own = memory or frozenset({self._scope.new_memory()})
            value = Value(variable, self._scope.fresh("h" if host else "t"), host, memory=own)
            self._values[variable] = value
            self._remember(value)
            names.append(value.name)
        return ", ".join(names)

    def _emit_ifelse(self, node, home, indent):
        condition = self._value(node.inputs[0])
        half = node.op.n_outs
        test = condition.name if condition.constant is None else repr(bool(condition.constant))
        bodies = []
        for branch, picked in ((True, slice(1, 1 + half)), (False, slice(1 + half, None))):
            self._line(f"{indent}{'if bool(' + test + '):' if branch else 'else:'}", node)
            self._emit_block((*home, (node, branch)), indent + "    ")
            bodies.append(([self._value(v) for v in node.inputs[picked]], len(self._lines)))
            self._line("", node)  # the assignment, once both branches are known
        self._scope.position += 1
        host = [
            a.on_host and b.on_host and p
            for a, b, p in zip(
                bodies[0][0],
                bodies[1][0],
                placement(node, [True] * len(node.inputs)),
                strict=True,
            )
        ]
        views = [value for values, _ in bodies for value in values]
        names = self._define(node, host, Code("", views))
        for values, line in bodies:
            expressions = [
                (value.name or emit_constant(self._scope, value)) if h else self._scope.tensor(value)
                for value, h in zip(values, host, strict=True)
            ]
            self._lines[line] = f"{indent}    {names} = {', '.join(expressions)}"
        self._forget(node, indent)

    def _line(self, text, node):
        self._lines.append(text)
        self._node_of_line[len(self._lines) + 1] = node  # the first line is the header

    def _forget(self, node, indent):
        if isinstance(node.op, IfElse):
            return
        position = self._scope.position
        dead = [
            self._values[variable].name
            for variable in dict.fromkeys([*node.inputs, *node.outputs])
            if self._last_use.get(variable, 0) <= position and not isinstance(variable, Constant)
        ]
        if dead:
            self._line(f"{indent}del {', '.join(dead)}", node)

    def _returned(self, outputs):
        taken = set()
        for value in outputs:
            if value.on_host:
                yield emit_constant(self._scope, value) if value.constant is not None else value.name
            elif self._own_outputs and value.memory & (self._scope.protected | taken):
                yield f"{value.name}.clone()"
            else:
                taken |= value.memory
                yield value.name


def _homes(fgraph, nodes):
    """For each node the branches of ``ifelse`` that alone need it, outermost first.

    A branch is (node of the ``ifelse``, True or False); the empty tuple is the function itself.
    """
    home = {}
    readers = {}
    for node in nodes:
        for k, variable in enumerate(node.inputs):
            readers.setdefault(variable, []).append((node, k))
    outputs = set(fgraph.outputs)
    for node in reversed(nodes):
        places = []
        for variable in node.outputs:
            if variable in outputs:
                places.append(())
            for reader, k in readers.get(variable, ()):
                if isinstance(reader.op, IfElse) and k > 0:
                    places.append((*home[reader], (reader, k <= reader.op.n_outs)))
                else:
                    places.append(home[reader])
        home[node] = _common(places)
    return home


def _common(places):
    if not places:
        return ()
    shared = []
    for level in zip(*places, strict=False):
        if any(step != level[0] for step in level):
            break
        shared.append(level[0])
    return tuple(shared)
