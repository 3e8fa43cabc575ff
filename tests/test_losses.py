"""Losses against SciPy's distributions and closed forms."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.tensor.elemwise import Elemwise
from scipy import stats

from symgen import losses as L
from symgen.errors import DtypeError, ShapeError

MODE = "FAST_COMPILE"


def value(loss, *arrays):
    return loss(*[pt.constant(array) for array in arrays]).eval(mode=MODE)


@pytest.fixture
def logits(rng):
    return 3 * rng.standard_normal((5, 4))


@pytest.fixture
def bits(rng):
    return (rng.random((5, 4)) < 0.5).astype("float64")


def test_bernoulli_losses(logits, bits):
    p = 1 / (1 + np.exp(-logits))
    expected = stats.bernoulli.logpmf(bits, p).sum(axis=1)
    np.testing.assert_allclose(value(L.bernoulli_log_prob, bits, logits), expected)
    with_logits = value(L.binary_cross_entropy_with_logits, logits, bits)
    np.testing.assert_allclose(with_logits, -expected)
    np.testing.assert_allclose(value(L.binary_cross_entropy, p, bits), -expected)


def test_cross_entropy_of_grey_targets(logits, rng):
    targets = rng.random((5, 4))
    p = 1 / (1 + np.exp(-logits))
    expected = -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).sum(axis=1)
    with_logits = value(L.binary_cross_entropy_with_logits, logits, targets)
    np.testing.assert_allclose(with_logits, expected)
    np.testing.assert_allclose(value(L.binary_cross_entropy, p, targets), expected)


def test_gaussian_log_prob(rng):
    x, mu, log_var = rng.standard_normal((3, 5, 4))
    expected = stats.norm.logpdf(x, mu, np.exp(log_var / 2)).sum(axis=1)
    np.testing.assert_allclose(value(L.gaussian_log_prob, x, mu, log_var), expected)


def test_squared_errors(rng):
    y, t = rng.standard_normal((2, 5, 4))
    np.testing.assert_allclose(value(L.squared_error, y, t), ((y - t) ** 2).sum(axis=1))
    np.testing.assert_allclose(value(L.mean_squared_error, y, t), ((y - t) ** 2).mean(axis=1))


def kl_by_quadrature(mu_q, log_var_q, mu_p, log_var_p):
    """The integral of q (log q - log p), by Gauss-Hermite quadrature, exact for quadratics."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    weights = weights / weights.sum()
    s_q, s_p = np.exp(log_var_q / 2), np.exp(log_var_p / 2)
    x = mu_q[..., None] + s_q[..., None] * nodes
    log_q = stats.norm.logpdf(x, mu_q[..., None], s_q[..., None])
    log_p = stats.norm.logpdf(x, mu_p[..., None], s_p[..., None])
    return ((log_q - log_p) @ weights).sum(axis=1)


def test_gaussian_kl(rng):
    mu_q, log_var_q, mu_p, log_var_p = rng.standard_normal((4, 5, 3))
    expected = kl_by_quadrature(mu_q, log_var_q, mu_p, log_var_p)
    got = value(L.gaussian_kl_between, mu_q, log_var_q, mu_p, log_var_p)
    np.testing.assert_allclose(got, expected, rtol=1e-10)
    zeros = np.zeros_like(mu_q)
    expected = kl_by_quadrature(mu_q, log_var_q, zeros, zeros)
    np.testing.assert_allclose(value(L.gaussian_kl, mu_q, log_var_q), expected, rtol=1e-10)


def test_kl_keeps_small_values_in_float32():
    """Near 0 the divergence is log_var^2 / 4, which exp(log_var) - 1 would drown."""
    log_var = np.full((1, 1), 1e-3, dtype="float32")
    mu = np.zeros_like(log_var)
    np.testing.assert_allclose(value(L.gaussian_kl, mu, log_var), 2.5e-7, rtol=1e-3)
    got = value(L.gaussian_kl_between, mu, log_var, mu, mu)
    np.testing.assert_allclose(got, 2.5e-7, rtol=1e-3)


def test_values_by_hand():
    two = np.log(2)
    assert value(L.binary_cross_entropy_with_logits, np.zeros((1, 3)), np.ones((1, 3))) == (
        pytest.approx([3 * two])
    )
    assert value(L.gaussian_kl, np.ones((1, 2)), np.zeros((1, 2))) == pytest.approx([1.0])
    assert value(L.gaussian_kl, np.zeros((1, 1)), np.full((1, 1), two)) == (
        pytest.approx([(2 - 1 - two) / 2])
    )


# --------------------------------------------------------------------------------- edges


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", [MODE, Mode("py", "fast_run")], ids=["plain", "rewritten"])
def test_extreme_logits(dtype, mode):
    logits, targets = pt.matrix("logits", dtype=dtype), pt.matrix("targets", dtype=dtype)
    loss = L.binary_cross_entropy_with_logits(logits, targets)
    f = pytensor.function(
        [logits, targets], [loss, pt.grad(loss.sum(), logits)], mode=mode
    )
    l_value = np.array([[1000.0], [1000.0], [-1000.0], [-1000.0]], dtype=dtype)
    t_value = np.array([[1.0], [0.0], [1.0], [0.0]], dtype=dtype)
    with np.errstate(over="ignore", under="ignore"):
        value, gradient = f(l_value, t_value)
    np.testing.assert_array_equal(value, [0, 1000, 1000, 0])
    np.testing.assert_array_equal(gradient, [[0], [1], [-1], [0]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_of_zero_and_one(dtype):
    """A wrong certainty costs -log(eps), a right one next to nothing; gradients are finite."""
    p, targets = pt.matrix("p", dtype=dtype), pt.matrix("targets", dtype=dtype)
    loss = L.binary_cross_entropy(p, targets)
    f = pytensor.function([p, targets], [loss, pt.grad(loss.sum(), p)], mode=MODE)
    p_value = np.array([[0.0], [0.0], [1.0], [1.0]], dtype=dtype)
    value, gradient = f(p_value, np.array([[0.0], [1.0], [0.0], [1.0]], dtype=dtype))
    worst = -np.log(np.finfo(dtype).eps)
    np.testing.assert_allclose(value, [0, worst, worst, 0], rtol=1e-6, atol=2e-7)
    assert np.isfinite(gradient).all()


def test_cross_entropy_is_one_loop_each_way():
    """Forwards softplus(l) - t l, backwards sigmoid(l) - t, each fused; nothing is float64."""
    logits, targets = pt.matrix("logits", dtype="float32"), pt.matrix("targets", dtype="float32")
    loss = L.binary_cross_entropy_with_logits(logits, targets).sum()
    f = pytensor.function(
        [logits, targets], [loss, pt.grad(loss, logits)], mode=Mode("py", "fast_run")
    )
    nodes = f.maker.fgraph.toposort()
    loops = [n for n in nodes if isinstance(n.op, Elemwise) and n.outputs[0].ndim == 2]
    assert len(loops) == 2 or len(loops) == 1 and len(loops[0].outputs) == 2
    assert all(out.dtype == "float32" for n in nodes for out in n.outputs if out.ndim)


# -------------------------------------------------------------------------------- dtypes


@pytest.mark.parametrize("data_dtype", ["uint8", "int64", "bool", "float64"])
def test_data_take_the_dtype_of_the_model(data_dtype):
    outputs = pt.matrix("outputs", dtype="float32")
    data = pt.matrix("data", dtype=data_dtype)
    assert L.binary_cross_entropy_with_logits(outputs, data).dtype == "float32"
    assert L.binary_cross_entropy(outputs, data).dtype == "float32"
    assert L.squared_error(outputs, data).dtype == "float32"
    assert L.gaussian_log_prob(data, outputs, outputs).dtype == "float32"


@pytest.mark.parametrize(
    "error, message, call",
    [
        (ShapeError, "first axis", lambda m, v: L.squared_error(m, v)),
        (ShapeError, "first axis", lambda m, v: L.gaussian_kl(m[0, 0], m[0, 0])),
        (ShapeError, "Reshape", lambda m, v: L.squared_error(pt.ones((3, 4)), pt.ones((3, 1)))),
        (DtypeError, "astype", lambda m, v: L.squared_error(m.astype("int32"), m)),
        (DtypeError, "same as mu", lambda m, v: L.gaussian_kl(m, m.astype("float64"))),
    ],
)
def test_bad_input_has_a_named_error(error, message, call):
    with pytest.raises(error, match=message):
        call(pt.matrix("m", dtype="float32"), pt.vector("v", dtype="float32"))
