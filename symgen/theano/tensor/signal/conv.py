"""``theano.tensor.signal.conv``: convolution of plain images, without channels."""

import pytensor.tensor as pt

from symgen.errors import ShapeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet.conv import ConvOp

__all__ = ["conv2d"]

__getattr__ = attribute_lookup(__name__)


def conv2d(
    input,
    filters,
    image_shape=None,
    filter_shape=None,
    border_mode="valid",
    subsample=(1, 1),
    **kargs,
):
    """Convolve each image with each filter.

    Parameters
    ----------
    input : tensor, shape (rows, columns) or (images, rows, columns)
    filters : tensor, shape (rows, columns) or (filters, rows, columns)
    image_shape, filter_shape : tuple of int, optional
        Shapes of both, checked when the function runs.
    border_mode : {"valid", "full"}
    subsample : pair of int
    **kargs
        As for :class:`theano.tensor.nnet.conv.ConvOp`.

    Returns
    -------
    TensorVariable, shape ([images,] [filters,] output rows, output columns)

    Raises
    ------
    ShapeError
        For other numbers of axes; when the function runs, for other shapes.
    """
    input, filters = pt.as_tensor_variable(input), pt.as_tensor_variable(filters)
    for name, variable in (("input", input), ("filters", filters)):
        if variable.type.ndim not in (2, 3):
            raise ShapeError(
                f"{name} with 2 or 3 axes", f"{variable.type}", "nnet.conv2d takes channels too."
            )
    sizes = {}
    if image_shape:
        sizes["imshp"] = (1, *image_shape[-2:])
        sizes["bsize"] = image_shape[0] if input.type.ndim == 3 else 1
    if filter_shape:
        sizes["kshp"] = tuple(filter_shape[-2:])
        sizes["nkern"] = filter_shape[0] if filters.type.ndim == 3 else 1
    op = ConvOp(output_mode=border_mode, dx=subsample[0], dy=subsample[1], **sizes, **kargs)
    images = input[:, None] if input.type.ndim == 3 else input[None, None]
    kernels = filters[:, None] if filters.type.ndim == 3 else filters[None, None]
    output = op(images, kernels)
    if filters.type.ndim == 2:
        output = output[:, 0]
    return output if input.type.ndim == 3 else output[0]
