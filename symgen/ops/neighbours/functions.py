"""``images2neibs`` and ``neibs2images``, with Theano's signatures."""

from symgen.errors import NotSupportedError
from symgen.ops.neighbours.op import Images2Neibs, Images2NeibsGrad


def images2neibs(ten4, neib_shape, neib_step=None, mode="valid"):
    """Cut neighbourhoods out of images, a row of a matrix each.

    Row ``((n * channels + c) * down + a) * across + b`` holds the pixels of image n, channel c, from
    row ``a * neib_step[0]`` and column ``b * neib_step[1]`` on, row by row.

    Parameters
    ----------
    ten4 : tensor of shape (batch, channels, rows, columns)
    neib_shape : pair of int, or symbolic integer vector of 2
        Rows and columns of a neighbourhood.
    neib_step : pair of int, or symbolic integer vector of 2, optional
        Rows and columns from one neighbourhood to the next; ``None`` takes `neib_shape`.
    mode : {"valid", "ignore_borders", "wrap_centered", "half", "full"}
        ``"valid"``: neighbourhoods lie within the image, the last one ends at its border.
        ``"ignore_borders"``: as valid, but pixels beyond the last whole neighbourhood are left out.
        ``"half"``, ``"full"``: valid on an image with ``neib_shape // 2``, or ``neib_shape - 1``,
        rows and columns of zeros on each side. ``"wrap_centered"``: neighbourhoods centred on every
        `neib_step`-th pixel, of an image that goes on at its other side.

    Returns
    -------
    matrix of shape (batch * channels * down * across, neib_shape[0] * neib_shape[1])
        Of the dtype of `ten4`.

    Raises
    ------
    NotSupportedError
        For another mode.
    NeighbourhoodError
        A ``ShapeError`` and a ``TypeError``: images that the neighbourhoods do not fit.
    RangeError
        For a neighbourhood or step below 1.

    Notes
    -----
    The gradient exists in every mode and for every step; Theano had it for ``"valid"``, and for
    ``"ignore_borders"`` without overlap.

    Examples
    --------
    >>> import numpy as np
    >>> from symgen.ops.neighbours import images2neibs
    >>> images2neibs(np.zeros((1, 1, 10, 10)), (5, 5)).eval().shape
    (4, 25)
    """
    return Images2Neibs(mode)(ten4, neib_shape, neib_step)


def neibs2images(neibs, neib_shape, original_shape, mode="valid"):
    """Put neighbourhoods that do not overlap back to where they were in the images.

    The inverse of ``images2neibs(images, neib_shape, mode=mode)``; pixels that mode
    ``"ignore_borders"`` left out become 0.

    Parameters
    ----------
    neibs : matrix of shape (batch * channels * down * across, neib_shape[0] * neib_shape[1])
    neib_shape : pair of int, or symbolic integer vector of 2
        Rows and columns of a neighbourhood.
    original_shape : four int, or symbolic integer vector of 4
        Shape of the images: batch, channels, rows, columns.
    mode : {"valid", "ignore_borders"}

    Returns
    -------
    tensor of shape `original_shape`
        Of the dtype of `neibs`.

    Raises
    ------
    NotSupportedError
        For another mode, in which neighbourhoods overlap.
    ShapeError
        For a matrix that does not belong to images of that shape.
    """
    if mode not in ("valid", "ignore_borders"):
        raise NotSupportedError(
            "mode 'valid' or 'ignore_borders', in which neighbourhoods tile the image",
            repr(mode),
            "Other modes have no inverse; images2neibs has a gradient in each of them.",
        )
    return Images2NeibsGrad(mode)(neibs, neib_shape, None, original_shape)
