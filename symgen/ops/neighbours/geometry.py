"""Where the neighbourhoods of an image lie, and which shapes and steps can work."""

import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from symgen.errors import RangeError, ShapeError

MODES = ("valid", "half", "full", "wrap_centered", "ignore_borders")


class NeighbourhoodError(ShapeError, TypeError):
    """Images and neighbourhoods that do not fit, for which Theano raised TypeError."""


def begin(size, mode):
    """How far the first neighbourhood begins before the image: int or symbolic, as `size`."""
    if mode in ("half", "wrap_centered"):
        return size // 2
    return size - 1 if mode == "full" else 0


def grid_length(length, size, step, mode):
    """Number of neighbourhoods along an axis.

    Parameters
    ----------
    length, size, step : int or symbolic integer scalar
    mode : str
        One of `MODES`.

    Returns
    -------
    int or symbolic integer scalar
    """
    if mode == "wrap_centered":
        return (length + step - 1) // step
    count = (length + 2 * begin(size, mode) - size) // step + 1
    if mode != "ignore_borders":
        return count
    symbolic = any(isinstance(n, Variable) for n in (length, size, step))
    return pt.maximum(count, 0) if symbolic else max(count, 0)


def check_pair(name, pair):
    """Refuse a neighbourhood or step that is not two integers of at least 1.

    Raises
    ------
    ShapeError
        For another number of integers.
    RangeError
        For one below 1.
    """
    if len(pair) != 2:
        raise ShapeError(f"two integers for {name}", f"{tuple(pair)}", "Give rows and columns.")
    if min(pair) < 1:
        raise RangeError(f"{name} of at least 1 each way", f"{tuple(pair)}", f"Enlarge {name}.")


def grid(lengths, neib_shape, neib_step, mode):
    """Numbers of neighbourhoods down and across an image, all known.

    Parameters
    ----------
    lengths : pair of int
        Rows and columns of the image.
    neib_shape, neib_step : pair of int
    mode : str
        One of `MODES`.

    Returns
    -------
    tuple of two int

    Raises
    ------
    NeighbourhoodError
        For an image smaller than a neighbourhood; one that the steps do not end at the border of
        (modes other than ``"ignore_borders"`` and ``"wrap_centered"``); an even neighbourhood in
        mode ``"wrap_centered"``.
    ShapeError, RangeError
        As :func:`check_pair`.
    """
    neib_shape, neib_step = [int(n) for n in neib_shape], [int(n) for n in neib_step]
    check_pair("neib_shape", neib_shape)
    check_pair("neib_step", neib_step)
    if mode == "wrap_centered" and not all(n % 2 for n in neib_shape):
        raise NeighbourhoodError(
            "an odd neib_shape, as mode wrap_centered has a centre",
            f"{tuple(neib_shape)}",
            "Use an odd number of rows and columns.",
        )
    for name, length, size, step in zip(
        ("rows", "columns"), lengths, neib_shape, neib_step, strict=True
    ):
        if mode == "ignore_borders":
            continue
        if length < size:
            raise NeighbourhoodError(
                f"an image with at least {size} {name}, as the neighbourhood has",
                f"{length}",
                "Use a smaller neighbourhood, or mode='ignore_borders'.",
            )
        beyond = length + 2 * begin(size, mode) - size
        if mode != "wrap_centered" and beyond % step:
            raise NeighbourhoodError(
                f"neighbourhoods that end at the border of the image: {beyond} {name} are left "
                f"after the first one, a multiple of the step {step}",
                f"an image with {length} {name} and a neighbourhood of {size} in mode {mode!r}",
                "Change the step or the image, or use mode='ignore_borders'.",
            )
    return tuple(
        grid_length(*axis, mode) for axis in zip(lengths, neib_shape, neib_step, strict=True)
    )


def check_neibs(shape, image_shape, neib_shape, neib_step, mode):
    """Refuse a matrix of neighbourhoods that does not belong to images of a shape.

    Parameters
    ----------
    shape : pair of int
        Shape of the matrix.
    image_shape : sequence of four int
    neib_shape, neib_step : pair of int
    mode : str

    Returns
    -------
    tuple of two int
        Numbers of neighbourhoods down and across an image.

    Raises
    ------
    ShapeError
        For another number of lengths than 4, a negative one, or a matrix of another shape.
    Others
        As :func:`grid`.
    """
    image_shape = [int(n) for n in image_shape]
    if len(image_shape) != 4 or min(image_shape) < 0:
        raise ShapeError(
            "the shape of images: four lengths (batch, channels, rows, columns)",
            f"{tuple(image_shape)}",
            "Pass the shape that the images had.",
        )
    counts = grid(image_shape[2:], neib_shape, neib_step, mode)
    patches = image_shape[0] * image_shape[1] * counts[0] * counts[1]
    expected = (patches, int(neib_shape[0]) * int(neib_shape[1]))
    if tuple(shape) != expected:
        raise ShapeError(
            f"a matrix of shape {expected}, as images of shape {tuple(image_shape)} have "
            f"neighbourhoods of {tuple(int(n) for n in neib_shape)}",
            f"shape {tuple(shape)}",
            "Pass the shape and the neighbourhoods that the matrix was made of.",
        )
    return counts
