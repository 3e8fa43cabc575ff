"""Which integer arguments of a function have to be known while its program is compiled.

Shapes must be known then. What follows from other shapes and from constants is; an integer scalar
that the caller passes, as in ``x[:n]`` or ``zeros(n)``, can be made known, at the price of one
compilation for each value. Which ones is found by going from every shape in the graph back to where
it comes from. One that comes from data is an error that names the construct.
"""

from functools import singledispatch

from pytensor.compile.builders import OpFromGraph
from pytensor.compile.ops import DeepCopyOp, ViewOp
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.scan.op import Scan
from pytensor.tensor.basic import Alloc, AllocEmpty, ARange, Eye, Split
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.extra_ops import Repeat
from pytensor.tensor.random.op import RandomVariable
from pytensor.tensor.shape import Reshape, Shape, Shape_i, SpecifyShape
from pytensor.tensor.subtensor import (
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
    indices_from_subtensor,
)

from symgen.backends.jax.convert import needs_host
from symgen.errors import BackendError
from symgen.ops.philox import PhiloxDraw
from symgen.ops.window_slice import WindowSlice
from symgen.rewrites.window_slice import constant_difference

# Ops whose result has the shape of their inputs.
_ELEMENTWISE = (Elemwise, DimShuffle, SpecifyShape, DeepCopyOp, ViewOp)


def static_inputs(fgraph):
    """Inputs of `fgraph` that have to be known; all are integer scalars that the caller passes.

    Raises
    ------
    BackendError
        When a shape comes from data.
    """
    known = set()
    while True:
        wanted = _wanted(fgraph, known)
        for node, variable in wanted:
            if not _may_be_static(fgraph, variable):
                raise needs_host(node.op, "a shape or bound")
        new = {variable for _, variable in wanted} - known
        if not new:
            return [v for v in fgraph.inputs if v in known]
        known |= new


def _may_be_static(fgraph, variable):
    return (
        variable in fgraph.inputs
        and not isinstance(variable, SharedVariable)
        and variable.type.ndim == 0
        and variable.type.dtype.startswith(("int", "uint"))
    )


def _wanted(fgraph, known):
    """(node, root) for each root that a shape in the graph depends on and that is not known."""
    is_known = {v: v in known for v in fgraph.inputs}
    found = []

    def lookup(v):
        return True if isinstance(v, Constant) else is_known[v]

    for node in fgraph.toposort():
        for position in shape_positions(node.op, node, [lookup(v) for v in node.inputs]):
            if not lookup(node.inputs[position]):
                found += [(node, root) for root in _roots(node.inputs[position], is_known)]
        _learn(node, is_known)
    return found


def _learn(node, is_known):
    """Note whether the outputs of a node are known while the program is traced."""
    here = isinstance(node.op, Shape | Shape_i) or (
        not isinstance(node.op, Scan | RandomVariable | PhiloxDraw)
        and bool(node.inputs)
        and all(isinstance(v, Constant) or is_known[v] for v in node.inputs)
    )
    is_known.update(dict.fromkeys(node.outputs, here))


def refuse_selected_outputs(fgraph, static):
    """Raise BackendError when an output is made of ``x[mask]``, elements chosen by their values.

    Parameters
    ----------
    fgraph : FunctionGraph
    static : list of variables
        What :func:`static_inputs` returns.
    """
    is_known = {v: v in static for v in fgraph.inputs}
    selected, counts = set(), set()
    for node in fgraph.toposort():
        op, inputs = node.op, node.inputs
        is_mask = len(inputs) == 2 and getattr(inputs[1].type, "dtype", "") == "bool"
        if isinstance(op, AdvancedSubtensor) and is_mask:
            if not (isinstance(inputs[1], Constant) or is_known[inputs[1]]):
                selected.update(node.outputs)
        elif isinstance(op, Shape_i) and op.i == 0 and inputs[0] in selected:
            counts.update(node.outputs)
        elif isinstance(op, Alloc) and counts.intersection(inputs):
            selected.update(node.outputs)
        elif isinstance(op, _ELEMENTWISE) and selected.intersection(inputs):
            selected.update(node.outputs)
        _learn(node, is_known)
    if selected.intersection(fgraph.outputs):
        raise masked_output()


def masked_output():
    """The error of an output whose shape is that of a selection."""
    return BackendError(
        "outputs whose shapes follow from the inputs' shapes, as backend 'jax' needs",
        "x[mask], a boolean mask whose result has a data-dependent shape",
        "Keep the shape and mask: pt.switch(mask, x, 0); or use another backend.",
    )


def _roots(variable, is_known):
    """Inputs, and outputs of Ops that no host computes, that `variable` depends on."""
    todo, seen, roots = [variable], set(), []
    while todo:
        v = todo.pop()
        if v in seen or isinstance(v, Constant) or is_known[v]:
            continue
        seen.add(v)
        if v.owner is None or not _is_integer(v):
            roots.append(v)
        else:
            todo.extend(v.owner.inputs)
    return roots


def _is_integer(v):
    return getattr(v.type, "dtype", "").startswith(("int", "uint", "bool"))


@singledispatch
def shape_positions(op, node, known):
    """Positions of the inputs that a shape depends on; ``known`` says of each input if it is."""
    if type(op).__module__.startswith("symgen.ops."):
        # By convention the integer scalars among the inputs of symgen's Ops are sizes.
        return [k for k, v in enumerate(node.inputs) if _is_integer(v) and v.type.ndim == 0]
    return ()


@shape_positions.register(WindowSlice)
def _none(op, node, known):
    return ()


@shape_positions.register(Alloc)
@shape_positions.register(RandomVariable)
@shape_positions.register(Reshape)
@shape_positions.register(Repeat)
def _after_the_first(op, node, known):
    if isinstance(op, RandomVariable):
        return [1]
    return range(1, len(node.inputs))


@shape_positions.register(AllocEmpty)
@shape_positions.register(ARange)
@shape_positions.register(Eye)
def _all(op, node, known):
    return range(len(node.inputs))


@shape_positions.register(Split)
def _sizes(op, node, known):
    return [len(node.inputs) - 1]


@shape_positions.register(Subtensor)
@shape_positions.register(IncSubtensor)
def _bounds(op, node, known):
    first = 2 if isinstance(op, IncSubtensor) else 1
    flat = node.inputs[first:]
    positions = []
    for index in indices_from_subtensor(flat, op.idx_list):
        if not isinstance(index, slice):
            continue
        if _is_window(index):
            continue
        parts = [p for p in (index.start, index.stop, index.step) if p is not None]
        positions += [first + k for k, v in enumerate(flat) if any(v is p for p in parts)]
    return positions


def _is_window(index):
    if index.start is None or index.stop is None or index.step not in (None, 1):
        return False
    length = constant_difference(index.stop, index.start)
    return length is not None and length > 0


@shape_positions.register(Scan)
def _of_scan(op, node, known):
    inner_known = {}
    for inner, outer in op.get_oinp_iinp_iout_oout_mappings()["outer_inp_from_inner_inp"].items():
        fixed = outer >= len(node.inputs) - op.info.n_non_seqs
        inner_known[op.inner_inputs[inner]] = fixed and known[outer]
    outer_of = op.get_oinp_iinp_iout_oout_mappings()["outer_inp_from_inner_inp"]
    positions = [node.inputs.index(v) for v in op.outer_nitsot(node.inputs)]
    return positions + _of_inner(op.fgraph, inner_known, lambda k: outer_of[k])


@shape_positions.register(OpFromGraph)
def _of_graph(op, node, known):
    return _of_inner(op.fgraph, dict(zip(op.fgraph.inputs, known, strict=True)), lambda k: k)


def _of_inner(fgraph, known, outer):
    wanted = _wanted(fgraph, {v for v, is_known in known.items() if is_known})
    inputs = list(fgraph.inputs)
    return [outer(inputs.index(root)) for _, root in wanted if root in inputs]
