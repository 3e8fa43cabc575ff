"""What is set into an array is broadcast when the function runs, as in NumPy and in Theano.

PyTensor makes ``y`` of ``set_subtensor(x[:], y)``, and of ``set_subtensor(x[i], y)[i]``, whatever the
lengths of ``y`` are when the function runs: where a ``y`` of shape (1, 3) had to fill more rows, the
result had the shape of ``y``, without an error. Here these rewrites wait until the lengths are known
to be equal, or ``y`` is declared to be repeated. Else the assignment stays, and broadcasts.
"""

from weakref import WeakKeyDictionary

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import SequentialGraphRewriter, node_rewriter, out2in
from pytensor.tensor import subtensor
from pytensor.tensor.rewriting import subtensor as rewrites
from pytensor.tensor.rewriting import subtensor_lift
from pytensor.tensor.rewriting.shape import ShapeFeature
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
    indices_from_subtensor,
)

# Only the queries of :func:`with_broadcasting_assignments` ask for it.
_TAG = "symgen_broadcasting_assignments"
# PyTensor 3.0 has Ops of their own for one index vector; 3.3 has not.
_OF_ROWS = tuple(filter(None, [getattr(subtensor, "AdvancedIncSubtensor1", None)]))
_WRITES = (IncSubtensor, AdvancedIncSubtensor, *_OF_ROWS)

# PyTensor's rewrites in whose place ours are: an assignment to a whole, and a part read again.
_OF_WHOLES = ("local_useless_inc_subtensor", "local_useless_slice")
_OF_PARTS = (
    "local_read_of_write_same_indices",
    "local_slice_read_of_write",
    "local_advanced_read_of_write_constant_indices",
)


def _of_whole(rewrite):
    """`rewrite`, kept from taking an assignment away where y does not surely fill x."""

    def replace(fgraph, node):
        if not isinstance(node.op, _WRITES):
            return rewrite.transform(fgraph, node)
        x, y, *_ = node.inputs
        whole = _is_of_whole(node)
        # Asked first: PyTensor would spread y over the shape of x, for which it looks through all that x
        # comes from; in a deep graph that takes a second, at each pass.
        if whole and not _fills(fgraph, x, y):
            return None
        found = rewrite.transform(fgraph, node)
        stays = getattr(found[0].owner, "op", None) if found else None
        if whole or not found or isinstance(stays, _WRITES):
            return found
        return found if _fills(fgraph, x, y) else None

    return replace


def _is_of_whole(node):
    """Whether the indices are slices from one end to the other, in the one direction or the other."""
    if isinstance(node.op, _OF_ROWS):
        return False
    indices = indices_from_subtensor(node.inputs[2:], node.op.idx_list)
    return all(isinstance(i, slice) and i.start is i.stop is None and _is_one(i.step) for i in indices)


def _is_one(step):
    return step is None or (isinstance(step, Constant) and abs(step.data) == 1)


def _of_part(rewrite):
    """`rewrite` of a part that has been set, where y surely fills what it was set into."""

    def replace(fgraph, node):
        write = node.inputs[0].owner
        if write is None or not isinstance(write.op, _WRITES):
            return None
        return rewrite.transform(fgraph, node) if _fills_part(fgraph, write) else None

    return replace


def _fills_part(fgraph, write):
    x, y, *indices = write.inputs
    if all(length == 1 for length in y.type.shape):
        return True
    if isinstance(write.op, _OF_ROWS):
        part = subtensor.advanced_subtensor1(x, *indices)
    else:
        read = Subtensor if isinstance(write.op, IncSubtensor) else AdvancedSubtensor
        part = read(write.op.idx_list)(x, *indices)
    shapes = getattr(fgraph, "shape_feature", None)
    if shapes is not None and part not in shapes.shape_of:
        shapes.on_import(fgraph, part.owner, "lengths of a part")
    return _fills(fgraph, part, y)


def _fills(fgraph, x, y):
    """Whether `y` surely has the shape of `x`, or is declared to be repeated where it has not."""
    shapes = getattr(fgraph, "shape_feature", None)
    first = x.type.ndim - y.type.ndim
    for axis, length in enumerate(y.type.shape):
        if length == 1 or (length is not None and length == x.type.shape[first + axis]):
            continue
        if shapes is None or not _same_length(shapes, x, first + axis, y, axis):
            return False
    return True


# Answers by the shapes of a graph: PyTensor 3.0 compares two lengths by rewriting a graph made of them, and
# is asked again about the same two at each pass over the assignments. 3.3 compares them as they are.
_ANSWERS = WeakKeyDictionary()
_COMPARES_AS_THEY_ARE = isinstance(getattr(ShapeFeature, "shape_of", None), property)


def _same_length(shapes, x, x_axis, y, y_axis):
    if _COMPARES_AS_THEY_ARE:
        return shapes.same_shape(x, y, x_axis, y_axis)
    lengths = [shapes.shape_of[variable] for variable in (x, y)]
    if None in lengths:
        return False
    pair = lengths[0][x_axis], lengths[1][y_axis]
    if pair[0] is pair[1]:
        return True
    known = _ANSWERS.setdefault(shapes, {})
    if pair not in known:
        known[pair] = shapes.same_shape(x, y, x_axis, y_axis)
    return known[pair]


def _guarded():
    """Our rewrite for each of PyTensor's; not all of them are in every version."""
    ours = {}
    for names, guard in ((_OF_WHOLES, _of_whole), (_OF_PARTS, _of_part)):
        for name in names:
            rewrite = getattr(rewrites, name, None)
            if rewrite is not None:
                ours[name] = node_rewriter(rewrite.tracks())(guard(rewrite))
    return ours


_OURS = _guarded()
for _name, _rewrite in _OURS.items():
    for _database in ("canonicalize", "specialize"):
        optdb[_database].register(f"{_name}_that_fits", _rewrite, _TAG)

# PyTensor 3 runs some of them in a pass for diagonals, too.
_PASS = "extract_diag_lift_pass"
_pass = getattr(subtensor_lift, _PASS, None)
if _pass is not None:
    _walks = [
        out2in(
            *(_OURS.get(part.__name__, part) for part in walk.node_rewriter.rewrites),
            name=f"{walk.__name__}_that_fits",
        )
        for walk in _pass
    ]
    optdb["specialize"].register(f"{_PASS}_that_fits", SequentialGraphRewriter(*_walks), _TAG)


def with_broadcasting_assignments(query):
    """Return a query for rewrites with these in place of PyTensor's.

    Parameters
    ----------
    query : RewriteDatabaseQuery
    """
    return query.excluding(*_OF_WHOLES, *_OF_PARTS, _PASS).including(_TAG)
