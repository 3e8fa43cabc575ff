"""Joined arrays equal NumPy's, whatever the layout, and shapes that do not fit are errors."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import backends
from symgen.ops.join import JoinOfRows


def joined(axis, types):
    """A function that joins, whose Op has to be ours."""
    parts = [kind() for kind in types]
    f = pytensor.function(parts, pt.join(axis, *parts), mode=backends.select("c"))
    assert any(isinstance(node.op, JoinOfRows) for node in f.maker.fgraph.toposort())
    return f


@pytest.mark.parametrize(("dtype", "known"), [("float32", True), ("float64", False), ("bool", True)])
@pytest.mark.parametrize(
    ("axis", "shapes"),
    [
        (0, [(5,), (1,), (0,)]),
        (0, [(1, 3, 4), (28, 3, 4), (2, 3, 4)]),
        (1, [(3, 2, 4), (3, 5, 4)]),
        (-1, [(3, 2, 16), (3, 2, 16), (3, 2, 5), (3, 2, 300)]),
        (1, [(0, 2), (0, 3)]),
        (2, [(4, 3, 0), (4, 3, 2)]),
    ],
)
def test_joined_as_by_numpy(axis, shapes, dtype, known):
    types = [
        pt.TensorType(dtype, tuple(n if n == 1 or (n and known) else None for n in shape))
        for shape in shapes
    ]
    f = joined(axis, types)
    rng = np.random.default_rng(0)
    for _ in range(2):  # the second time into the first one's memory
        values = [(100 * rng.normal(size=shape)).astype(dtype) for shape in shapes]
        np.testing.assert_array_equal(f(*values), np.concatenate(values, axis=axis))


@pytest.mark.parametrize("layout", [lambda x: x[::-1], lambda x: x[:, ::2], np.asfortranarray])
def test_parts_that_are_not_contiguous(layout):
    f = joined(1, [pt.TensorType("float32", (None, None))] * 2)
    x, y = np.random.default_rng(1).normal(size=(2, 6, 8)).astype("float32")
    x = layout(x)
    np.testing.assert_array_equal(f(x, y), np.concatenate([x, y], axis=1))


def test_joined_in_the_memory_that_a_scan_provides():
    x = pt.TensorType("float32", (4, 3, 2))("x")
    pairs = pytensor.scan(
        lambda now: pt.join(1, now, 2 * now), sequences=x, return_updates=False
    )
    value = np.random.default_rng(2).normal(size=(4, 3, 2)).astype("float32")
    f = pytensor.function([x], pairs, mode=backends.select("c"))
    np.testing.assert_array_equal(f(value), np.concatenate([value, 2 * value], axis=2))


def test_lengths_that_do_not_fit():
    f = joined(1, [pt.TensorType("float32", (None, None))] * 2)
    x = np.zeros((3, 2), "float32")
    f(x, x)
    with pytest.raises(ValueError, match="match"):
        f(x, x[:2])


@pytest.mark.parametrize("columns", [4, 20])
def test_parts_of_another_length_than_their_type_says(columns):
    """Where a function is told to trust its inputs nobody compares them with the type."""
    f = joined(1, [pt.TensorType("float32", (None, 16))] * 2)
    f.trust_input = True
    x = np.arange(3 * columns, dtype="float32").reshape(3, columns)
    np.testing.assert_array_equal(f(x, x), np.concatenate([x, x], axis=1))
