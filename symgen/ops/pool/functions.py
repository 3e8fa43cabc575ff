"""``pool_2d``, ``pool_3d`` and ``max_pool_2d_same_size``, with Theano's signatures."""

import warnings

from symgen.errors import SettingsError
from symgen.ops.pool.op import MaxPoolGrad, Pool


def pool_2d(
    input,
    ws=None,
    ignore_border=None,
    stride=None,
    pad=(0, 0),
    mode="max",
    ds=None,
    st=None,
    padding=None,
):
    """Pool windows over the last two axes of a tensor into one number each.

    Parameters
    ----------
    input : tensor of shape (..., rows, columns)
        At least two axes; each image along the leading axes is pooled on its own.
    ws : pair of int, or symbolic integer vector of 2
        Window: rows, columns. At least 1.
    ignore_border : bool, optional
        ``True`` leaves out windows that do not lie within the padded image; ``False`` keeps them,
        cut at its border. ``None`` warns and takes ``False``.
    stride : pair of int, or symbolic integer vector of 2, optional
        Distance between windows; ``None`` takes `ws`.
    pad : pair of int, or symbolic integer vector of 2
        Rows added above and below, columns added left and right. Less than `ws`, and 0 unless
        `ignore_border`.
    mode : {"max", "sum", "average_inc_pad", "average_exc_pad"}
        The padding never counts for ``"max"`` and adds nothing to a sum. An average divides by the
        number of elements in the window, padding included or excluded. NaN in a window gives NaN.
    ds, st, padding
        Older names of `ws`, `stride` and `pad`; a warning each.

    Returns
    -------
    tensor of shape (..., rows', columns')
        Of the dtype of `input`. With ``ignore_border=True``, ``rows' = (rows + 2 pad - ws) // stride
        + 1``, or 0 for a window larger than the image.

    Raises
    ------
    ShapeError
        For an input with fewer than two axes, or `ws`, `stride` or `pad` of another length than 2.
    RangeError
        For a window or stride below 1, a negative padding, or an unknown mode.
    NotSupportedError
        For a padding without ``ignore_border=True`` or not smaller than the window.
    SettingsError
        Without a window, or with two names of one parameter given.

    Notes
    -----
    Every element equal to the maximum of its window receives the whole gradient, as in Theano;
    PyTorch and JAX pick one of them.

    Examples
    --------
    >>> import pytensor.tensor as pt
    >>> from symgen.ops.pool import pool_2d
    >>> images = pt.tensor4("images")
    >>> pool_2d(images, (2, 2), ignore_border=True).ndim
    4
    """
    return _pool(2, input, ws, ignore_border, stride, pad, mode, ds, st, padding)


def pool_3d(
    input,
    ws=None,
    ignore_border=None,
    stride=None,
    pad=(0, 0, 0),
    mode="max",
    ds=None,
    st=None,
    padding=None,
):
    """Pool windows over the last three axes of a tensor into one number each.

    Parameters, returned value and errors are those of :func:`pool_2d`, with three axes for two: the
    input has shape (..., depth, rows, columns), and `ws`, `stride` and `pad` have three integers.
    """
    return _pool(3, input, ws, ignore_border, stride, pad, mode, ds, st, padding)


def max_pool_2d_same_size(input, patch_size):
    """Set to 0 what is not the maximum of its patch; the shape stays.

    Patches tile the last two axes without overlap; rows and columns beyond the last whole patch
    become 0. Where several elements equal the maximum, all of them stay.

    Parameters
    ----------
    input : tensor of shape (..., rows, columns)
    patch_size : pair of int, or symbolic integer vector of 2

    Returns
    -------
    tensor of the shape and dtype of `input`

    Raises
    ------
    ShapeError, RangeError
        As :func:`pool_2d`.
    """
    output = Pool(True)(input, patch_size)
    return MaxPoolGrad(True)(input, output, output, patch_size)


def _pool(ndim, input, ws, ignore_border, stride, pad, mode, ds, st, padding):
    ws = _renamed("ws", ws, "ds", ds)
    stride = _renamed("stride", stride, "st", st)
    pad = _renamed("pad", None if _is_zero(pad) else pad, "padding", padding)
    if ws is None:
        raise SettingsError(
            f"a window: ws with {ndim} integers", "None", f"Pass ws, for example ws={(2,) * ndim}."
        )
    if ignore_border is None:
        warnings.warn(
            f"pool_{ndim}d() without ignore_border keeps windows cut at the border, as "
            "ignore_border=False does; pass ignore_border=True or False to say which is meant.",
            stacklevel=3,
        )
        ignore_border = False
    return Pool(ignore_border, mode=mode, ndim=ndim)(input, ws, stride, pad)


def _is_zero(pad):
    return isinstance(pad, (tuple, list)) and all(isinstance(p, int) and p == 0 for p in pad)


def _renamed(name, value, old_name, old_value):
    """The value of a parameter that may have come under its older name."""
    if old_value is None:
        return value
    if value is not None:
        raise SettingsError(
            f"one of {name} and {old_name}, which is its older name",
            "both",
            f"Pass {name} alone.",
        )
    warnings.warn(f"The parameter {old_name} is now called {name}.", stacklevel=4)
    return old_value
