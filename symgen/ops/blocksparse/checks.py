"""Which shapes and block numbers can work."""

import numpy as np

from symgen.errors import RangeError, ShapeError


class BlockIndexError(RangeError, IndexError):
    """The number of a block that is not there."""


def check_shapes(**shapes):
    """Refuse arrays whose shapes do not belong together.

    Parameters
    ----------
    **shapes : (sequence of int, str)
        For the name of each array: its shape, and a letter for each axis. Axes of one letter have to
        have one length.

    Raises
    ------
    ShapeError
    """
    lengths, names = {}, {}
    for name, (shape, letters) in shapes.items():
        for axis, (length, letter) in enumerate(zip(shape, letters, strict=True)):
            known = lengths.setdefault(letter, int(length))
            names.setdefault(letter, f"axis {axis} of {name}")
            if known != length:
                raise ShapeError(
                    f"axis {axis} of {name} as long as {names[letter]}, which has {known}",
                    f"{length}",
                    "Pass (batch, blocks used, block size) and block numbers (batch, blocks used).",
                )


def check_gemv(o, W, h, input_idx, output_idx):
    """Refuse shapes and block numbers that :class:`SparseBlockGemv` cannot take.

    Parameters
    ----------
    o, W, h, input_idx, output_idx : array

    Raises
    ------
    ShapeError
    BlockIndexError
    """
    check_shapes(
        W=(W.shape, "IOmk"),
        o=(o.shape, "bjk"),
        h=(h.shape, "bim"),
        inputIdx=(input_idx.shape, "bi"),
        outputIdx=(output_idx.shape, "bj"),
    )
    check_numbers("inputIdx", input_idx, W.shape[0])
    check_numbers("outputIdx", output_idx, W.shape[1])


def check_outer(o, x, y, x_idx, y_idx):
    """Refuse shapes and block numbers that :class:`SparseBlockOuter` cannot take.

    Parameters
    ----------
    o, x, y, x_idx, y_idx : array

    Raises
    ------
    ShapeError
    BlockIndexError
    """
    check_shapes(
        o=(o.shape, "IOmk"),
        x=(x.shape, "bim"),
        y=(y.shape, "bjk"),
        xIdx=(x_idx.shape, "bi"),
        yIdx=(y_idx.shape, "bj"),
    )
    check_numbers("xIdx", x_idx, o.shape[0])
    check_numbers("yIdx", y_idx, o.shape[1])


def check_numbers(name, numbers, blocks):
    """Refuse the number of a block that is not there; below 0 counts from the end.

    Raises
    ------
    BlockIndexError
    """
    wrong = (numbers < -blocks) | (numbers >= blocks)
    if np.any(wrong):
        raise BlockIndexError(
            f"{name} with numbers of blocks from 0 to {blocks - 1}",
            f"{int(numbers[wrong][0])}",
            "Draw the numbers from the blocks that the weights have.",
        )
