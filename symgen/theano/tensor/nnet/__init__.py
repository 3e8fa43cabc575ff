"""``theano.tensor.nnet``: what neural networks are made of.

Theano's rules for dtypes hold here: an integer becomes ``theano.config.floatX``, and a Python
float that is not exact in float32 (``alpha=0.1``) makes a float32 expression float64 as long as
``floatX`` is float64.
"""

import warnings

from symgen.errors import NotSupportedError, SettingsError
from symgen.ops.conv import conv2d_grad_wrt_inputs, conv3d, separable_conv2d
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet import _softmax_rewrites, nnet, opt, sigm  # noqa: F401
from symgen.theano.tensor.nnet.abstract_conv import conv2d as abstract_conv2d
from symgen.theano.tensor.nnet.bn import batch_normalization
from symgen.theano.tensor.nnet.conv import ConvOp

# isort: split
from symgen.theano.tensor.nnet.nnet import (
    CrossentropyCategorical1Hot,
    CrossentropyCategorical1HotGrad,
    CrossentropySoftmax1HotWithBiasDx,
    CrossentropySoftmaxArgmax1HotWithBias,
    LogSoftmax,
    Prepend_scalar_constant_to_each_row,
    Prepend_scalar_to_each_row,
    Softmax,
    SoftmaxGrad,
    SoftmaxWithBias,
    binary_crossentropy,
    categorical_crossentropy,
    confusion_matrix,
    crossentropy_categorical_1hot,
    crossentropy_categorical_1hot_grad,
    crossentropy_softmax_1hot,
    crossentropy_softmax_1hot_with_bias,
    crossentropy_softmax_1hot_with_bias_dx,
    crossentropy_softmax_argmax_1hot_with_bias,
    crossentropy_softmax_max_and_argmax_1hot,
    crossentropy_softmax_max_and_argmax_1hot_with_bias,
    elu,
    h_softmax,
    logsoftmax,
    logsoftmax_op,
    prepend_0_to_each_row,
    prepend_1_to_each_row,
    prepend_scalar_to_each_row,
    relu,
    selu,
    sigmoid_binary_crossentropy,
    softmax,
    softmax_grad,
    softmax_graph,
    softmax_op,
    softmax_with_bias,
    softsign,
)
from symgen.theano.tensor.nnet.sigm import (
    hard_sigmoid,
    scalar_sigmoid,
    sigmoid,
    sigmoid_inplace,
    softplus,
    ultra_fast_sigmoid,
)

__getattr__ = attribute_lookup(__name__)


def conv2d(
    input,
    filters,
    input_shape=None,
    filter_shape=None,
    border_mode="valid",
    subsample=(1, 1),
    filter_flip=True,
    image_shape=None,
    filter_dilation=(1, 1),
    num_groups=1,
    unshared=False,
    **kwargs,
):
    """Convolve a batch of images with filters: :func:`symgen.ops.conv.conv2d`.

    Parameters
    ----------
    input : tensor, shape (batch, channels, rows, columns), float32 or float64
    filters : tensor, shape (filters, channels / num_groups, rows, columns)
        Unshared ones have the axes (filters, output rows, output columns, channels, rows, columns).
    input_shape, filter_shape : tuple of int, None or constant, optional
        What is known of the shapes; checked when the function runs.
    border_mode : {"valid", "full", "half"}, int, tuple of int or of pairs of int
    subsample, filter_dilation : tuple of int
    filter_flip : bool
        False for a correlation.
    image_shape : tuple, optional
        Older name of `input_shape`; warns.
    num_groups : int
    unshared : bool
    **kwargs
        Hints of Theano's first convolution to its C code (``unroll_batch`` …): each is named in a
        warning, and changes nothing.

    Returns
    -------
    TensorVariable, shape (batch, filters, output rows, output columns)

    Raises
    ------
    ShapeError, RangeError, DtypeError, SettingsError
        For arguments that do not fit.
    NotSupportedError
        For ``imshp_logical`` and ``kshp_logical``.
    TypeError
        For a keyword that no convolution of Theano's had.
    """
    for name, value in kwargs.items():
        if name in ("imshp_logical", "kshp_logical", "kshp_logical_top_aligned"):
            raise NotSupportedError(
                f"no {name}",
                repr(value),
                "conv2d_transpose and filter_dilation insert zeros.",
            )
        if name not in HINTS:
            raise TypeError(f"conv2d() got an unexpected keyword argument {name!r}")
    if kwargs:
        warnings.warn(
            f"conv2d: {', '.join(kwargs)} were for Theano's own C code and change nothing.",
            stacklevel=2,
        )
    if image_shape is not None:
        warnings.warn("conv2d: image_shape is now called input_shape.", stacklevel=2)
        if input_shape is not None:
            raise SettingsError(
                "input_shape", "image_shape, its older name, as well", "Pass one of them."
            )
        input_shape = image_shape
    return abstract_conv2d(
        input,
        filters,
        input_shape,
        filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )


#: Keywords that chose between codes for the same convolution.
HINTS = (
    "unroll_batch",
    "unroll_kern",
    "unroll_patch",
    "openmp",
    "verbose",
    "version",
    "direction_hint",
)


def conv2d_transpose(
    input,
    filters,
    output_shape,
    filter_shape=None,
    border_mode="valid",
    input_dilation=(1, 1),
    filter_flip=True,
    filter_dilation=(1, 1),
    num_groups=1,
    unshared=False,
):
    """Apply a transposed convolution, the gradient of :func:`conv2d` by its images.

    Parameters
    ----------
    input : tensor, shape (batch, filters, rows, columns)
    filters : tensor, shape (filters, channels / num_groups, rows, columns)
        Those of the convolution that this transposes: their first axis is summed over.
    output_shape : tuple
        (batch, channels, rows, columns) of the result; the last two have to be given, as int or
        integer scalar.
    input_dilation : tuple of int
        Strides of the convolution that this transposes.

    The others are those of :func:`conv2d`.

    Returns
    -------
    TensorVariable of `output_shape`
    """
    return conv2d_grad_wrt_inputs(
        input,
        filters,
        output_shape,
        filter_shape,
        border_mode,
        input_dilation,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )


def conv3D(V, W, b, d):
    """:func:`theano.tensor.nnet.Conv3D.conv3D`, which Theano 0.9 replaced by :func:`conv3d`."""
    from symgen.theano.tensor.nnet.Conv3D import conv3D as correlate

    return correlate(V, W, b, d)


__all__ = [
    "ConvOp",
    "CrossentropyCategorical1Hot",
    "CrossentropyCategorical1HotGrad",
    "CrossentropySoftmax1HotWithBiasDx",
    "CrossentropySoftmaxArgmax1HotWithBias",
    "LogSoftmax",
    "Prepend_scalar_constant_to_each_row",
    "Prepend_scalar_to_each_row",
    "Softmax",
    "SoftmaxGrad",
    "SoftmaxWithBias",
    "abstract_conv2d",
    "batch_normalization",
    "binary_crossentropy",
    "categorical_crossentropy",
    "confusion_matrix",
    "conv2d",
    "conv2d_grad_wrt_inputs",
    "conv2d_transpose",
    "conv3D",
    "conv3d",
    "crossentropy_categorical_1hot",
    "crossentropy_categorical_1hot_grad",
    "crossentropy_softmax_1hot",
    "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_1hot_with_bias_dx",
    "crossentropy_softmax_argmax_1hot_with_bias",
    "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias",
    "elu",
    "h_softmax",
    "hard_sigmoid",
    "logsoftmax",
    "logsoftmax_op",
    "nnet",
    "opt",
    "prepend_0_to_each_row",
    "prepend_1_to_each_row",
    "prepend_scalar_to_each_row",
    "relu",
    "scalar_sigmoid",
    "selu",
    "separable_conv2d",
    "sigm",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "sigmoid_inplace",
    "softmax",
    "softmax_grad",
    "softmax_graph",
    "softmax_op",
    "softmax_with_bias",
    "softplus",
    "softsign",
    "ultra_fast_sigmoid",
]
