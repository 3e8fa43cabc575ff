"""The toy densities: they integrate to one, and their draws follow them."""

import numpy as np
import pytest
from scipy import integrate, stats

from symgen.datasets import TOYS, load, load_toy
from symgen.errors import RangeError, ShapeError, UnknownNameError


def cells(limit=6.0, n=600):
    """Midpoints of a grid over the plane and the area of a cell."""
    side = (np.arange(n) + 0.5) / n * 2 * limit - limit
    return np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2), (2 * limit / n) ** 2


@pytest.mark.parametrize("name", TOYS)
def test_toy_density_integrates_to_one(name):
    points, area = cells()
    total = np.exp(TOYS[name].log_prob(points)).sum() * area
    assert total == pytest.approx(1, abs=2e-3)  # the ends of the spirals are cut by the grid


@pytest.mark.parametrize("name", TOYS)
def test_toy_draws_follow_the_density(name):
    """Chi-squared on a grid of cells, at a fixed seed."""
    toy, n = TOYS[name], 20_000
    x = toy.sample(n, np.random.default_rng(7))
    points, area = cells()
    p = np.exp(toy.log_prob(points)) * area
    edges = np.linspace(-6, 6, 31)
    expected, *_ = np.histogram2d(*points.T, bins=edges, weights=n * p / p.sum())
    found, *_ = np.histogram2d(*x.T, bins=edges)
    many = expected > 10
    assert expected[many].sum() > 0.95 * n
    assert (found[expected == 0] == 0).all()
    found, expected = (
        np.append(counts[many], counts[~many].sum() + 1e-9) for counts in (found, expected)
    )
    assert stats.chisquare(found, expected * found.sum() / expected.sum()).pvalue > 1e-3


@pytest.mark.parametrize("name", TOYS)
def test_toy_draws_have_a_density_in_float32(name):
    """Rounding must not carry a draw out of the support."""
    x = TOYS[name].sample(200_000, np.random.default_rng(1))
    assert x.dtype == np.float32
    assert np.isfinite(TOYS[name].log_prob(x)).all()


def test_checkerboard_entropy():
    toy = TOYS["checkerboard"]
    assert toy.entropy == pytest.approx(3.4657359, abs=1e-7)
    x = np.array([[-3.0, -3.0], [-1.0, -3.0], [3.9, 3.9], [5.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    expected = [-toy.entropy, -np.inf, -toy.entropy, -np.inf, -toy.entropy, -np.inf]
    np.testing.assert_allclose(toy.log_prob(x), expected)


def test_eight_gaussians_against_scipy():
    x = np.array([[2.0, 0.1], [0.0, 0.0], [-1.5, 1.3], [9.0, 9.0]])
    angles = np.pi / 4 * np.arange(8)
    centres = [(2 * np.cos(a), 2 * np.sin(a)) for a in angles]
    density = sum(stats.multivariate_normal(c, 0.2**2).pdf(x) for c in centres) / 8
    np.testing.assert_allclose(np.exp(TOYS["eight_gaussians"].log_prob(x)), density, rtol=1e-10)


@pytest.mark.parametrize("point", [(0.0, 1.0), (1.0, -0.4), (0.5, 0.25), (-1.1, 0.3), (2.0, 0.5)])
def test_two_moons_against_adaptive_quadrature(point):
    x, y = point

    def upper(t):
        return stats.norm.pdf(x, np.cos(t), 0.1) * stats.norm.pdf(y, np.sin(t), 0.1)

    def lower(t):
        return stats.norm.pdf(x, 1 - np.cos(t), 0.1) * stats.norm.pdf(y, 0.5 - np.sin(t), 0.1)

    options = {"epsabs": 0, "epsrel": 1e-12, "limit": 500}
    total = sum(integrate.quad(arc, 0, np.pi, **options)[0] for arc in (upper, lower))
    value = TOYS["two_moons"].log_prob(np.array([point]))[0]
    assert value == pytest.approx(np.log(total / (2 * np.pi)), abs=1e-9)


def test_load_toy_splits_and_seeds():
    data = load("two_moons", n=1000, seed=4)
    assert data.describe()["splits"] == {"train": 800, "valid": 100, "test": 100}
    assert data.dim == 2 and data.image_shape is None and data.value_range is None
    assert data.splits["train"].dtype == np.float32
    assert set(data.labels["train"]) == {0, 1}
    assert load("two_moons", n=1000, seed=4).hash == data.hash
    assert load("two_moons", n=1000, seed=5).hash != data.hash


@pytest.mark.parametrize(("n", "sizes"), [(3, (1, 1, 1)), (4, (2, 1, 1)), (17, (13, 2, 2))])
def test_load_toy_of_few(n, sizes):
    assert tuple(load_toy("rings", n=n).describe()["splits"].values()) == sizes


@pytest.mark.parametrize("n", [2, 0, -5, 10.0, "many"])
def test_load_toy_refuses_n(n):
    with pytest.raises(RangeError, match="integer of at least 3"):
        load_toy("rings", n=n)


def test_toy_refuses_unknown_names_and_shapes():
    with pytest.raises(UnknownNameError, match="'rings'"):
        load_toy("ring")
    with pytest.raises(ShapeError, match="points of 'rings'.*2 features"):
        TOYS["rings"].log_prob(np.zeros((3, 4)))
