"""The toy densities: they integrate to one, and their draws follow them."""

import numpy as np
import pytest
from scipy import integrate, stats

from symgen.datasets import TOYS, load, load_toy
from symgen.errors import RangeError, ShapeError, UnknownNameError


def cells(limit=6.0, n=300):
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


POINTS = np.array([[1.0, 0.05], [2.1, -0.3], [-0.6, 1.9], [-2.0, -2.2], [0.4, -3.0]])


def test_rings_by_their_definition():
    radius = np.linalg.norm(POINTS, axis=1)
    density = sum(stats.norm(r, 0.1).pdf(radius) for r in (1, 2, 3)) / 3 / (2 * np.pi * radius)
    np.testing.assert_allclose(np.exp(TOYS["rings"].log_prob(POINTS)), density, rtol=1e-10)


def test_pinwheel_by_its_definition():
    """Undo the turn of each point, then five Gaussians along the arms."""
    z = POINTS[:, 0] + 1j * POINTS[:, 1]
    density = 0
    for arm in range(5):
        straight = z * np.exp(-1j * (2 * np.pi * arm / 5 + 0.6 * np.abs(z)))
        density += stats.norm(2, 0.5).pdf(straight.real) * stats.norm(0, 0.1).pdf(straight.imag) / 5
    np.testing.assert_allclose(np.exp(TOYS["pinwheel"].log_prob(POINTS)), density, rtol=1e-9)


def test_spirals_by_their_definition():
    """In polar coordinates: r uniform, the angle a wrapped normal, and the Jacobian 1 / r."""
    points = np.concatenate([POINTS, [[0.3, 0.3], [4.0, 1.0]]])
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    density = 0
    for arm in (0, np.pi):
        for turn in range(-3, 4):
            mean = arm + 1.5 * radius
            density += stats.norm(mean, 0.1 / radius).pdf(angle + 2 * np.pi * turn) / 2
    density = np.where((radius >= 0.5) & (radius <= 4), density / (3.5 * radius), 0)
    np.testing.assert_allclose(np.exp(TOYS["spirals"].log_prob(points)), density, atol=1e-12)


class Largest:
    """A generator whose every draw is the largest that it can be."""

    def integers(self, high, size):
        return np.full(size, high - 1)

    def random(self, size):
        return np.full(size, np.nextafter(1, 0))


def test_checkerboard_draws_stay_in_their_cell_when_rounded():
    x = TOYS["checkerboard"].sample(1, Largest())
    assert (x < 4).all() and np.isfinite(TOYS["checkerboard"].log_prob(x)).all()


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
