"""The Ops that symgen's C mode puts where PyTensor indexes with integer arrays.

The graph that a user writes holds PyTensor's own Ops, which have the gradients; these take their
place when a function is compiled for C.
"""

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.tensor import as_tensor_variable

from symgen.ops.indexing.c import SUPPORT_CODE, gather_code, scatter_code

# Not uint64: its upper half is no index, and would become a negative one.
INDEX_DTYPES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")


class _Indexing(COp):
    def c_headers(self, **kwargs):
        """Headers of the C code."""
        return ["<cstring>", "<new>"]

    def c_support_code(self, **kwargs):
        """What finds the places in memory."""
        return SUPPORT_CODE

    def c_code_cache_version(self):
        """Changes with the code."""
        return (1,)


class Gather(_Indexing):
    """``x[i0, i1, …]``: integer arrays for the first axes, broadcast together as in NumPy.

    Negative indices count from the end; one out of bounds is an ``IndexError``.
    """

    __props__ = ()

    def make_node(self, x, *indices):
        """One node: the static shape is known where the indices have one."""
        x, indices = as_tensor_variable(x), [as_tensor_variable(i) for i in indices]
        ndim = max(index.type.ndim for index in indices)
        shape = (None,) * ndim + x.type.shape[len(indices) :]
        return Apply(self, [x, *indices], [x.type.clone(shape=shape)()])

    def perform(self, node, inputs, outputs):
        """In NumPy."""
        x, *indices = inputs
        outputs[0][0] = x[tuple(indices)].reshape(node_shape(x, indices))

    def c_code(self, node, name, inputs, outputs, sub):
        """Find the places, then copy."""
        return gather_code(node, inputs, outputs[0], sub["fail"])


class Scatter(_Indexing):
    """`x` with ``x[i0, i1, …] = y``, or ``+= y`` where equal places add up.

    Of several numbers set at one place the last counts. `y` is broadcast as in NumPy, and cast to the
    dtype of `x`. When an index is out of bounds nothing has been written.

    Parameters
    ----------
    add : bool
        Whether to add; otherwise to set.
    inplace : bool
        Whether to write into `x` itself.
    strict : bool
        Whether `y` may be repeated only along axes whose static length is 1, as some of PyTensor's
        Ops require.
    """

    __props__ = ("add", "inplace", "strict")

    def __init__(self, add, inplace, strict):
        self.add, self.inplace, self.strict = add, inplace, strict
        if inplace:
            self.destroy_map = {0: [0]}

    def make_node(self, x, y, *indices):
        """One node; the output is of the type of `x`."""
        variables = [as_tensor_variable(v) for v in (x, y, *indices)]
        return Apply(self, variables, [variables[0].type()])

    def perform(self, node, inputs, outputs):
        """In NumPy."""
        x, y, *indices = inputs
        if self.strict:
            static = node.inputs[1].type.broadcastable
            right = node_shape(x, indices)
            right = right[len(right) - y.ndim :]
            for length, fixed, place in zip(y.shape, static, right, strict=True):
                if length == 1 and not fixed and place != 1:
                    raise ValueError(
                        f"expected {right} values; got {y.shape}, whose length 1 is not static. "
                        "Say that it is 1: specify_broadcastable(y, axis)."
                    )
        out = x if self.inplace else x.copy()
        if self.add:
            np.add.at(out, tuple(indices), y)
        else:
            out[tuple(indices)] = y
        outputs[0][0] = out

    def infer_shape(self, *arguments):
        """The shape of `x`."""
        return [arguments[-1][0]]

    def c_code(self, node, name, inputs, outputs, sub):
        """Find the places, then set or add."""
        return scatter_code(self, node, inputs, outputs[0], sub["fail"])


def node_shape(x, indices):
    """Shape of ``x[tuple(indices)]``, arrays."""
    return (*np.broadcast_shapes(*(i.shape for i in indices)), *x.shape[len(indices) :])
