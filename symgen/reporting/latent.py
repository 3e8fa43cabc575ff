"""The latent space of a model: where it puts the examples."""

import numpy as np
from matplotlib import colormaps, patheffects
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from symgen.errors import DtypeError, ShapeError
from symgen.reporting.checks import as_rows
from symgen.reporting.style import BLUE, CLASSES, saved_figure

_MANY_CLASSES = 30  # beyond, a legend has no room
_SEED = 0  # of the order in which points are drawn, and of the jitter


def _check_labels(labels, n):
    labels = np.asarray(labels)
    if labels.shape != (n,):
        raise ShapeError(
            expected=f"{n} labels, one for each latent mean",
            got=f"shape {labels.shape}",
            remedy="Give the labels of the very examples that were encoded.",
        )
    if labels.dtype.kind not in "biuUS":
        raise DtypeError(
            expected="labels that name classes: integers, booleans or strings",
            got=f"dtype {labels.dtype}",
            remedy="Number the classes, or give labels=None.",
        )
    return labels


def _colours(count):
    """One RGBA row a class."""
    if count <= len(CLASSES):
        names = CLASSES[:count]
        return np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] + [1] for c in names])
    return colormaps["viridis"](np.linspace(0, 1, count))


def principal_components(x):
    """Coordinates along the first two principal axes, and their shares of the variance.

    The sign of each axis is the one that makes its largest entry positive, so
    that the picture does not depend on the linear algebra library.

    Parameters
    ----------
    x : ndarray, shape (n, d)

    Returns
    -------
    scores : ndarray, shape (n, 2)
        Zero along an axis that does not exist: one example, or one feature.
    shares : ndarray, shape (2,)
        In [0, 1]; zero when all examples are the same.
    """
    centred = np.asarray(x, dtype=np.float64) - np.mean(x, axis=0, dtype=np.float64)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    axes, variance = axes[:2], singular**2
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    scores, shares = np.zeros((len(centred), 2)), np.zeros(2)
    scores[:, : len(axes)] = centred @ (axes * np.where(largest < 0, -1, 1)).T
    total = variance.sum()
    if total > 0:
        shares[: len(axes)] = variance[:2] / total
    return scores, shares


def _apart(places, distance):
    """Move places that are nearer to each other than ``distance`` until they are not."""
    places = np.array(places, dtype=np.float64)
    for _ in range(200):
        moved = False
        for i in range(len(places)):
            for j in range(i):
                gap = places[i] - places[j]
                length = np.hypot(*gap)
                if length < distance:
                    angle = 2.4 * i  # where both are at the same place
                    way = gap / length if length > 0 else [np.cos(angle), np.sin(angle)]
                    step = 0.51 * (distance - length) * np.asarray(way)
                    places[i] += step
                    places[j] -= step
                    moved = True
        if not moved:
            break
    return places


def save_latent_map(path, means, labels=None, name="latent mean"):
    """Save where a model puts the examples in its latent space, coloured by class.

    Two latent dimensions are drawn as they are; of more, the first two
    principal components, whose axes say the share of the variance; one
    dimension as a strip for each class, or as a histogram without classes.

    Parameters
    ----------
    path : str or Path
    means : array_like, shape (n, d)
        Latent means.
    labels : array_like, shape (n,), optional
        Class of each example: integers, booleans or strings.
    name : str
        What an axis shows, in the singular: ``"latent code"`` of an
        autoencoder.

    Raises
    ------
    ShapeError, DtypeError, EmptyDataError, NonFiniteError
        When ``means`` or ``labels`` cannot be drawn.
    OutputError
        When the file cannot be written.
    """
    z = as_rows(means, "the latent means")
    classes, index = None, np.zeros(len(z), dtype=int)
    if labels is not None:
        classes, index = np.unique(_check_labels(labels, len(z)), return_inverse=True)
    colours = _colours(len(classes)) if classes is not None else None
    with saved_figure(path, 5.6 if classes is not None else 4.8, 4.6, layout="constrained") as fig:
        axes = fig.add_subplot()
        if z.shape[1] == 1:
            axes.set_xlabel(name)
            _draw_line(axes, z[:, 0], classes, index, colours)
        else:
            if z.shape[1] == 2:
                names = [f"{name}, dimension {i}" for i in (1, 2)]
            else:
                z, shares = principal_components(z)
                names = [
                    f"principal component {i} of the {name}s ({share:.0%} of variance)"
                    for i, share in zip((1, 2), shares, strict=True)
                ]
            axes.set_xlabel(names[0])
            axes.set_ylabel(names[1])
            _draw_plane(axes, z, classes, index, colours)


def _draw_line(axes, z, classes, index, colours):
    if classes is None:
        axes.hist(z, bins=min(60, max(5, round(len(z) ** 0.5))), color=BLUE)
        axes.set_ylabel("number of examples")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return
    height = index + np.random.RandomState(_SEED).uniform(-0.35, 0.35, len(z))
    axes.scatter(z, height, s=_size(len(z)), c=colours[index], alpha=0.7, linewidths=0)
    axes.set_ylabel("class")
    step = max(1, len(classes) // _MANY_CLASSES)
    axes.set_yticks(np.arange(len(classes))[::step], [str(c) for c in classes[::step]])
    axes.grid(axis="y", visible=False)


def _draw_plane(axes, z, classes, index, colours):
    axes.set_aspect("equal", adjustable="datalim")
    order = np.random.RandomState(_SEED).permutation(len(z))  # no class lies on top of another
    colour = BLUE if classes is None else colours[index[order]]
    axes.scatter(*z[order].T, s=_size(len(z)), c=colour, alpha=0.75, linewidths=0)
    if classes is None or len(classes) > _MANY_CLASSES:
        return
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=5, color=colour, label=str(label))
        for label, colour in zip(classes, colours, strict=True)
    ]
    axes.figure.legend(
        handles=handles, title="class", loc="outside right center",
        ncols=-(-len(classes) // 15), handletextpad=0.1,
    )  # fmt: skip
    if len(classes) <= len(CLASSES):  # the colours alone need not be told apart
        medians = [np.median(z[index == i], axis=0) for i in range(len(classes))]
        extent = max(np.ptp(z, axis=0).max(), 1e-12)  # the axes have one scale
        for place, label in zip(_apart(medians, 0.05 * extent), classes, strict=True):
            text = axes.text(
                *place, str(label),
                ha="center", va="center", fontsize=9, fontweight="bold",
            )  # fmt: skip
            text.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground="white")])


def _size(n):
    """Area of a point: smaller when there are many."""
    return float(np.clip(8000 / n, 3, 25))
