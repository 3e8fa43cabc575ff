"""Results that PyTensor fused although they have next to nothing in common: an Op for each again."""

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph import FunctionGraph
from pytensor.scalar import Composite, float32
from pytensor.tensor.elemwise import Elemwise

from symgen import backends, updates
from symgen.rewrites.composites_apart import take_composites_apart


def results_of_each_node(scalars, results, operands):
    """How many results each Op has after the rewrite of one composite, in the order of the results."""
    outputs = Elemwise(Composite(scalars, results)).make_node(*operands).outputs
    fgraph = FunctionGraph(operands, outputs, clone=False)
    take_composites_apart.rewrite(fgraph)
    return [len(output.owner.outputs) for output in fgraph.outputs]


def test_what_shares_a_number_alone_is_taken_apart():
    a, b, rate = float32("a"), float32("b"), float32("rate")
    x, y, number = pt.fmatrix("x"), pt.fmatrix("y"), pt.tensor("rate", shape=(1, 1), dtype="float32")
    assert results_of_each_node([a, b, rate], [a * rate, b * rate], [x, y, number]) == [1, 1]


def test_what_shares_a_computed_number_stays_together():
    a, b = float32("a"), float32("b")
    half = a * b
    operands = [pt.fmatrix("x"), pt.fmatrix("y")]
    assert results_of_each_node([a, b], [half + a, half - b], operands) == [2, 2]
    *many, a = (float32(name) for name in "cdefghijklmna")
    shared = a * a  # of one array, with six others on each side
    sums = [sum(many[:6]) + shared, sum(many[6:]) * shared]
    assert results_of_each_node([*many, a], sums, [pt.fmatrix() for _ in range(13)]) == [2, 2]


def test_what_shares_an_operand_is_taken_apart_only_where_it_is_a_small_part_of_all():
    *many, mask = (float32(name) for name in "abcdefghm")
    operands = [pt.fmatrix() for _ in range(9)]
    few = [many[0] * mask, many[1] * mask]
    assert results_of_each_node([*many[:2], mask], few, [*operands[:2], operands[-1]]) == [2, 2]
    sums = [sum(many[:4]) * mask, sum(many[4:]) * mask]  # five arrays each, and the mask
    assert results_of_each_node([*many, mask], sums, operands) == [1, 1]


def test_results_whose_shape_another_operand_decides_stay_together():
    a, row = float32("a"), float32("row")
    operands = [pt.fmatrix("x"), pt.tensor("row", shape=(1, None), dtype="float32")]
    assert results_of_each_node([a, row], [a + 1, row + 1], operands) == [2, 2]


def test_vectors_stay_together():
    a, b, rate = float32("a"), float32("b"), float32("rate")
    operands = [pt.fvector(), pt.fvector(), pt.tensor("rate", shape=(1,), dtype="float32")]
    assert results_of_each_node([a, b, rate], [a * rate, b * rate], operands) == [2, 2]


def test_weights_of_one_shape_under_momentum_in_the_c_mode(rng):
    """One Op for each weight, all of them alike, and NumPy's numbers."""
    values = [rng.normal(size=(4, 3)).astype("float32") for _ in range(3)]
    weights = [pytensor.shared(v, name=f"W{k}", shape=(4, 3)) for k, v in enumerate(values)]
    x = pt.matrix("x", dtype="float32", shape=(None, 3))
    loss = sum(pt.sqr(pt.dot(x, w.T)).sum() / 2 for w in weights)
    rule = updates.momentum(loss, weights, learning_rate=0.1, momentum=0.5)
    step = pytensor.function([x], [], updates=rule, mode=backends.select("c"))
    moved = [
        node
        for node in step.maker.fgraph.toposort()
        if isinstance(node.op, Elemwise) and len(node.outputs) > 1 and node.outputs[0].type.ndim == 2
    ]
    assert [len(node.outputs) for node in moved] == [2, 2, 2]
    assert len({node.op for node in moved}) == 1
    given = rng.normal(size=(5, 3)).astype("float32")
    step(given), step(given)
    for weight, value in zip(weights, values, strict=True):
        w, velocity = value.astype("float64"), 0
        for _ in range(2):
            velocity = 0.5 * velocity - 0.1 * w @ given.T.astype("float64") @ given
            w = w + velocity
        np.testing.assert_allclose(weight.get_value(), w, rtol=1e-4, atol=1e-5)
