"""Laws of autoregressive models, each tried on every row of their table."""

import itertools

import autoregressive
import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.stats import chi2
from test_laws_of_models import function, initialized

from symgen.random import RandomStreams

ROWS = autoregressive.ROWS

pytestmark = pytest.mark.parametrize("name", ROWS)


def with_context(row, model, rows=None):
    """``{"context": constant}`` of so many rows, all of them the table's first; none for most."""
    if not model.context_dim:
        return {}
    value = np.repeat(row.context[:1], rows, axis=0)
    return {"context": pt.as_tensor(value.astype(model.dtype))}


def all_states(dim):
    return np.array(list(itertools.product((0.0, 1.0), repeat=dim)))


def exact_log_prob(row, model):
    """``log p`` of every state, from the graph of ``log_prob``."""
    states = all_states(model.input_dim)
    x = pt.matrix("x", dtype=model.dtype, shape=states.shape)
    log_prob = function([x], model.log_prob(x, **with_context(row, model, len(states))))
    return states, log_prob(states.astype(model.dtype))


def test_an_output_depends_on_the_inputs_before_it_alone(name):
    row = ROWS[name]
    model = initialized(row, dtype="float64")
    x = pt.matrix("x", dtype="float64", shape=(1, model.input_dim))
    logits = model.logits(x, **with_context(row, model, 1))
    slopes = pytensor.gradient.jacobian(logits[0], x, disconnected_inputs="ignore")
    jacobian = function([x], slopes[:, 0])
    for turn in range(getattr(model, "n_masks", 1)):
        order = np.arange(model.input_dim)
        if hasattr(model, "orders"):
            model.mask_index.set_value(np.int64(turn))
            order = model.orders[turn]
        value = sum(np.abs(jacobian(example[None])) for example in row.x)[np.ix_(order, order)]
        assert (np.triu(value) == 0).all()
        if name != "bernoulli":
            assert (value > 0).any()


def test_probabilities_of_all_states_sum_to_one(name):
    model = initialized(ROWS[name], dtype="float64")
    _, log_p = exact_log_prob(ROWS[name], model)
    assert np.exp(log_p).sum() == pytest.approx(1, abs=1e-12)


def test_columns_drawn_with_kept_state_are_those_of_full_passes(name):
    """NumPy goes through the columns, the graph of the logits giving one conditional at a time.

    The uniform numbers lie beside these: a conditional that differs by 1e-9 draws another image.
    """
    row, n = ROWS[name], 20
    model = initialized(row, dtype="float64")
    context = with_context(row, model, n)
    beside = np.random.default_rng(5).choice([-1e-9, 1e-9], (n, model.input_dim))
    u, x = (pt.matrix(name, dtype="float64", shape=beside.shape) for name in "ux")
    conditional = function([x], pt.sigmoid(model.logits(x, **context)))
    for turn in range(getattr(model, "n_masks", 1)):
        order, mask = np.arange(model.input_dim), {}
        if hasattr(model, "orders"):
            model.mask_index.set_value(np.int64(turn))
            order, mask = model.orders[turn], {"mask": pt.as_tensor(np.full(n, turn))}
        right, u_value = np.zeros_like(beside), np.zeros_like(beside)
        for i in order:
            p = conditional(right)[:, i]
            u_value[:, i] = p + beside[:, i]
            right[:, i] = u_value[:, i] < p
        images = function([u], model.from_uniform(u, **context, **mask))(u_value)
        np.testing.assert_array_equal(images, right)


def test_samples_come_as_often_as_the_exact_probabilities_say(name):
    """Pearson's statistic over all states, at the 99.9 % point of its distribution."""
    row, n = ROWS[name], 4000
    model = initialized(row, dtype="float64")
    _, log_p = exact_log_prob(row, model)
    srng = RandomStreams(11)
    x = function([], model.sample(n, srng, **with_context(row, model, n)), updates=srng.updates)()
    numbers = (x @ 2 ** np.arange(model.input_dim)[::-1]).astype(int)
    counts = np.bincount(numbers, minlength=len(log_p))
    expected = n * np.exp(log_p)
    often = expected >= 5
    groups = [counts[often], expected[often]]
    if not often.all():
        groups = [np.append(g, rest) for g, rest in zip(groups, (counts[~often].sum(), expected[~often].sum()))]
    statistic = ((groups[0] - groups[1]) ** 2 / groups[1]).sum()
    assert statistic < chi2.ppf(0.999, len(groups[0]) - 1)
