"""What deciding about an assignment costs: nothing is built for one that stays."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.basic import Alloc
from pytensor.tensor.subtensor import IncSubtensor

from symgen import backends


@pytest.mark.parametrize("step", [None, -1])
@pytest.mark.parametrize("add", [False, True])
def test_an_assignment_to_a_whole_that_stays_spreads_nothing_while_rewritten(add, step, monkeypatch):
    """To spread y over the shape of x PyTensor infers that shape from the whole graph behind x."""
    made, make_node = [], Alloc.make_node
    monkeypatch.setattr(Alloc, "make_node", lambda *given: made.append(given) or make_node(*given))
    x, y = pt.dmatrices("x", "y")
    whole = (pt.inc_subtensor if add else pt.set_subtensor)(pt.exp(x)[::step], y)
    f = pytensor.function([x, y], whole, mode=backends.select("py"))
    assert any(isinstance(node.op, IncSubtensor) for node in f.maker.fgraph.toposort())
    assert made == []
    row = np.arange(3.0)[None]
    expected = np.ones((2, 3)) + row if add else np.concatenate([row, row])
    np.testing.assert_array_equal(f(np.zeros((2, 3)), row), expected)
