"""Models that are trained by more than the mean of one cost, worked out by hand in NumPy."""

from collections import OrderedDict

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from symgen import models
from symgen.errors import DtypeError, NotSupportedError, SettingsError, ShapeError
from symgen.evaluation import evaluate
from symgen.models import Objective
from symgen.training import fit

X = np.arange(1.0, 13.0).reshape(-1, 1) / 12


class Duel(models.Model):
    """``a`` descends ``mean((a - b x)^2)``, then ``b`` descends ``mean(a b x)``; ``seen`` counts."""

    name, dtype, input_dim = "duel", "float64", 1

    def __init__(self, every=1):
        self.every = every
        self.a = pytensor.shared(np.asarray(2.0), name="a")
        self.b = pytensor.shared(np.asarray(3.0), name="b")
        self.seen = pytensor.shared(np.asarray(0.0), name="seen")
        self.params, self.buffers = [self.a, self.b], [self.seen]

    def objectives(self, x, srng):
        first = ((self.a - self.b * x) ** 2).mean()
        second = (self.a * self.b * x).mean()
        seen = OrderedDict([(self.seen, self.seen + x.shape[0])])
        return [
            Objective("a_loss", first, [self.a], {"mean": x.mean()}, seen, reported=2 * first),
            Objective("b_loss", second, [self.b], every=self.every),
        ]


def train(model, x=X, **options):
    defaults = {"epochs": 2, "batch_size": 4, "backend": "py", "show": "none", "optimizer": "sgd"}
    return fit(model, x, **(defaults | {"learning_rate": 0.1} | options))


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("backend", ["py", "c", "jax"])
def test_objectives_take_turns_within_a_step(every, backend):
    if backend == "jax":
        pytest.importorskip("jax")
    model = Duel(every)
    run = train(model, seed=3, backend=backend)
    a, b, step, history = 2.0, 3.0, 0, []
    for epoch in range(2):
        order, sums = np.random.default_rng([3, epoch]).permutation(12), np.zeros(3)
        for i in range(0, 12, 4):
            x = X[order[i : i + 4], 0]
            a_loss = 2 * ((a - b * x) ** 2).mean()
            a -= 0.1 * (2 * (a - b * x)).mean()
            sums += np.array([a_loss, (a * b * x).mean(), x.mean()]) * 4
            step += 1
            if step % every == 0:
                b -= 0.1 * (a * x).mean()  # the new a
        history.append(sums / 12)
    assert model.a.get_value() == pytest.approx(a, rel=1e-12)
    assert model.b.get_value() == pytest.approx(b, rel=1e-12)
    assert model.seen.get_value() == 24
    for row, expected in zip(run.history, history, strict=True):
        got = [row["train_a_loss"], row["train_b_loss"], row["train_mean"]]
        assert got == pytest.approx(list(expected), rel=1e-12)


def test_each_objective_has_an_optimizer_state_of_its_own_and_resumes(tmp_path):
    whole, halves = Duel(2), Duel(2)
    options = {"optimizer": "adam", "checkpoint": tmp_path}
    train(whole, epochs=3, optimizer="adam")
    train(halves, epochs=1, **options)
    run = train(Duel(2), epochs=3, resume=True, **options)
    assert {"adam.a_loss.t", "adam.b_loss.t", "b_loss.count"} <= set(run._step.state)
    for one, two in zip(whole.params + whole.buffers, run.model.params + run.model.buffers, strict=True):
        assert one.get_value() == two.get_value()


def test_a_loss_that_is_not_the_first_is_guarded_too():
    model = Duel()
    model.b.set_value(1e200)
    with pytest.raises(ArithmeticError):
        train(model, epochs=1)


def test_objectives_need_names_of_their_own():
    class Twins(Duel):
        def objectives(self, x, srng):
            first, second = super().objectives(x, srng)
            second.name = "a_loss"
            return [first, second]

    with pytest.raises(SettingsError, match="a_loss"):
        train(Twins())


def test_a_term_of_another_dtype_is_refused():
    class Mixed(Duel):
        def objectives(self, x, srng):
            first, second = super().objectives(x, srng)
            first.terms["mean"] = x.mean().astype("float32")
            return [first, second]

    with pytest.raises(DtypeError, match="mean"):
        train(Mixed())


class Line(models.Model):
    """``x`` from its context by a line; ``initialize`` puts the slope at the first mean."""

    name, dtype, input_dim, context_dim, in_nats = "line", "float64", 1, 2, False
    metric, bound = "negative squared error", "none"

    def __init__(self):
        self.w = pytensor.shared(np.zeros((2, 1)), name="w")
        self.params = [self.w]

    def initialize(self, x):
        self.w.set_value(np.full((2, 1), x.mean()))

    def example_terms(self, x, srng, context):
        return {"squared": pt.sqr(pt.dot(context, self.w) - x).sum(axis=1)}


def test_context_goes_with_its_examples():
    context = np.random.default_rng(1).normal(size=(12, 2))
    x = context @ [[2.0], [-1.0]]
    model = Line()
    run = train(model, x, context=context, valid=x[:3], valid_context=context[:3], epochs=200)
    np.testing.assert_allclose(model.w.get_value(), [[2.0], [-1.0]], atol=1e-3)
    assert run.history[-1]["valid_squared"] < 1e-5
    result = evaluate(model, x, context=context, backend="py")
    assert result.value == pytest.approx(-((context @ model.w.get_value() - x) ** 2).mean())
    assert (result.metric, result.bound) == ("negative squared error", "none")


def test_initialize_sees_the_first_minibatch_once(tmp_path):
    context = np.zeros((12, 2))
    options = {"context": context, "batch_size": 4, "seed": 3, "checkpoint": tmp_path}
    model = Line()
    train(model, epochs=1, **options)  # zeros as context: the slope stays
    first = X[np.random.default_rng([3, 0]).permutation(12)[:4]]
    np.testing.assert_allclose(model.w.get_value(), first.mean(), rtol=1e-12)
    other = Line()
    other.initialize = lambda x: pytest.fail("a resumed run begins anew")
    train(other, epochs=2, resume=True, **options)


@pytest.mark.parametrize(
    ("model", "options", "error"),
    [
        (Line(), {}, SettingsError),
        (Line(), {"context": np.zeros((12, 3))}, ShapeError),
        (Line(), {"context": np.zeros((11, 2))}, ShapeError),
        (Duel(), {"context": np.zeros((12, 2))}, SettingsError),
    ],
)
def test_a_wrong_context_is_refused(model, options, error):
    with pytest.raises(error):
        train(model, **options)


def test_a_model_without_a_likelihood_is_not_evaluated():
    with pytest.raises(NotSupportedError, match="Duel"):
        evaluate(Duel(), X, backend="py")
