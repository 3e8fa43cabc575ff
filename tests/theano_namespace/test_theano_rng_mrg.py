"""``theano.sandbox.rng_mrg``: a program of Theano's time, with the numbers that Theano gave it."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytensor
import pytest

import symgen.theano.tensor as T
from symgen import theano
from symgen.ops import mrg
from symgen.theano._missing import MissingNameError
from symgen.theano.sandbox.rng_mrg import MRG_RandomStreams, guess_n_streams

GOLDEN = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "theano_mrg_golden.json").read_text()
)["float32"]["123"]


@pytest.fixture(autouse=True)
def settings():
    with pytensor.config.change_flags(mode="FAST_COMPILE", floatX="float32"):
        yield


def test_it_is_the_core_class():
    assert MRG_RandomStreams is mrg.MRG_RandomStreams and guess_n_streams is mrg.guess_n_streams
    assert theano.sandbox.rng_mrg.MRG_RandomStreams is MRG_RandomStreams
    with pytest.raises(MissingNameError, match="rng_mrg.mrg_uniform"):
        theano.sandbox.rng_mrg.mrg_uniform  # noqa: B018


def test_a_variable_used_twice_is_one_draw():
    recorded = GOLDEN["same variable used twice: u,u+1"]["outs"]
    u = MRG_RandomStreams(seed=123).uniform((3,))
    found = theano.function([], [u, u + 1, u - u])()
    for value, out in zip(found, recorded, strict=True):
        np.testing.assert_array_equal(value, np.array(out["data"], out["dtype"]))


def test_default_updates_can_be_left_out():
    """The recorded calls came after one call with updates."""
    recorded = GOLDEN["no_default_updates=True two calls"]["outs"]
    u = MRG_RandomStreams(seed=123).uniform((3,))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw = theano.function([], u)
        still = theano.function([], u, no_default_updates=True)
    draw()
    for out in recorded:
        np.testing.assert_array_equal(still(), np.array(out["data"], out["dtype"]))


def test_dropout_mask_in_a_training_step():
    """The gradient is of the layer with the mask that was drawn, and float32."""
    srng = MRG_RandomStreams(seed=np.random.RandomState(1).randint(999999))
    x, w = T.matrix("x"), theano.shared(np.ones((4, 2), "float32"), name="w")
    mask = srng.binomial(size=x.shape, p=0.5, dtype=theano.config.floatX)
    cost = T.dot(x * mask, w).sum()
    gradient = theano.grad(cost, w)
    assert gradient.dtype == "float32"
    step = theano.function([x], [mask, gradient], updates={w: w - 0 * gradient})
    masks = []
    for _ in range(2):
        drawn, slope = step(np.ones((3, 4), "float32"))
        np.testing.assert_array_equal(slope, np.repeat(drawn.sum(0)[:, None], 2, 1))
        masks.append(drawn)
    assert set(np.unique(masks)) == {0, 1} and (masks[0] != masks[1]).any()
