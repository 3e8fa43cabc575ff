"""Take an elementwise Op apart that computes several things with next to nothing in common.

PyTensor fuses elementwise Ops that share an operand, also one that is a number: so all weights of one shape
become one Op in an optimizer's step, for they share the learning rate. Eight weights under Adam make a loop
with 43 operands and 24 results, which takes seconds to compile, and there is little to gain: hardly an array
is read once instead of several times. Taken apart, the eight are alike, and are compiled once.
"""

from pytensor.graph.rewriting.basic import copy_stack_trace, in2out, node_rewriter
from pytensor.graph.traversal import ancestors
from pytensor.scalar.basic import Composite
from pytensor.tensor.elemwise import Elemwise

# After fusion, at 49, before what may work in place is decided, at 50.5.
POSITION = 49.7

# Vectors are short: calls would cost more than their loops.
_FEWEST_AXES = 2

# Arrays that each of two parts has for itself, for one that it shares and that is then read once more.
_OWN_FOR_SHARED = 4


@node_rewriter([Elemwise])
def take_composite_apart(fgraph, node):
    """One Op for each group of results that share a computed number, or much of what they read."""
    scalar_op = node.op.scalar_op
    if not isinstance(scalar_op, Composite) or len(node.outputs) < 2:
        return None
    out = node.outputs[0].type
    if out.ndim < _FEWEST_AXES:
        return None
    inputs, outputs = scalar_op.fgraph.inputs, scalar_op.fgraph.outputs
    arrays = {
        inner
        for inner, outer in zip(inputs, node.inputs, strict=True)
        if outer.type.broadcastable == out.broadcastable
    }
    parts = _parts(outputs, arrays)
    if len(parts) < 2:
        return None
    new = [None] * len(outputs)
    for part in parts:
        results = [outputs[k] for k in part]
        used = set(ancestors(results))
        places = [k for k, inner in enumerate(inputs) if inner in used]
        alone = Elemwise(Composite([inputs[k] for k in places], results))
        values = alone.make_node(*(node.inputs[k] for k in places)).outputs
        for k, value in zip(part, values, strict=True):
            new[k] = value
    # The shape of a part that reads small operands only may be known less well.
    if any(value.type != old.type for value, old in zip(new, node.outputs, strict=True)):
        return None
    copy_stack_trace(node.outputs, new)
    return new


def _parts(outputs, arrays):
    """Groups of places in `outputs`; `arrays` are the operands of full size."""
    needed = [set(ancestors([output])) for output in outputs]
    computed = [{variable for variable in each if variable.owner is not None} for each in needed]
    parts = _merged([([place], each) for place, each in enumerate(computed)], _overlap)
    # Only whole parts say how much of what they read and write is their own.
    used = [
        (places, {outputs[k] for k in places}.union(*(needed[k] & arrays for k in places)))
        for places, _ in parts
    ]
    return [places for places, _ in _merged(used, _share_much)]


def _merged(parts, belong_together):
    """The pairs (places, variables), those that belong together made one."""
    merged = []
    for places, variables in parts:
        for other in [part for part in merged if belong_together(variables, part[1])]:
            merged.remove(other)
            places, variables = other[0] + places, other[1] | variables
        merged.append((places, variables))
    return merged


def _overlap(one, other):
    return not one.isdisjoint(other)


def _share_much(one, other):
    shared = len(one & other)
    return min(len(one), len(other)) - shared < _OWN_FOR_SHARED * shared


take_composites_apart = in2out(take_composite_apart, name="take_composites_apart")
