"""Products of chosen blocks as PyTensor Ops.

A layer whose weights are a grid of blocks W[I, O], each a small matrix, uses a few input blocks I and
output blocks O for each example. ``SparseBlockGemv`` computes the outputs, ``SparseBlockOuter`` the
gradient with respect to the weights; each one's gradients are made of the two.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp

from symgen.errors import DtypeError, ShapeError
from symgen.ops.blocksparse.c import SUPPORT_CODE, gemv_code, has_c_dtype, outer_code
from symgen.ops.blocksparse.checks import check_gemv, check_outer


class BlockOp(COp):
    """What both Ops share: they add to their first input, in place or in a copy.

    Parameters
    ----------
    inplace : bool
        Whether the first input's memory becomes the output's.
    """

    __props__ = ("inplace",)

    def __init__(self, inplace=False):
        self.inplace = bool(inplace)
        if self.inplace:
            self.destroy_map = {0: [0]}

    def _inputs(self, numbers, indices, *extra):
        """Variables: floats of the first one's dtype, then int64 block numbers, then scalars."""
        variables = []
        for k, (name, (value, ndim)) in enumerate((numbers | indices).items()):
            variable = pt.as_tensor_variable(value)
            if variable.type.ndim != ndim:
                raise ShapeError(
                    f"{name} with {ndim} axes", f"{variable.type.ndim}", f"Reshape {name}."
                )
            dtype = variables[0].type.dtype if variables else variable.type.dtype
            if k >= len(numbers):
                if variable.type.dtype not in pt.type.integer_dtypes:
                    raise DtypeError(
                        f"integers for {name}", variable.type.dtype, f"Cast {name} to int64."
                    )
                dtype = "int64"
            elif dtype not in ("float16", "float32", "float64"):
                raise DtypeError(f"a float dtype for {name}", dtype, f"Cast {name} to a float.")
            variables.append(_cast(name, variable, dtype))
        first = variables[0].type.dtype
        return variables + [_cast("alpha", pt.as_tensor_variable(v), first) for v in extra]

    def infer_shape(self, *arguments):
        """The shape of what is added to."""
        return [arguments[-1][0]]

    def c_support_code(self, **kwargs):
        """The loops in C."""
        return SUPPORT_CODE

    def c_code(self, node, name, inames, onames, sub):
        """Call the loop of this Op for its dtype."""
        dtype = node.inputs[0].type.dtype
        if not has_c_dtype(dtype):
            raise NotImplementedError(f"no C code for {dtype}")
        return self.c_call(dtype, self.inplace, inames, onames[0], sub["fail"])

    def c_code_cache_version(self):
        """Changes with the C code."""
        return (1,)


class SparseBlockGemv(BlockOp):
    """Chosen blocks of vectors times blocks of a matrix, added to blocks of vectors.

    ``out[b, j] = o[b, j] + sum_i h[b, i] @ W[inputIdx[b, i], outputIdx[b, j]]``

    Parameters
    ----------
    inplace : bool
        Whether `o`'s memory becomes the output's.
    """

    c_call = staticmethod(gemv_code)

    def make_node(self, o, W, h, inputIdx, outputIdx):
        """Inputs: see :func:`symgen.ops.blocksparse.sparse_block_dot`; `o` is what is added to.

        `o` has shape (batch, outputs used, output size), and its dtype is the output's.
        """
        numbers = {"o": (o, 3), "W": (W, 4), "h": (h, 3)}
        inputs = self._inputs(numbers, {"inputIdx": (inputIdx, 2), "outputIdx": (outputIdx, 2)})
        return Apply(self, inputs, [inputs[0].type()])

    def perform(self, node, inputs, outputs):
        """Compute in NumPy."""
        check_gemv(*inputs)
        o, W, h, input_idx, output_idx = inputs
        out = o if self.inplace else o.copy()
        for n, (rows, columns) in enumerate(zip(input_idx, output_idx, strict=True)):
            out[n] += np.einsum("im,ijmk->jk", h[n], W[np.ix_(rows, columns)])
        outputs[0][0] = out

    def connection_pattern(self, node):
        """The output depends smoothly on all but the block numbers."""
        return [[True]] * 3 + [[False]] * 2

    def pullback(self, inputs, outputs, cotangents):
        """Gradients with respect to o, W and h."""
        _, W, h, input_idx, output_idx = inputs
        (go,) = cotangents
        gW = SparseBlockOuter()(W.zeros_like(), h, go, input_idx, output_idx)
        gh = SparseBlockGemv()(h.zeros_like(), W.dimshuffle(1, 0, 3, 2), go, output_idx, input_idx)
        return [go, gW, gh, DisconnectedType()(), DisconnectedType()()]


class SparseBlockOuter(BlockOp):
    """Outer products of chosen blocks of vectors, added to blocks of a matrix.

    ``out[xIdx[b, i], yIdx[b, j]] += alpha * outer(x[b, i], y[b, j])``, starting from o

    Parameters
    ----------
    inplace : bool
        Whether `o`'s memory becomes the output's.
    """

    c_call = staticmethod(outer_code)

    def make_node(self, o, x, y, xIdx, yIdx, alpha=None):
        """Inputs: what is added to, two tensors of blocks, their numbers, and a scalar.

        Shapes: `o` (x blocks, y blocks, x size, y size), whose dtype is the output's; `x`
        (batch, xs used, x size); `y` (batch, ys used, y size); `xIdx` (batch, xs used); `yIdx`
        (batch, ys used). `alpha` defaults to 1.
        """
        numbers = {"o": (o, 4), "x": (x, 3), "y": (y, 3)}
        alpha = np.float32(1) if alpha is None else alpha
        inputs = self._inputs(numbers, {"xIdx": (xIdx, 2), "yIdx": (yIdx, 2)}, alpha)
        if inputs[-1].type.ndim:
            raise ShapeError("a scalar alpha", f"{inputs[-1].type.ndim} axes", "Scale x or y.")
        return Apply(self, inputs, [inputs[0].type()])

    def perform(self, node, inputs, outputs):
        """Compute in NumPy."""
        *arrays, alpha = inputs
        check_outer(*arrays)
        o, x, y, x_idx, y_idx = arrays
        out = o if self.inplace else o.copy()
        for n, (rows, columns) in enumerate(zip(x_idx, y_idx, strict=True)):
            products = np.einsum("im,jk->ijmk", alpha * x[n], y[n])
            np.add.at(out, np.ix_(rows, columns), products)
        outputs[0][0] = out

    def connection_pattern(self, node):
        """The output depends smoothly on all but the block numbers."""
        return [[True]] * 3 + [[False]] * 2 + [[True]]

    def pullback(self, inputs, outputs, cotangents):
        """Gradients with respect to o, x, y and alpha."""
        _, x, y, x_idx, y_idx, alpha = inputs
        (go,) = cotangents
        unscaled = SparseBlockGemv()(x.zeros_like(), go.dimshuffle(1, 0, 3, 2), y, y_idx, x_idx)
        gy = alpha * SparseBlockGemv()(y.zeros_like(), go, x, x_idx, y_idx)
        disconnected = [DisconnectedType()(), DisconnectedType()()]
        return [go, alpha * unscaled, gy, *disconnected, (x * unscaled).sum()]


def _cast(name, variable, dtype):
    """A variable in a dtype, where NumPy would add it in that dtype without being asked."""
    if variable.type.dtype == dtype:
        return variable
    if not np.can_cast(variable.type.dtype, dtype, "same_kind"):
        raise DtypeError(f"{name} that fits {dtype}", variable.type.dtype, f"Cast {name}.")
    return pt.cast(variable, dtype)
