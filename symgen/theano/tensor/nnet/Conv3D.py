"""``theano.tensor.nnet.Conv3D``: a correlation of volumes with channels last, from before Theano 0.9."""

import pytensor.tensor as pt

from symgen.errors import NotSupportedError
from symgen.ops.conv import Conv
from symgen.theano._missing import attribute_lookup

__all__ = ["conv3D"]

__getattr__ = attribute_lookup(__name__)


def conv3D(V, W, b, d):
    """Correlate volumes with filters and add a bias to each filter's output.

    ``H[n, r, c, t, f] = b[f] + sum over k, l, m, z of W[f, k, l, m, z] V[n, d0 r + k, d1 c + l,
    d2 t + m, z]``; filters are not flipped.

    Parameters
    ----------
    V : tensor, shape (batch, rows, columns, time, channels)
    W : tensor, shape (filters, rows, columns, time, channels)
    b : vector, shape (filters,)
    d : three int
        Strides, known when the graph is built.

    Returns
    -------
    TensorVariable, shape (batch, rows, columns, time, filters)

    Raises
    ------
    NotSupportedError
        For strides that are not known.
    """
    V, W = pt.as_tensor_variable(V), pt.as_tensor_variable(W)
    try:
        strides = tuple(int(pt.get_underlying_scalar_constant_value(d[k])) for k in range(3))
    except pt.exceptions.NotScalarConstantError as error:
        raise NotSupportedError(
            "strides d that are three known integers", f"{d}", "Pass a tuple of int."
        ) from error
    op = Conv(3, "valid", strides, filter_flip=False)
    output = op(V.dimshuffle(0, 4, 1, 2, 3), W.dimshuffle(0, 4, 1, 2, 3))
    return output.dimshuffle(0, 2, 3, 4, 1) + pt.as_tensor_variable(b)
