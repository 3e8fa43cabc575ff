"""Grids of images: samples, and originals over their reconstructions."""

import textwrap

import numpy as np

from symgen.errors import SettingsError, ShapeError
from symgen.reporting.checks import as_rows, check_count, check_image_shape
from symgen.reporting.points import save_points
from symgen.reporting.style import DPI, saved_figure

GAP_LEVEL = 0.35  # grey of the lines between the images
TARGET_WIDTH = 900  # pixels of a picture, about
LABEL_SIZE, TITLE_SIZE = 8, 9  # points
_LINE = 30  # pixels for a line of text
_LETTERS = 14  # of a title, an inch


def image_grid(images, image_shape, rows=10, columns=10, scale=1, gap=1, value_range=(0, 1)):
    """Put images side by side, row by row, into one.

    Parameters
    ----------
    images : array_like, shape (n, dim) or (n, height, width)
        The first ``rows * columns`` are taken; cells without an image are
        white.
    image_shape : (int, int)
        Height and width of an image in pixels.
    rows, columns : int
    scale : int
        Pixels of the result, each way, for each pixel of an image.
    gap : int
        Pixels between neighbours, and round the whole.
    value_range : (float, float)
        Values drawn black and white; others are clipped to them.

    Returns
    -------
    ndarray, shape (rows * (scale * height + gap) + gap, columns * (scale * width + gap) + gap)
        Grey levels from 0 (black) to 1 (white).

    Raises
    ------
    ShapeError, DtypeError, EmptyDataError, NonFiniteError
        When ``images`` cannot be drawn so.
    SettingsError
        When a number is not a positive integer.

    Examples
    --------
    >>> image_grid(np.zeros((6, 64)), (8, 8), rows=2, columns=3).shape
    (19, 28)
    """
    height, width = check_image_shape(image_shape)
    x = as_rows(images, "the images", height * width)
    rows, columns, scale = (
        check_count(value, name)
        for value, name in ((rows, "rows"), (columns, "columns"), (scale, "scale"))
    )
    low, high = value_range
    x = (np.clip(x, low, high) - low) / (high - low)
    tall, wide = scale * height, scale * width
    grid = np.full((rows * (tall + gap) + gap, columns * (wide + gap) + gap), GAP_LEVEL)
    for index, image in enumerate(x[: rows * columns]):
        row, column = divmod(index, columns)
        top, left = gap + row * (tall + gap), gap + column * (wide + gap)
        enlarged = image.reshape(height, width).repeat(scale, axis=0).repeat(scale, axis=1)
        grid[top : top + tall, left : left + wide] = enlarged
    filled = min(len(x), rows * columns)
    full_rows, rest = divmod(filled, columns)
    top = full_rows * (tall + gap) + (gap if filled else 0)
    if rest:
        grid[top : top + tall + gap, rest * (wide + gap) + gap :] = 1
        top += tall + gap
    grid[top:] = 1
    return grid


def _scale(width, columns):
    """The factor that makes a row of images about as wide as the picture should be."""
    return max(1, round(TARGET_WIDTH / (columns * width)))


def _place(figure, picture, left, bottom):
    """Draw grey levels as they are, pixel by pixel, without any resampling."""
    figure.figimage(picture, left, bottom, cmap="gray", vmin=0, vmax=1, origin="upper")


def save_image_grid(
    path, images, image_shape, rows=10, columns=10, title=None, value_range=(0, 1), column_names=()
):
    """Save images side by side as a PNG: white on black, enlarged to whole pixels.

    Parameters
    ----------
    path : str or Path
    images : array_like, shape (n, dim) or (n, height, width)
        The first ``rows * columns`` are drawn; with fewer, as many rows as
        they fill.
    image_shape : (int, int)
    rows, columns : int
        The most rows, and images in a row.
    title : str, optional
        Above the images, on as many lines as it needs.
    value_range : (float, float)
        Values drawn black and white.
    column_names : sequence of str
        One above each column, or none.

    Raises
    ------
    ShapeError, DtypeError, EmptyDataError, NonFiniteError
        When ``images`` cannot be drawn so.
    SettingsError
        When there are names, but not one for each column.
    OutputError
        When the file cannot be written.
    """
    height, width = check_image_shape(image_shape)
    x = as_rows(images, "the images", height * width)
    columns = min(check_count(columns, "columns"), len(x))
    rows = min(check_count(rows, "rows"), -(-len(x) // columns))
    scale = min(_scale(width, columns), _scale(width, 10) * 2)  # few images do not become huge
    grid = image_grid(x, (height, width), rows, columns, scale, 2, value_range)
    tall, wide = grid.shape
    if len(column_names) not in (0, columns):
        raise SettingsError(
            expected=f"{columns} names, one for each column",
            got=f"{len(column_names)}",
            remedy="Give one of each, or none.",
        )
    lines = textwrap.wrap(title, max(1, wide * _LETTERS // DPI)) if title else []
    height = tall + _LINE * (len(lines) + bool(len(column_names)))
    with saved_figure(path, wide / DPI, height / DPI) as figure:
        _place(figure, grid, 0, 0)
        for index, line in enumerate(lines):
            place = 1 - (index + 0.5) * _LINE / height
            figure.text(0.5, place, line, ha="center", va="center", fontsize=TITLE_SIZE)
        for index, name in enumerate(column_names):
            figure.text(
                (index + 0.5) / columns, (tall + 0.5 * _LINE) / height, str(name),
                ha="center", va="center", fontsize=LABEL_SIZE,
            )  # fmt: skip


def save_samples(path, samples, image_shape=None, rows=10, columns=10, column_names=()):
    """Save what a model generated: images as a grid, points as a scatter, others as curves.

    Parameters
    ----------
    path : str or Path
    samples : array_like, shape (n, dim)
    image_shape : (int, int) or None
        None when an example is no image.
    rows, columns : int
        Of the grid of images.
    column_names : sequence of str
        Above the columns of images: the class that each is of.

    Raises
    ------
    ShapeError, DtypeError, EmptyDataError, NonFiniteError
        When ``samples`` cannot be drawn.
    OutputError
        When the file cannot be written.
    """
    if image_shape is None:
        save_points(path, {"samples": samples})
    else:
        save_image_grid(path, samples, image_shape, rows, columns, column_names=column_names)


def save_reconstructions(
    path, originals, reconstructions, image_shape=None, rows=3, columns=10, value_range=(0, 1), spoilt=None
):
    """Save originals with their reconstructions below them, and between them what these are made of.

    Parameters
    ----------
    path : str or Path
    originals, reconstructions : array_like, shape (n, dim) or (n, height, width)
        The first ``rows * columns`` are drawn.
    image_shape : (int, int) or None
        None when an example is no image: points and curves are then drawn
        in two colours.
    rows, columns : int
        Rows of such groups, and examples in a row.
    value_range : (float, float)
        Values drawn black and white.
    spoilt : array_like, of the shape of `originals`, optional
        Images that a denoising model was given in place of the originals.

    Raises
    ------
    ShapeError, DtypeError, EmptyDataError, NonFiniteError
        When the arrays cannot be drawn so, or do not fit each other.
    SettingsError
        For `spoilt` examples that are no images.
    OutputError
        When the file cannot be written.
    """
    dim = None
    if image_shape is not None:
        height, width = check_image_shape(image_shape)
        dim = height * width
    x = as_rows(originals, "the originals", dim)
    y = as_rows(reconstructions, "the reconstructions", dim)
    shown = {"original": x, "reconstruction": y}
    if spoilt is not None:
        shown = {"original": x, "spoilt": as_rows(spoilt, "the spoilt images", dim), "reconstruction": y}
    for label, each in shown.items():
        if x.shape != each.shape:
            raise ShapeError(
                expected=f"one {label} for each original, shape {x.shape}",
                got=f"shape {each.shape}",
                remedy="Reconstruct the very examples that are given as originals.",
            )
    if image_shape is None and spoilt is not None:
        raise SettingsError(
            expected="an image shape, to draw spoilt images",
            got="None",
            remedy="Give one, or leave spoilt out.",
        )
    if image_shape is None:
        save_points(path, {"originals": x, "reconstructions": y})
        return
    columns = min(check_count(columns, "columns"), len(x))
    rows = min(check_count(rows, "rows"), -(-len(x) // columns))
    scale = min(_scale(width, columns), _scale(width, 10) * 2)
    label_width, space = 150, 14  # pixels: beside the images, between the rows of pairs
    groups = []
    for start in range(0, rows * columns, columns):
        lines = [each[start : start + columns] for each in shown.values()]
        size = len(lines), len(lines[0])
        groups.append(image_grid(np.concatenate(lines), (height, width), *size, scale, 2, value_range))
    tall, wide = groups[0].shape
    total_height, total_width = rows * tall + (rows - 1) * space, wide + label_width
    with saved_figure(path, total_width / DPI, total_height / DPI) as figure:
        for row, group in enumerate(groups):
            bottom = total_height - tall - row * (tall + space)
            _place(figure, group, label_width, bottom)
            for line, label in enumerate(shown):
                middle = bottom + (1 - (line + 0.5) / len(shown)) * tall
                figure.text(
                    (label_width - 10) / total_width, middle / total_height,
                    label, ha="right", va="center", fontsize=LABEL_SIZE,
                )  # fmt: skip
