"""A scan of which the last steps are wanted takes memory for these on the C backend, and copies none."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.ops import DeepCopyOp
from pytensor.scan.op import Scan
from pytensor.tensor.basic import AllocEmpty
from pytensor.tensor.subtensor import IncSubtensor

from symgen import backends


def _buffers(f):
    """The node that allocates the memory of each state of the scan."""
    (scan,) = (node for node in f.maker.fgraph.toposort() if isinstance(node.op, Scan))
    writes = [v.owner for v in scan.inputs if v.owner is not None and isinstance(v.owner.op, IncSubtensor)]
    return [node.inputs[0].owner for node in writes]


@pytest.mark.parametrize("taps", [1, 2])
def test_states_that_begin_broadcast_have_the_memory_of_the_last(taps, rng):
    x = pt.matrix("x", dtype="float64", shape=(3, 5))
    zeros = pt.zeros((taps, 3, 5) if taps > 1 else (3, 5), dtype="float64")
    start = [{"initial": zeros, "taps": [-taps]}, {"initial": zeros + 1, "taps": [-taps]}]
    a, b = pytensor.scan(
        lambda a, b, x: [a + x, b * x], outputs_info=start, non_sequences=x, n_steps=40,
        return_updates=False,
    )  # fmt: skip
    f = pytensor.function([x], [a[-1], b[-1]], mode=backends.select("c"))
    value = rng.uniform(0.9, 1.1, (3, 5))
    steps = 40 // taps
    np.testing.assert_allclose(f(value)[0], steps * value, rtol=1e-12)
    np.testing.assert_allclose(f(value)[1], value**steps, rtol=1e-12)
    buffers = _buffers(f)
    assert len(buffers) == 2 and buffers[0] is not buffers[1]
    for buffer in buffers:
        assert isinstance(buffer.op, AllocEmpty)
        assert int(buffer.inputs[0].data) <= taps + 1


def test_all_states_are_kept_where_all_are_wanted(rng):
    x = pt.vector("x", dtype="float64", shape=(3,))
    sums = pytensor.scan(
        lambda s, x: s + x, outputs_info=pt.zeros(3, dtype="float64"), non_sequences=x, n_steps=4,
        return_updates=False,
    )  # fmt: skip
    f = pytensor.function([x], sums, mode=backends.select("c"))
    value = rng.normal(size=3)
    np.testing.assert_allclose(f(value), np.arange(1, 5)[:, None] * value, rtol=1e-12)


def test_two_states_with_one_beginning_have_each_their_own_memory(rng):
    x = pt.tensor("x", dtype="float64", shape=(4, 3))
    zeros = pt.zeros(3, dtype="float64")
    a, b = pytensor.scan(
        lambda x, a, b: [a + x, b - 2 * x], sequences=x, outputs_info=[zeros, zeros], return_updates=False
    )
    f = pytensor.function([x], [a * b, a], mode=backends.select("c"))
    assert not any(isinstance(node.op, DeepCopyOp) for node in f.maker.fgraph.toposort())
    assert len(set(_buffers(f))) == 2
    value = rng.normal(size=(4, 3))
    sums = np.cumsum(value, axis=0)
    np.testing.assert_allclose(f(value)[0], -2 * sums**2, rtol=1e-12)
    np.testing.assert_allclose(f(value)[1], sums, rtol=1e-12)
