"""Metrics of samples against SciPy, scikit-learn, closed forms and cases counted by hand."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel
from sklearn.neighbors import KernelDensity

from symgen import datasets
from symgen.errors import NonFiniteError, RangeError, SettingsError, ShapeError
from symgen.evaluation import (
    Classifier,
    PolynomialKernel,
    RBFKernel,
    frechet_distance,
    gaussian_frechet_distance,
    parzen_log_density,
    parzen_window,
    precision_and_recall,
    squared_mmd,
)


def gaussian(rng, d, n=50):
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)
    return x.mean(axis=0), np.cov(x, rowvar=False)


# Fréchet distance -------------------------------------------------------------------------


@pytest.mark.parametrize("n", [50, 4])
def test_frechet_distance_by_scipys_root(n, rng):
    """Also of singular covariances: four points in six dimensions."""
    (m1, c1), (m2, c2) = gaussian(rng, 6, n), gaussian(rng, 6, n)
    jitter = 1e-10 * np.eye(6)  # sqrtm wants no exact zeros
    expected = ((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * sqrtm((c1 + jitter) @ (c2 + jitter)).real)
    assert gaussian_frechet_distance(m1, c1, m2, c2) == pytest.approx(expected, rel=1e-4)
    assert gaussian_frechet_distance(m1, c1, m1, c1) == pytest.approx(0, abs=1e-6)


def test_frechet_distance_on_a_line():
    assert gaussian_frechet_distance(1.0, 4.0, 3.0, 9.0) == pytest.approx((1 - 3) ** 2 + (2 - 3) ** 2)


class Pixels:
    """Features that are the pixels."""

    hash = "0" * 64

    def features(self, x):
        return np.asarray(x, dtype="float64")


def test_frechet_result_has_its_floor_and_its_classifier():
    rng = np.random.default_rng(1)
    real, other, same = (rng.normal(size=(n, 3)) for n in (2000, 1500, 1800))
    near = frechet_distance(Pixels(), samples=same, real=real, other_real=other, dataset="toy")
    far = frechet_distance(Pixels(), samples=same + [1, 0, 0], real=real, other_real=other)
    assert near.n == 1500 and near.dataset == "toy" and near.details["classifier"] == "0" * 64
    assert near.details["floor"] == far.details["floor"] < 0.02
    assert near.value < 0.02
    assert far.value == pytest.approx(1, abs=5 * far.standard_error) and 0 < far.standard_error < 0.1
    moments = [(x[:1500].mean(axis=0), np.cov(x[:1500].T)) for x in (same, real)]
    assert near.value == pytest.approx(gaussian_frechet_distance(*moments[0], *moments[1]), rel=1e-5)


# precision and recall ---------------------------------------------------------------------


def test_precision_and_recall_counted_by_hand():
    """k = 1 on a line: balls about the data reach 0-2, 3-5 and the like."""
    real = np.array([[0.0], [1.0], [4.0], [10.0]])  # radii 1, 1, 3, 6
    samples = np.array([[0.5], [0.6], [-3.0]])  # radii 0.1, 0.1, 3.5
    precision, recall = precision_and_recall(samples=samples, real=real, k=1)
    assert precision.value == pytest.approx(2 / 3)  # -3 lies in no ball of the data
    assert recall.value == pytest.approx(1 / 4)  # only 0 lies in a ball of the samples, [-6.5, 0.5]
    assert (precision.n, recall.n) == (3, 4)
    assert precision.standard_error == pytest.approx(np.sqrt(2 / 9 / 3))
    assert precision.metric.startswith("precision") and recall.metric.startswith("recall")


def naive_inside(points, manifold, k):
    def distance(a, b):
        return np.sqrt(((a - b) ** 2).sum())

    radii = [sorted(distance(a, b) for b in manifold)[k] for a in manifold]
    return np.mean([any(distance(p, c) <= r for c, r in zip(manifold, radii)) for p in points])


def test_precision_and_recall_by_loops(rng):
    samples, real = rng.normal(size=(30, 2)), 1.5 * rng.normal(size=(40, 2))
    precision, recall = precision_and_recall(samples=samples, real=real, k=3)
    assert precision.value == pytest.approx(naive_inside(samples, real, 3))
    assert recall.value == pytest.approx(naive_inside(real, samples, 3))


def test_precision_is_of_the_samples_and_recall_of_the_data(rng):
    """Samples of one of two modes are all good and cover half; the other way round likewise."""
    left = rng.normal(size=(300, 2))
    both = np.concatenate([rng.normal(size=(300, 2)), rng.normal(size=(300, 2)) + 50])
    precision, recall = precision_and_recall(samples=left, real=both)
    assert precision.value > 0.9 and 0.4 < recall.value < 0.51
    precision, recall = precision_and_recall(samples=both, real=left)
    assert 0.4 < precision.value < 0.51 and recall.value > 0.9


# maximum mean discrepancy -----------------------------------------------------------------


def naive_mmd(table, x, y):
    n, m = len(x), len(y)
    within = [(a.sum() - np.trace(a)) / (len(a) * (len(a) - 1)) for a in (table(x, x), table(y, y))]
    return within[0] + within[1] - 2 * table(x, y).sum() / (n * m)


@pytest.mark.parametrize(
    ("kernel", "table"),
    [
        (PolynomialKernel(), lambda x, y: polynomial_kernel(x, y, degree=3, coef0=1)),
        (RBFKernel(0.7), lambda x, y: rbf_kernel(x, y, gamma=1 / (2 * 0.7**2))),
    ],
)
def test_mmd_by_scikit_learns_kernels(kernel, table, rng):
    x, y = rng.normal(size=(41, 3)), rng.normal(size=(57, 3)) + 0.4
    result = squared_mmd(kernel, samples=x, real=y)
    assert result.value == pytest.approx(naive_mmd(table, x, y), rel=1e-10)
    assert str(kernel) in result.metric


def test_mmd_of_gaussians_in_closed_form(rng):
    """Standard normals 1 apart: ``2 w (1 - exp(-1 / (2 w^2 + 4))) / sqrt(w^2 + 2)``; and none apart."""
    width = 0.9
    factor = width / np.sqrt(width**2 + 2)
    for distance in (0.0, 1.0):
        expected = 2 * factor * (1 - np.exp(-(distance**2) / (2 * width**2 + 4)))
        x, y = rng.normal(size=(2000, 1)), rng.normal(size=(2000, 1)) + distance
        result = squared_mmd(RBFKernel(width), samples=x, real=y)
        assert result.value == pytest.approx(expected, abs=4 * result.standard_error)
        assert result.standard_error < 0.03
    draws = [
        squared_mmd(RBFKernel(width), samples=rng.normal(size=(30, 1)), real=rng.normal(size=(30, 1))).value
        for _ in range(200)
    ]
    assert abs(np.mean(draws)) < 4 * np.std(draws) / np.sqrt(200) and min(draws) < 0


def test_width_of_the_median(rng):
    x = np.array([[0.0], [1.0], [3.0]])
    assert RBFKernel.of_median(x).width == 2.0


# Parzen window ----------------------------------------------------------------------------


def test_parzen_window_is_scikit_learns_density(rng):
    centres, x = rng.normal(size=(70, 4)), rng.normal(size=(150, 4))
    density = KernelDensity(bandwidth=0.3).fit(centres)
    np.testing.assert_allclose(parzen_log_density(x, centres, 0.3), density.score_samples(x), rtol=1e-8)
    result = parzen_window(samples=centres, valid=x[:50], real=x[50:], widths=(0.1, 0.3, 0.6, 1.0))
    best = max((KernelDensity(bandwidth=w).fit(centres).score(x[:50]), w) for w in (0.1, 0.3, 0.6, 1.0))
    assert result.details["width"] == best[1]
    scores = KernelDensity(bandwidth=best[1]).fit(centres).score_samples(x[50:])
    assert result.value == pytest.approx(scores.mean(), rel=1e-8)
    assert result.standard_error == pytest.approx(scores.std(ddof=1) / 10, rel=1e-8)
    assert "historical" in result.metric and result.bound == "none"


# classifier -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="module")
def classifier(digits):
    untrained = Classifier((8, 8))
    before = untrained.hash
    trained = untrained.fit(digits.splits["train"], digits.labels["train"], epochs=8)
    assert trained is untrained and trained.hash != before
    return trained


def test_classifier_knows_the_digits(classifier, digits):
    assert classifier.accuracy(digits.splits["test"], digits.labels["test"]) > 0.94
    features = classifier.features(digits.splits["test"][:7])
    assert features.shape == (7, 64) and features.min() == 0 < features.max()


def test_classifier_comes_back_from_its_file(classifier, digits, tmp_path):
    classifier.save(tmp_path / "classifier.safetensors")
    again = Classifier.load(tmp_path / "classifier.safetensors")
    assert again.hash == classifier.hash
    x = digits.splits["test"]
    np.testing.assert_array_equal(again.predict(x), classifier.predict(x))


def test_frechet_distance_ranks_samples_of_digits(classifier, digits):
    """Data against data is at the floor, noise and a single class far above it."""
    real, train = digits.splits["test"], digits.splits["train"]
    rng = np.random.default_rng(0)
    sets = {
        "data": train[:300],
        "one class": train[digits.labels["train"] == 3][:120],
        "noise": rng.random((300, 64)),
    }
    results = {
        name: frechet_distance(classifier, samples=x, real=real, other_real=train[-300:])
        for name, x in sets.items()
    }
    floor = results["data"].details["floor"]
    assert results["data"].value < 2 * floor
    assert results["one class"].value > 3 * results["one class"].details["floor"]
    assert results["noise"].value > 10 * floor


# bad input --------------------------------------------------------------------------------

ONES = np.ones((30, 4))


def broken_kernel(x, y):
    return np.full((len(x), len(y)), np.nan)



@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ShapeError, "same width", lambda: precision_and_recall(samples=ONES, real=ONES[:, :2])),
        (RangeError, "k=3", lambda: precision_and_recall(samples=ONES[:3], real=ONES)),
        (RangeError, "k", lambda: precision_and_recall(samples=ONES, real=ONES, k=0)),
        (NonFiniteError, "samples", lambda: precision_and_recall(samples=ONES * np.nan, real=ONES)),
        (TypeError, "positional", lambda: precision_and_recall(ONES, ONES)),
        (NonFiniteError, "real", lambda: squared_mmd(RBFKernel(1), samples=ONES, real=ONES / 0.0)),
        (SettingsError, "blocks", lambda: squared_mmd(RBFKernel(1), samples=ONES[:10], real=ONES)),
        (RangeError, "width", lambda: RBFKernel(0)),
        (RangeError, "width", lambda: RBFKernel.of_median(ONES)),
        (RangeError, "degree", lambda: PolynomialKernel(0.5)),
        (RangeError, "width", lambda: parzen_log_density(ONES, ONES, -1)),
        (ShapeError, "covariances", lambda: gaussian_frechet_distance([0, 0], np.eye(2), [0], [[1]])),
        (
            SettingsError,
            "than the 4 features",
            lambda: frechet_distance(Pixels(), samples=ONES[:3], real=ONES, other_real=0 * ONES),
        ),
        (
            SettingsError,
            "the floor",
            lambda: frechet_distance(Pixels(), samples=ONES, real=ONES, other_real=ONES),
        ),
        (NonFiniteError, "other_mean", lambda: gaussian_frechet_distance(0, 1, np.nan, 1)),
        (RangeError, "symmetric", lambda: gaussian_frechet_distance(0, 1, 0, -1)),
        (
            RangeError,
            "symmetric",
            lambda: gaussian_frechet_distance([0, 0], [[1, 0.5], [0, 1]], [0, 0], np.eye(2)),
        ),
        (NonFiniteError, "value = nan", lambda: squared_mmd(broken_kernel, samples=ONES, real=ONES)),
        (SettingsError, "blocks", lambda: squared_mmd(RBFKernel(1), samples=ONES, real=ONES, blocks=2.5)),
        (RangeError, "a whole k", lambda: precision_and_recall(samples=ONES, real=ONES, k=1.5)),
        (RangeError, "width", lambda: parzen_window(samples=ONES, valid=ONES, real=ONES, widths=())),
        (RangeError, "images", lambda: Classifier((2, 2)).features(ONES * 2)),
        (ShapeError, "images", lambda: Classifier((2, 3)).features(ONES)),
        (ShapeError, "label", lambda: Classifier((2, 2)).fit(ONES, np.ones(3, int))),
        (SettingsError, "n_classes", lambda: Classifier((2, 2)).fit(ONES, np.full(30, 10))),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bad_input_has_a_named_error(error, message, call):
    with pytest.raises(error, match=message):
        call()
