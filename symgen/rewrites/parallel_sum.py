"""Give PyTensor's C sum several running totals, which the processor adds at once.

PyTensor adds float32 numbers into one double, each addition waiting for the one before: at 0.1 ms
for 100 x 784 numbers that is as long as a small matrix product. Sixteen totals take a tenth of it,
and round no worse. It is so for sums over all axes and for those over the last ones. A reduction of a
transposed array is one of the array itself along other axes.
"""

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scalar.basic import Add, Composite
from pytensor.tensor.elemwise import CAReduce, DimShuffle
from pytensor.tensor.math import Sum

_TOTALS = 16


class _Parallel:
    """A sum over the last axes whose C code has a loop for contiguous input besides the general one."""

    def _added(self, node, total, value):
        """C code that adds to a total what one element gives."""
        return f"{total} += {value};"

    def c_code(self, node, name, inames, onames, sub):
        """PyTensor's code, and before it the case of contiguous input."""
        general = super().c_code(node, name, inames, onames, sub)
        (x,), (out,) = inames, onames
        c_type = "npy_" + node.inputs[0].type.dtype
        number = node.outputs[0].type.dtype_specs()[2]
        kept = node.outputs[0].type.ndim
        # The order of what is added is of no matter where all is.
        contiguous = f"PyArray_IS_C_CONTIGUOUS({x})"
        if kept == 0:
            contiguous += f" || PyArray_IS_F_CONTIGUOUS({x})"
        return f"""
        if ({contiguous}) {{
            npy_intp rows = 1;
            bool fits = {out} != NULL && PyArray_NDIM({out}) == {kept}
                && PyArray_IS_C_CONTIGUOUS({out});
            for (int axis = 0; axis < {kept}; axis++) {{
                rows *= PyArray_DIM({x}, axis);
                fits = fits && PyArray_DIM({out}, axis) == PyArray_DIM({x}, axis);
            }}
            if (!fits) {{
                Py_XDECREF({out});
                {out} = (PyArrayObject*) PyArray_EMPTY({kept}, PyArray_DIMS({x}), {number}, 0);
                if ({out} == NULL) {{ {sub["fail"]} }}
            }}
            npy_intp n = 1;
            for (int axis = {kept}; axis < PyArray_NDIM({x}); axis++) n *= PyArray_DIM({x}, axis);
            const {c_type}* value = ({c_type}*) PyArray_DATA({x});
            {c_type}* to = ({c_type}*) PyArray_DATA({out});
            for (npy_intp row = 0; row < rows; row++, value += n) {{
                npy_float64 total[{_TOTALS}] = {{0}}, sum = 0;
                npy_intp i = 0;
                for (; i + {_TOTALS} <= n; i += {_TOTALS})
                    for (int k = 0; k < {_TOTALS}; k++) {{ {self._added(node, "total[k]", "value[i + k]")} }}
                if (i > 0) for (int k = 0; k < {_TOTALS}; k++) sum += total[k];
                for (; i < n; i++) {{ {self._added(node, "sum", "value[i]")} }}
                to[row] = ({c_type}) sum;
            }}
        }} else {{
            {general}
        }}
        """

    def c_code_cache_version_apply(self, node):
        """PyTensor's version and ours."""
        version = super().c_code_cache_version_apply(node)
        return (*version, "parallel sum", 2) if version else version


class ParallelSum(_Parallel, Sum):
    """A ``Sum``."""


class ParallelSumOf(_Parallel, CAReduce):
    """A sum of a function of each element, such as ``(x ** 2).sum()``, which PyTensor has fused."""

    def _added(self, node, total, value):
        return self.scalar_op.c_code(node, "added", [total, value], [total], {"fail": ""})


def _adds(scalar_op):
    """Whether a composite of a total and a value adds a function of the value to the total."""
    if not isinstance(scalar_op, Composite) or len(scalar_op.fgraph.inputs) != 2:
        return False
    (result,), total = scalar_op.fgraph.outputs, scalar_op.fgraph.inputs[0]
    addition = result.owner
    return (
        addition is not None
        and type(addition.op) is Add
        and len(addition.inputs) == 2
        and addition.inputs[0] is total
        and len(scalar_op.fgraph.clients[total]) == 1
    )


@node_rewriter([CAReduce])
def use_parallel_sum(fgraph, node):
    """Replace a float sum over the last axes, accumulated in float64, by one with several totals."""
    op, x = node.op, node.inputs[0]
    kept = node.outputs[0].type.ndim
    last_axes = op.axis is None or set(op.axis) == set(range(kept, x.type.ndim))
    if not last_axes or x.type.ndim == 0 or x.type.dtype not in ("float32", "float64"):
        return None
    wide = op.acc_dtype == "float64" or (op.acc_dtype is None and x.type.dtype == "float64")
    if node.outputs[0].type.dtype != x.type.dtype or not wide:
        return None
    settings = {"axis": op.axis, "dtype": op.dtype, "acc_dtype": op.acc_dtype}
    if type(op) is Sum:
        return ParallelSum(**settings).make_node(x).outputs
    if type(op) is CAReduce and _adds(op.scalar_op):
        return ParallelSumOf(op.scalar_op, **settings).make_node(x).outputs
    return None


@node_rewriter([CAReduce])
def sum_before_transposing(fgraph, node):
    """``sum(x.T, axis=0)`` becomes ``sum(x, axis=1)``, along numbers that lie side by side.

    Such is the gradient of a bias where a product was transposed. It is so for every reduction.
    """
    op, moved = node.op, node.inputs[0].owner
    if moved is None or not isinstance(moved.op, DimShuffle) or op.axis is None:
        return None
    order, (x,) = moved.op.new_order, moved.inputs
    kept = [place for axis, place in enumerate(order) if axis not in op.axis]
    if sorted(map(str, order)) != sorted(map(str, range(x.type.ndim))) or kept != sorted(kept):
        return None
    axes = tuple(sorted(order[axis] for axis in op.axis))
    return op.clone(axis=axes).make_node(x).outputs


use_parallel_sums = out2in(sum_before_transposing, use_parallel_sum, name="use_parallel_sums")
