"""The Op that symgen's C mode puts where PyTensor has ``Softmax`` or ``LogSoftmax``."""

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.tensor import as_tensor_variable

from symgen.errors import DtypeError
from symgen.ops.softmax.c import SUPPORT_CODE, softmax_code


class TrailingSoftmax(COp):
    r"""Softmax over the last axes, taken as one, or its logarithm.

    .. math::
        \sigma(x)_j = \frac{e^{x_j - m}}{\sum_k e^{x_k - m}}, \quad
        \log \sigma(x)_j = x_j - m - \log \sum_k e^{x_k - m}, \quad m = \max_k x_k

    The graph that a user writes holds PyTensor's own Op, which has the gradient; this one takes its
    place when a function is compiled for C.

    Parameters
    ----------
    core_ndim : int
        Number of axes, counted from the last, that the sum runs over; at least 1.
    log : bool
        Whether to return the logarithm.
    """

    __props__ = ("core_ndim", "log")

    def __init__(self, core_ndim, log):
        self.core_ndim, self.log = core_ndim, log

    def make_node(self, x):
        """One node: `x` of float32 or float64 with at least ``core_ndim`` dimensions."""
        x = as_tensor_variable(x)
        if x.type.dtype not in ("float32", "float64"):
            raise DtypeError(
                "a softmax of float32 or float64", x.type.dtype, "Cast it: x.astype('float32')."
            )
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, outputs):
        """In NumPy."""
        (x,) = inputs
        axes = tuple(range(x.ndim - self.core_ndim, x.ndim))
        shifted = x - x.max(axis=axes, keepdims=True)
        powers = np.exp(shifted)
        total = powers.sum(axis=axes, keepdims=True)
        outputs[0][0] = shifted - np.log(total) if self.log else powers / total

    def infer_shape(self, *arguments):
        """The shape of the input."""
        return [arguments[-1][0]]

    def c_headers(self, **kwargs):
        """Headers of the C code."""
        return ["<cmath>", "<limits>", "<new>"]

    def c_support_code(self, **kwargs):
        """The loops."""
        return SUPPORT_CODE

    def c_code(self, node, name, inputs, outputs, sub):
        """The loops over contiguous memory; input in another order is copied first."""
        return softmax_code(self, node, inputs[0], outputs[0], sub["fail"])

    def c_code_cache_version(self):
        """Changes with the code."""
        return (1,)
