"""A density on the plane."""

import numpy as np

from symgen.errors import NonFiniteError, ShapeError
from symgen.reporting.checks import as_rows
from symgen.reporting.style import saved_figure

_MOST = 1000  # points drawn over the density


def save_density(path, log_density, x, y, points=None):
    """Save a density on a grid of the plane, dark where it is high, with examples over it.

    Parameters
    ----------
    path : str or Path
    log_density : array_like, shape (len(y), len(x))
        In nats; ``-inf`` where the density is zero.
    x, y : array_like, shape (columns,) and (rows,)
        Places of the grid's columns and rows, evenly spaced.
    points : array_like, shape (n, 2), optional
        Examples; up to 1000 are drawn.

    Raises
    ------
    ShapeError
        When the grid does not fit its axes.
    NonFiniteError
        When the density is NaN or infinite somewhere.
    OutputError
        When the file cannot be written.
    """
    density = np.exp(np.asarray(log_density, dtype="float64"))
    if density.shape != (len(y), len(x)):
        raise ShapeError(
            f"a log density of shape ({len(y)}, {len(x)}), rows by columns",
            f"{density.shape}",
            "Compute it at every point of the grid.",
        )
    if not np.isfinite(density).all():
        raise NonFiniteError(
            "a finite density at every point of the grid",
            f"{np.count_nonzero(~np.isfinite(density))} NaN or infinite",
            "Look at the model's log_prob there.",
        )
    aspect = (y[-1] - y[0]) / (x[-1] - x[0])
    height = float(np.clip(3.6 * aspect + 0.6, 2, 8))
    with saved_figure(path, 4.8, height, layout="compressed") as figure:
        axes = figure.add_subplot()
        axes.grid(visible=False)
        extent = (x[0], x[-1], y[0], y[-1])
        picture = axes.imshow(density, origin="lower", extent=extent, cmap="Blues", vmin=0)
        if points is not None:
            some = as_rows(points, "the points", 2)[:_MOST]
            axes.scatter(*some.T, s=2, c="black", alpha=0.4, linewidths=0)
        axes.set_xlabel("$x_1$")
        axes.set_ylabel("$x_2$")
        figure.colorbar(picture, label="density")
