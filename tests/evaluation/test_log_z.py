import numpy as np
import pytensor.tensor as pt
import pytest
import rbm_by_hand as by_hand
from scipy.stats import sem

import symgen
from symgen import evaluation
from symgen.errors import NonFiniteError, NotSupportedError, RangeError, SettingsError, ShapeError
from symgen.models import RBM, VAE


@pytest.fixture(scope="module")
def rbm():
    return RBM(9, 7)


@pytest.fixture(scope="module")
def walks(rbm):
    return evaluation.Annealing(rbm, "c")


def exact(model):
    """Table of log p* of all visible states, log Z."""
    table = by_hand.joint(**by_hand.parameters(model))
    return np.logaddexp.reduce(table, axis=1), by_hand.log_z(table)


def draws(model, n, seed):
    """Exact draws of a small machine."""
    log_p, log_z = exact(model)
    chosen = np.random.default_rng(seed).choice(len(log_p), n, p=np.exp(log_p - log_z))
    return by_hand.states(model.n_visible)[chosen]


@pytest.mark.parametrize("sizes", [(9, 4), (4, 9), (15, 15)])
def test_exact_log_z_equals_the_sum_over_all_states(sizes):
    model = by_hand.set_random(RBM(*sizes, dtype="float64"), 1.0, seed=2)
    W, hbias, vbias = by_hand.parameters(model).values()
    v = by_hand.states(sizes[0])
    right = np.logaddexp.reduce(v @ vbias + np.logaddexp(0, v @ W + hbias).sum(1))
    result = evaluation.exact_log_z(model, backend="c")
    assert result.value == pytest.approx(right, rel=1e-13)
    assert (result.bound, result.unit, result.n) == ("exact", "nats", 2 ** min(sizes))


def test_log_z_by_annealing_lies_in_its_interval_and_bounds_point_their_way(rbm, walks):
    """100 machines: forwards and backwards, 95 intervals at least hold the exact value."""
    inside, errors = np.zeros((100, 2)), np.zeros((100, 2))
    for seed in range(100):
        by_hand.set_random(rbm, 0.8, seed)
        log_z, start = exact(rbm)[1], draws(rbm, 100, seed)
        results = (
            evaluation.ais_log_z(rbm, betas=100, n_chains=100, seed=seed, walks=walks),
            evaluation.reverse_ais_log_z(rbm, start, betas=100, seed=seed, walks=walks),
        )
        for side, result in enumerate(results):
            low, high = result.interval
            inside[seed, side] = low <= log_z <= high
            errors[seed, side] = result.value - log_z
            assert high - low == pytest.approx(6 * result.standard_error)
    assert (inside.sum(0) >= 95).all(), inside.sum(0)
    assert (np.abs(errors) < 0.5).all()


def test_mean_weights_are_unbiased_at_three_temperatures(rbm, walks):
    """Exactly so, however few temperatures there are: of a path walked in its order, from draws of its end."""
    n = 20_000
    for seed in range(2):
        log_z = exact(by_hand.set_random(rbm, 1.2, seed))[1]
        options = {"betas": np.array([0, 0.3, 1]), "seed": seed, "walks": walks}
        forward = evaluation.ais_log_z(rbm, n_chains=n, **options)
        back = evaluation.reverse_ais_log_z(rbm, draws(rbm, n, seed), **options)
        for sign, result in ((1, forward), (-1, back)):
            ratio = np.exp(sign * (result.value - log_z))
            assert result.standard_error < 0.1
            assert ratio == pytest.approx(1, abs=4 * ratio * result.standard_error)


def test_the_error_of_annealing_is_scipys_of_the_weights(rbm, walks):
    by_hand.set_random(rbm, 1.0, 3)
    betas, start = np.linspace(0, 1, 5), draws(rbm, 4, 0)
    forward = evaluation.ais_log_z(rbm, betas=betas, n_chains=4, seed=1, walks=walks)
    back = evaluation.reverse_ais_log_z(rbm, start, betas=betas, seed=1, walks=walks)
    log_weights = (
        walks.forward(4, betas, rbm.base_of(None), 1)[1],
        -walks.backward(start, betas, rbm.base_of(None), 1)[1],
    )
    for result, log_w in zip((forward, back), log_weights, strict=True):
        relative = sem(np.exp(log_w)) / np.exp(log_w).mean()
        assert result.standard_error == pytest.approx(relative, rel=1e-9)


def test_few_temperatures_leave_the_bounds_in_order(rbm, walks):
    """With five the two ends part, on the sides that Jensen's inequality says."""
    below, above = [], []
    for seed in range(100):
        by_hand.set_random(rbm, 1.5, seed)
        log_z, start = exact(rbm)[1], draws(rbm, 2, seed)
        forward = evaluation.ais_log_z(rbm, betas=5, n_chains=2, seed=seed, walks=walks)
        back = evaluation.reverse_ais_log_z(rbm, start, betas=5, seed=seed, walks=walks)
        below.append(forward.value - log_z)
        above.append(back.value - log_z)
        assert forward.bound.startswith("lower bound") and back.bound.startswith("upper bound")
    for gaps, sign in ((below, -1), (above, 1)):
        assert sign * np.mean(gaps) > 3 * np.std(gaps) / np.sqrt(100)


def test_a_base_of_the_data_makes_the_error_smaller(rbm, walks):
    by_hand.set_random(rbm, 0.3, 1)
    rbm.vbias.set_value(np.linspace(-4, 4, 9).astype("float32"))
    data = draws(rbm, 500, 0)
    plain = evaluation.ais_log_z(rbm, betas=20, walks=walks)
    based = evaluation.ais_log_z(rbm, data=data, betas=20, walks=walks)
    assert based.standard_error < plain.standard_error / 3
    low, high = based.interval
    assert low <= exact(rbm)[1] <= high


def test_raise_is_conservative_and_comes_near(rbm):
    by_hand.set_random(rbm, 1.0, 3)
    x = draws(rbm, 200, 1).astype("float32")
    log_p, log_z = exact(rbm)
    right = np.mean([log_p[int(row @ 2 ** np.arange(9))] for row in x]) - log_z
    few, many = (
        evaluation.raise_log_likelihood(rbm, x, betas=betas, n_chains=2, backend="c")
        for betas in (5, 500)
    )
    assert few.value < many.value - 0.05 and many.value == pytest.approx(right, abs=0.05)
    assert few.bound.startswith("lower bound on log p(x)") and few.n_samples == 2


def test_log_likelihood_carries_value_interval_and_bound(rbm, walks):
    by_hand.set_random(rbm, 0.8, 4)
    x = draws(rbm, 50, 2)
    log_p, log_z = exact(rbm)
    right = np.array([log_p[int(row @ 2 ** np.arange(9))] for row in x]) - log_z
    where = {"dataset": "its own", "split": "test", "dataset_hash": "ab", "binarization": "none"}
    by_count = evaluation.log_likelihood(
        rbm, x, evaluation.exact_log_z(rbm, backend="c"), backend="c", batch_size=7, **where
    )
    assert by_count.value == pytest.approx(right.mean(), rel=1e-5)
    assert by_count.standard_error == pytest.approx(right.std(ddof=1) / np.sqrt(50), rel=1e-4)
    assert (by_count.bound, by_count.interval, by_count.n) == ("exact", None, 50)
    assert {name: by_count.as_dict()[name] for name in where} == where

    ais = evaluation.ais_log_z(rbm, walks=walks)
    estimate = evaluation.log_likelihood(rbm, x, ais, backend="c")
    unnormalised = by_count.terms["unnormalised"]
    assert estimate.interval == pytest.approx(
        (unnormalised - ais.interval[1], unnormalised - ais.interval[0])
    )
    assert estimate.interval[0] < estimate.value < estimate.interval[1]
    assert estimate.bound.startswith("upper bound")
    back = evaluation.reverse_ais_log_z(rbm, draws(rbm, 20, 1), walks=walks)
    cautious = evaluation.log_likelihood(rbm, x, back, backend="c").bound
    assert cautious.startswith("lower bound") and "if the walks back start at draws" in cautious


def test_pseudo_likelihood_is_the_sum_of_conditionals_and_says_what_it_is(rbm):
    by_hand.set_random(rbm, 0.8, 5)
    x = draws(rbm, 11, 3)
    log_p = exact(rbm)[0]
    at = lambda row: log_p[int(row @ 2 ** np.arange(9))]
    right = []
    for row in x:
        turned = np.abs(row - np.eye(9))
        right.append(sum(at(row) - np.logaddexp(at(row), at(other)) for other in turned))
    result = evaluation.pseudo_likelihood(rbm, x, backend="c")
    assert result.value == pytest.approx(np.mean(right), rel=1e-5)
    assert (result.metric, result.bound) == ("log pseudo-likelihood", "none")
    x_ = pt.fmatrix("x")
    one_pixel = rbm.example_terms(x_, symgen.random.RandomStreams(1))["pseudo_likelihood"].mean()
    f = symgen.function([x_], one_pixel, backend="c")
    many = [f(x.astype("float32")) for _ in range(2000)]
    assert -np.mean(many) == pytest.approx(np.mean(right), abs=4 * float(np.std(many)) / 2000**0.5)


def test_the_schedule_of_the_paper():
    betas = evaluation.ais_betas()
    assert len(betas) == 14500 and betas[0] == 0 and betas[-1] == 1 and (np.diff(betas) > 0).all()
    assert (betas < 0.5).sum() == 500 and (betas < 0.9).sum() == 4500


def test_bad_input_is_a_named_error(rbm, walks):
    x = np.full((3, 9), 0.5)
    log_z = evaluation.exact_log_z(by_hand.set_random(rbm, 0.1, 0), backend="py")
    for evaluate in (
        lambda: evaluation.log_likelihood(rbm, x, log_z, backend="py"),
        lambda: evaluation.pseudo_likelihood(rbm, x, backend="py"),
        lambda: evaluation.raise_log_likelihood(rbm, x, backend="py"),
    ):
        with pytest.raises(RangeError, match="27 of 27 values between them"):
            evaluate()
    with pytest.raises(RangeError, match="ais_log_z"):
        evaluation.exact_log_z(RBM(30, 26))
    for betas in (1, [0, 0.5], [0, 0.7, 0.6, 1], 0, 2.5, np.nan, [0, np.nan, 1], [], [0]):
        with pytest.raises(RangeError, match="temperatures"):
            evaluation.ais_log_z(rbm, betas=betas, walks=walks)
    for n_chains in (1, 0, 2.5, np.nan, "3"):
        with pytest.raises(RangeError, match="chains"):
            evaluation.ais_log_z(rbm, n_chains=n_chains, walks=walks)
    with pytest.raises(RangeError, match="chains"):
        evaluation.reverse_ais_log_z(rbm, np.ones((1, 9)), walks=walks)
    with pytest.raises(RangeError, match="zeros and ones"):
        evaluation.reverse_ais_log_z(rbm, x, walks=walks)
    with pytest.raises(ShapeError, match="9 features"):
        evaluation.reverse_ais_log_z(rbm, np.ones((3, 7)), walks=walks)
    for evaluate in (evaluation.exact_log_z, evaluation.ais_log_z):
        with pytest.raises(NotSupportedError, match="VAE"):
            evaluate(VAE(4, (), 2))


def test_a_machine_that_diverged_is_a_named_error(rbm, walks):
    by_hand.set_random(rbm, 0.1, 0)
    rbm.W.set_value(np.full((9, 7), np.nan, "float32"))
    with pytest.raises(NonFiniteError, match="diverged"):
        evaluation.exact_log_z(rbm, backend="c")
    with pytest.raises(NonFiniteError, match="diverged"):
        evaluation.ais_log_z(rbm, walks=walks)


def test_log_z_of_another_machine_or_of_earlier_is_refused(rbm, walks):
    by_hand.set_random(rbm, 0.8, 6)
    x = draws(rbm, 4, 0)
    log_z, by_walks = evaluation.exact_log_z(rbm, backend="py"), evaluation.ais_log_z(rbm, walks=walks)
    options = {"backend": "py"}
    likelihood = evaluation.log_likelihood(rbm, x, log_z, **options)
    for wrong in (3.0, likelihood, evaluation.pseudo_likelihood(rbm, x, **options)):
        with pytest.raises(SettingsError, match="exact_log_z, ais_log_z"):
            evaluation.log_likelihood(rbm, x, wrong, **options)
    with pytest.raises(SettingsError, match="another RBM"):
        evaluation.ais_log_z(RBM(9, 7, seed=1), walks=walks)
    rbm.vbias.set_value(rbm.vbias.get_value() + np.float32(0.01))
    for stale in (log_z, by_walks):
        with pytest.raises(SettingsError, match="trained since"):
            evaluation.log_likelihood(rbm, x, stale, **options)


def test_weights_that_hang_on_few_chains_are_told(rbm, walks):
    by_hand.set_random(rbm, 0.1, 7)
    many = evaluation.ais_log_z(rbm, betas=100, n_chains=50, walks=walks).details["effective_chains"]
    by_hand.set_random(rbm, 6.0, 7)
    few = evaluation.ais_log_z(rbm, betas=3, n_chains=50, walks=walks).details["effective_chains"]
    assert 49 < many <= 50 + 1e-9 and 1 <= few < 10
