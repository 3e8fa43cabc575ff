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
    with pytest.raises(MissingNameError, match="rng_mrg.mrg_normal"):
        theano.sandbox.rng_mrg.mrg_normal  # noqa: B018


def test_matrices_of_the_jumps_are_the_published_ones():
    rng_mrg = theano.sandbox.rng_mrg
    # P. L'Ecuyer's implementation of MRG31k3p, first rows.
    assert rng_mrg.A1p72[0].tolist() == [1516919229, 758510237, 499121365]
    assert rng_mrg.A2p72[0].tolist() == [1228857673, 1496414766, 954677935]
    assert rng_mrg.A1p134[0].tolist() == [1702500920, 1849582496, 1656874625]
    assert rng_mrg.A2p134[0].tolist() == [796789021, 1464208080, 607337906]
    state = np.arange(1, 7, dtype="int32")
    ahead = rng_mrg.multMatVect(state, rng_mrg.A1p72, rng_mrg.M1, rng_mrg.A2p72, rng_mrg.M2)
    wanted = [sum(map(int.__mul__, row, (1, 2, 3))) % (2**31 - 1) for row in rng_mrg.A1p72.tolist()]
    assert ahead[:3].tolist() == wanted
    np.testing.assert_array_equal(ahead, rng_mrg.ff_2p72(state))
    A, s, m = T.lmatrix(), T.ivector(), T.iscalar()
    f = theano.function([A, s, m], rng_mrg.DotModulo()(A, s, m, A, s, m), mode="FAST_COMPILE")
    found = f(rng_mrg.A1p72, state[:3], 2**31 - 1)
    assert found.dtype == np.int32 and found.tolist() == 2 * wanted


def test_one_stream_by_hand_and_by_the_op():
    rng_mrg = theano.sandbox.rng_mrg
    seed = np.full(6, 12345, "int32")
    x, y, values = [12345] * 3, [12345] * 3, []
    for _ in range(4):
        x = [(2**22 * x[1] + (2**7 + 1) * x[2]) % (2**31 - 1), *x[:2]]
        y = [(2**15 * y[0] + (2**15 + 1) * y[2]) % (2**31 - 21069), *y[:2]]
        values.append((x[0] - y[0] + (2**31 - 1) * (x[0] <= y[0])) * 2.0**-31)
    state, after, found = seed, np.zeros(6, "int32"), []
    for _ in range(4):
        found.append(rng_mrg.mrg_next_value(state, after, rng_mrg.NORM, 0x7FFFFFFF, 0))
        state = after.copy()
    assert found == values and after.tolist() == x + y
    new, draw = rng_mrg.mrg_uniform.new(seed[None], None, "float64", (4,))
    assert isinstance(draw.owner.op, rng_mrg.mrg_uniform)
    drawn = theano.function([], [draw, new], mode="FAST_COMPILE")()
    assert drawn[0].tolist() == values and drawn[1].tolist() == [x + y]


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
