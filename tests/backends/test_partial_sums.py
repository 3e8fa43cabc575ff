"""Sums that begin with the same terms: added once, in the order in which they were written."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scalar import Add
from pytensor.tensor.elemwise import Elemwise

from symgen import backends
from symgen.rewrites.partial_sums import use_partial_sums


def additions(sums):
    """How many terms the rewrite leaves of each sum."""
    fgraph = pytensor.graph.FunctionGraph(outputs=sums, clone=False)
    use_partial_sums.rewrite(fgraph)
    assert all(isinstance(total.owner.op.scalar_op, Add) for total in fgraph.outputs)
    return [len(total.owner.inputs) for total in fgraph.outputs]


def test_each_sum_begins_with_the_longest_one_before():
    terms = pt.fmatrices(9)
    sums = [pt.add(*terms[:count]) for count in (2, 3, 5, 9)]
    assert additions(sums) == [2, 3, 3, 5]


def test_a_term_counts_as_often_as_it_is_added():
    a, b, c, d = pt.fmatrices(4)
    assert additions([pt.add(a, a, b), pt.add(a, b, c, d)]) == [3, 4]
    assert additions([pt.add(a, a, b), pt.add(a, b, a, d)]) == [3, 2]
    assert additions([pt.add(a, b, c), pt.add(a, b, c, d, d)]) == [3, 3]


def test_sums_of_another_type_are_not_shared():
    a, b, c = (pt.matrix(dtype="int8") for _ in range(3))
    x, rows = pt.fmatrix(), [pt.frow() for _ in range(3)]
    assert additions([pt.add(a, b, c), pt.add(a, b, c, x)]) == [3, 4]  # int8 would overflow
    assert additions([pt.add(*rows), pt.add(*rows, x)]) == [3, 4]


@pytest.mark.parametrize("loop", [False, True])
def test_a_residual_network_in_the_c_mode(loop, rng):
    """Against NumPy; no elementwise node reads more than two numbers for a sum after the first."""
    W = [rng.normal(size=(3, 3)).astype("float32") / 3 for _ in range(5)]
    x = pt.fmatrix("x")

    def network(h):
        h = h + 1 + pt.dot(h, W[0])
        for w in W[1:]:
            h = h + pt.dot(pt.maximum(h, 0), w)
        return h

    given = rng.normal(size=(4, 3)).astype("float32")
    right, steps = given.astype("float64"), 3 if loop else 1
    for _ in range(steps):
        right = right + 1 + right @ W[0]
        for w in W[1:]:
            right = right + np.maximum(right, 0) @ w
    out = network(x)
    if loop:
        out = pytensor.scan(network, outputs_info=x, n_steps=steps, return_updates=False)[-1]
    f = pytensor.function([x], out, mode=backends.select("c"))
    np.testing.assert_allclose(f(given), right, rtol=1e-4, atol=1e-4)
    nodes = f.maker.fgraph.toposort()
    if loop:
        (scan,) = [node.op for node in nodes if hasattr(node.op, "inner_outputs")]
        nodes = scan.fn.maker.fgraph.toposort()
    widest = max(len(node.inputs) for node in nodes if isinstance(node.op, Elemwise))
    assert widest <= 4
