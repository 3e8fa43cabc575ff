r"""Two-dimensional toy densities that can be drawn from and whose log density is known.

Each is a :class:`ToyDensity`; :data:`TOYS` lists them by name, and
:func:`load_toy` draws a :class:`~symgen.datasets.Dataset` from one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from symgen import config
from symgen.datasets.dataset import Dataset
from symgen.datasets.split import FRACTION
from symgen.datasets.validation import check_array
from symgen.errors import RangeError, look_up

MIN_EXAMPLES = 3  # one for each split


@dataclass(frozen=True)
class ToyDensity:
    """A density on the plane.

    Parameters
    ----------
    name : str
    draw : callable
        ``draw(n, rng)`` gives points, shape (n, 2), float64, and the number of
        the part that each came from, shape (n,), int64; ``rng`` is a
        ``numpy.random.Generator``.
    log_density : callable
        Log density in nats of points of shape (n, 2), float64; ``-inf`` where
        the density is zero.
    entropy : float or None
        Differential entropy in nats, where it has a closed form: no model's
        mean negative log likelihood can be lower.
    """

    name: str
    draw: Callable
    log_density: Callable
    entropy: float | None = None

    def sample(self, n, rng):
        """Draw ``n`` points; shape (n, 2), dtype ``config.floatx()``."""
        return self.draw(n, rng)[0].astype(config.floatx())

    def log_prob(self, x):
        """Log density in nats at the points ``x``, shape (n, 2); float64 of shape (n,).

        Raises
        ------
        ShapeError, DtypeError, EmptyDataError, NonFiniteError
            When ``x`` is not such an array.
        """
        check_array(x, f"points of {self.name!r}", dim=2)
        return self.log_density(np.asarray(x, dtype=np.float64))


def _log_sum_exp(a, axis):
    top = a.max(axis=axis, keepdims=True)
    return np.log(np.exp(a - top).sum(axis=axis)) + np.squeeze(top, axis=axis)


def _log_normal(x, mean, sigma):
    return -0.5 * ((x - mean) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)


def _rotate(x, angle):
    """Points turned counter-clockwise, each by its own angle."""
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * x[..., 0] - s * x[..., 1], s * x[..., 0] + c * x[..., 1]], axis=-1)


# checkerboard ---------------------------------------------------------------------------

_HALF_WIDTH, _CELLS = 4.0, 4  # of the board; cells along each side


def _draw_checkerboard(n, rng):
    column = rng.integers(_CELLS, size=n)
    row = 2 * rng.integers(_CELLS // 2, size=n) + column % 2
    side = 2 * _HALF_WIDTH / _CELLS
    corner = np.stack([column, row], axis=1) * side - _HALF_WIDTH
    # multiples of 2**-21 that float32 holds exactly: no point is rounded into another cell
    offset = (rng.integers(2**20, size=(n, 2)) + 0.5) / 2**20
    return corner + side * offset, (column * _CELLS + row) // 2


def _log_checkerboard(x):
    cell = np.floor((x + _HALF_WIDTH) * _CELLS / (2 * _HALF_WIDTH))
    inside = ((cell >= 0) & (cell < _CELLS)).all(axis=1) & (cell.sum(axis=1) % 2 == 0)
    return np.where(inside, -np.log(2 * _HALF_WIDTH**2), -np.inf)


# eight Gaussians ------------------------------------------------------------------------

_CIRCLE, _BLOB_SIGMA = 2.0, 0.2  # radius of the circle of centres; width of each


def _blob_centres():
    angle = 2 * np.pi * np.arange(8) / 8
    return _CIRCLE * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _draw_eight_gaussians(n, rng):
    part = rng.integers(8, size=n)
    return _blob_centres()[part] + _BLOB_SIGMA * rng.standard_normal((n, 2)), part


def _log_eight_gaussians(x):
    each = _log_normal(x[:, None, :], _blob_centres(), _BLOB_SIGMA).sum(axis=2)
    return _log_sum_exp(each, axis=1) - np.log(8)


# two moons ------------------------------------------------------------------------------

_MOON_SIGMA, _MOON_NODES = 0.1, 96


def _moon(angle, part):
    """Points on the upper (part 0) or the lower half circle (part 1) of radius 1."""
    sign = 1 - 2 * part
    return np.stack([part + sign * np.cos(angle), 0.5 * part + sign * np.sin(angle)], axis=-1)


def _draw_two_moons(n, rng):
    part = rng.integers(2, size=n)
    arc = _moon(np.pi * rng.random(n), part)
    return arc + _MOON_SIGMA * rng.standard_normal((n, 2)), part


@cache
def _moon_nodes():
    """Points of a Gauss-Legendre rule along both half circles, and the logs of their weights."""
    node, weight = np.polynomial.legendre.leggauss(_MOON_NODES)
    angle = 0.5 * np.pi * (node + 1)
    points = np.concatenate([_moon(angle, 0), _moon(angle, 1)])
    return points, np.log(np.tile(weight / 4, 2))


def _log_two_moons(x):
    points, log_weight = _moon_nodes()
    parts = [  # blocks of points, so that the table of distances stays small
        _log_sum_exp(
            _log_normal(block[:, None, :], points, _MOON_SIGMA).sum(axis=2) + log_weight, axis=1
        )
        for block in np.array_split(x, -(-len(x) // 4096))
    ]
    return np.concatenate(parts)


# rings ----------------------------------------------------------------------------------

_RADII, _RING_SIGMA = np.array([1.0, 2.0, 3.0]), 0.1


def _draw_rings(n, rng):
    part = rng.integers(len(_RADII), size=n)
    radius = _RADII[part] + _RING_SIGMA * rng.standard_normal(n)
    angle = 2 * np.pi * rng.random(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), part


def _log_rings(x):
    # p(x) = p(radius) / (2 pi radius); a negative radius lies on the other side
    radius = np.maximum(np.hypot(x[:, 0], x[:, 1]), np.finfo(float).tiny)[:, None]
    signed = np.concatenate([radius, -radius], axis=1)[:, :, None]
    each = _log_normal(signed, _RADII, _RING_SIGMA).reshape(len(x), -1)
    return _log_sum_exp(each, axis=1) - np.log(len(_RADII)) - np.log(2 * np.pi * radius[:, 0])


# pinwheel -------------------------------------------------------------------------------

_ARMS, _ARM_START, _ARM_LENGTH, _ARM_WIDTH, _TWIST = 5, 2.0, 0.5, 0.1, 0.6


def _arm_angle(radius, part):
    return 2 * np.pi * part / _ARMS + _TWIST * radius


def _draw_pinwheel(n, rng):
    part = rng.integers(_ARMS, size=n)
    straight = rng.standard_normal((n, 2)) * [_ARM_LENGTH, _ARM_WIDTH] + [_ARM_START, 0]
    radius = np.hypot(straight[:, 0], straight[:, 1])
    return _rotate(straight, _arm_angle(radius, part)), part


def _log_pinwheel(x):
    # a rotation by an angle that depends on the radius alone keeps areas
    radius = np.hypot(x[:, 0], x[:, 1])
    straight = _rotate(x[:, None, :], -_arm_angle(radius[:, None], np.arange(_ARMS)))
    each = _log_normal(straight, [_ARM_START, 0.0], [_ARM_LENGTH, _ARM_WIDTH]).sum(axis=2)
    return _log_sum_exp(each, axis=1) - np.log(_ARMS)


# spirals --------------------------------------------------------------------------------

_INNER, _OUTER, _WINDING, _SPIRAL_WIDTH = 0.5, 4.0, 1.5, 0.1
_ROUNDING = 1e-6  # by which float32 may put a radius beyond its limits


def _draw_spirals(n, rng):
    part = rng.integers(2, size=n)
    radius = _INNER + (_OUTER - _INNER) * rng.random(n)
    angle = np.pi * part + _WINDING * radius + _SPIRAL_WIDTH / radius * rng.standard_normal(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), part


def _log_spirals(x):
    radius = np.hypot(x[:, 0], x[:, 1])
    inside = (radius >= _INNER * (1 - _ROUNDING)) & (radius <= _OUTER * (1 + _ROUNDING))
    r = np.where(inside, radius, _OUTER)[:, None]
    # both arms, and the turns by which an angle can differ
    offset = np.arctan2(x[:, 1], x[:, 0])[:, None] - _WINDING * r
    offset = offset - np.pi * np.round(offset / np.pi) + np.pi * np.arange(-3, 4)
    each = _log_normal(offset, 0.0, _SPIRAL_WIDTH / r)
    log_p = _log_sum_exp(each, axis=1) - np.log(2 * (_OUTER - _INNER) * r[:, 0])
    return np.where(inside, log_p, -np.inf)


TWO_MOONS = ToyDensity("two_moons", _draw_two_moons, _log_two_moons)
CHECKERBOARD = ToyDensity(
    "checkerboard", _draw_checkerboard, _log_checkerboard, float(np.log(2 * _HALF_WIDTH**2))
)
EIGHT_GAUSSIANS = ToyDensity("eight_gaussians", _draw_eight_gaussians, _log_eight_gaussians)
PINWHEEL = ToyDensity("pinwheel", _draw_pinwheel, _log_pinwheel)
RINGS = ToyDensity("rings", _draw_rings, _log_rings)
SPIRALS = ToyDensity("spirals", _draw_spirals, _log_spirals)

#: The toy densities by name.
TOYS = {
    toy.name: toy for toy in (TWO_MOONS, CHECKERBOARD, EIGHT_GAUSSIANS, PINWHEEL, RINGS, SPIRALS)
}


def load_toy(name, n=10_000, seed=0):
    r"""Draw a dataset from a toy density: eight tenths to train, one to validate, one to test.

    =============== ==================================================================
    name            density
    =============== ==================================================================
    two_moons       two half circles of radius 1, the lower moved by (1, 0.5) and upside
                    down, with Gaussian noise of 0.1; log density by a quadrature
                    that is exact to rounding
    checkerboard    uniform on 8 of the 4 x 4 cells of [-4, 4]^2; entropy log 32 = 3.4657
    eight_gaussians eight Gaussians of width 0.2 on a circle of radius 2
    pinwheel        five Gaussian arms, each point turned by 0.6 of its radius, which
                    keeps areas, so that the log density has a closed form
    rings           circles of radius 1, 2, 3, with Gaussian noise of 0.1 on the radius
    spirals         two arms, angle 1.5 r and 1.5 r + pi, with r uniform in [0.5, 4] and
                    Gaussian noise of 0.1 along the circle
    =============== ==================================================================

    Parameters
    ----------
    name : str
    n : int
        Number of examples of all splits together, at least 3.
    seed : int
        Of NumPy's ``default_rng``.

    Returns
    -------
    Dataset
        dim 2, real values; the labels number the parts.

    Raises
    ------
    UnknownNameError
        When there is no such density.
    RangeError
        When ``n`` is below 3 or not an integer.
    """
    toy = look_up("toy density", name, TOYS)
    if not isinstance(n, (int, np.integer)) or n < MIN_EXAMPLES:
        raise RangeError(
            expected=f"n to be an integer of at least {MIN_EXAMPLES}, one for each split",
            got=repr(n),
            remedy="Ask for more examples.",
        )
    points, part = toy.draw(int(n), np.random.default_rng(seed))
    size = max(1, round(FRACTION * n))  # independent draws: cutting in order is a random split
    cut = {
        "train": slice(2 * size, None),
        "valid": slice(0, size),
        "test": slice(size, 2 * size),
    }
    return Dataset(
        name=name,
        splits={key: points[rows] for key, rows in cut.items()},
        labels={key: part[rows] for key, rows in cut.items()},
        binarization="none (real values)",
        source=f"drawn from the density {name!r}, n={n}, default_rng seed {seed}",
    )
