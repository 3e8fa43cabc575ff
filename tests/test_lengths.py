"""Lengths of axes: right, and taken from where they come from."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.traversal import ancestors
from pytensor.scan.op import Scan

from symgen.layers import DiagonalBiLSTM, MaskedConv2D, RowLSTM
from symgen.layers.lengths import length, lengths

RNG = np.random.default_rng(0)
n, x = pt.lscalar("n"), pt.dtensor3("x")
N, X = 4, RNG.normal(size=(4, 5, 3))


def scanned(x):
    return pytensor.scan(lambda row, h: h + row, x, pt.zeros_like(x[0]), return_updates=False)


# name: (array, its axis, whether its length is that of x's first two axes or n, handed on).
FOUND = {
    "elemwise": (pt.exp(x) + 1, 0, True),
    "repeated": (pt.ones((1, 5, 3)) * x, 0, True),
    "transposed": (x.dimshuffle(2, "x", 0, 1), 2, True),
    "reshaped": (pt.exp(x).reshape((x.shape[0], -1)), 0, True),
    "rest of a reshape": (x.reshape((-1, 5, 3)), 0, False),
    "rest, perhaps": (x.reshape((n, 5, 3)), 0, False),
    "filled": (pt.alloc(0.0, 3, n), 1, True),
    "written": (pt.set_subtensor(x[1:], 0.0), 0, True),
    "read behind a part": (x[1:, ::-1][0, :, 2:], 0, True),
    "read beside": (x[1, :, 2:], 0, True),
    "every other": (x[::2], 0, False),
    "joined there": (pt.concatenate([x, x], axis=0), 0, False),
    "joined beside": (pt.concatenate([x, x], axis=2), 1, True),
    "state": (scanned(x), 1, True),
    "steps": (scanned(x), 0, False),
    "product": (x @ pt.ones((3, 2)), 1, False),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_length_is_that_of_the_array_and_from_above(name):
    array, axis, above = FOUND[name]
    found = length(array, axis)
    value, whole = pytensor.function([n, x], [found, array], on_unused_input="ignore", mode="FAST_COMPILE")(
        N, X
    )
    assert value == whole.shape[axis]
    assert (array not in ancestors([found])) == above


def test_known_lengths_are_numbers():
    assert lengths(pt.tensor(dtype="float64", shape=(2, 3))) == [2, 3]


@pytest.mark.parametrize("layer", [RowLSTM, DiagonalBiLSTM])
def test_no_length_in_a_stack_of_lstms_is_asked_of_a_scan(layer):
    """A length that holds a scan makes PyTensor look through it again for each array of that length."""
    images = pt.tensor("images", dtype="float32", shape=(None, 2, 3, 4))
    options = {"filter_size": 3} if layer is RowLSTM else {}
    h = MaskedConv2D(2, 2, 3, "B", rng=RNG)(images)
    for _ in range(2):
        h = layer(2, 2, rng=RNG, **options)(h)
    batch, *known = lengths(h)
    assert known == [2, 3, 4]
    assert batch.eval({images: np.ones((5, 2, 3, 4), "float32")}) == 5
    assert not any(isinstance(getattr(v.owner, "op", None), Scan) for v in ancestors([batch]))
