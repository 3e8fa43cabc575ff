"""Give PyTensor's C sum several running totals, which the processor adds at once.

PyTensor adds float32 numbers into one double, each addition waiting for the one before: at 0.1 ms
for 100 x 784 numbers that is as long as a small matrix product. Sixteen totals take a tenth of it,
and round no worse. It is so for sums over all axes, for those over the last ones, and for those over the
first and the last ones, such as the gradient of a convolution's bias; these run on the threads. A reduction
of a transposed array is one of the array itself along other axes.
"""

from pytensor.graph.rewriting.basic import node_rewriter, out2in
from pytensor.scalar.basic import Add, Composite
from pytensor.tensor.elemwise import CAReduce, DimShuffle
from pytensor.tensor.math import Sum

from symgen.ops import threads

_TOTALS = 16


class _Parallel:
    """A sum whose C code has a loop for contiguous input besides the general one."""

    def _added(self, node, total, value):
        """C code that adds to a total what one element gives."""
        return f"{total} += {value};"

    def c_code(self, node, name, inames, onames, sub):
        """PyTensor's code, and before it the case of contiguous input."""
        general = super().c_code(node, name, inames, onames, sub)
        (x,), (out,) = inames, onames
        number = node.outputs[0].type.dtype_specs()[2]
        kept, first = node.outputs[0].type.ndim, _first_kept(self, node.inputs[0].type.ndim)
        # The order of what is added is of no matter where all is.
        contiguous = f"PyArray_IS_C_CONTIGUOUS({x})"
        if kept == 0:
            contiguous += f" || PyArray_IS_F_CONTIGUOUS({x})"
        return f"""
        if ({contiguous}) {{
            npy_intp outer = 1, rows = 1, n = 1;
            bool fits = {out} != NULL && PyArray_NDIM({out}) == {kept}
                && PyArray_IS_C_CONTIGUOUS({out});
            for (int axis = 0; axis < PyArray_NDIM({x}); axis++) {{
                const npy_intp length = PyArray_DIM({x}, axis);
                const int place = axis - {first};
                (place < 0 ? outer : place < {kept} ? rows : n) *= length;
                if (0 <= place && place < {kept}) fits = fits && PyArray_DIM({out}, place) == length;
            }}
            if (!fits) {{
                Py_XDECREF({out});
                {out} = (PyArrayObject*) PyArray_EMPTY({kept}, PyArray_DIMS({x}) + {first}, {number}, 0);
                if ({out} == NULL) {{ {sub["fail"]} }}
            }}
            {self._contiguous_code(node, f"PyArray_DATA({x})", f"PyArray_DATA({out})")}
        }} else {{
            {general}
        }}
        """

    def c_code_cache_version_apply(self, node):
        """PyTensor's version and ours."""
        version = super().c_code_cache_version_apply(node)
        return (*version, "parallel sum", 3, threads.VERSION) if version else version


class _OverLastAxes(_Parallel):
    """One row after the other: a sum over the last axes, or all."""

    def _contiguous_code(self, node, x, out):
        c_type = "npy_" + node.inputs[0].type.dtype
        return f"""
            const {c_type}* value = ({c_type}*) {x};
            {c_type}* to = ({c_type}*) {out};
            for (npy_intp row = 0; row < rows; row++, value += n) {{
                npy_float64 total[{_TOTALS}] = {{0}}, sum = 0;
                npy_intp i = 0;
                for (; i + {_TOTALS} <= n; i += {_TOTALS})
                    for (int k = 0; k < {_TOTALS}; k++) {{ {self._added(node, "total[k]", "value[i + k]")} }}
                if (i > 0) for (int k = 0; k < {_TOTALS}; k++) sum += total[k];
                for (; i < n; i++) {{ {self._added(node, "sum", "value[i]")} }}
                to[row] = ({c_type}) sum;
            }}
            (void) outer;
        """


class _OverFirstAndLastAxes(_Parallel):
    """Of an array (outer, rows, n), over the first and the last axis: some rows to a thread."""

    def c_headers(self, **kwargs):
        """PyTensor's, and those of the threads."""
        return [*super().c_headers(**kwargs), *threads.HEADERS]

    def c_support_code(self, **kwargs):
        """PyTensor's, the threads, and the loop."""
        return super().c_support_code(**kwargs) + threads.SUPPORT_CODE + _SUMS_OF_ROWS

    def _contiguous_code(self, node, x, out):
        c_type = "npy_" + node.inputs[0].type.dtype
        return f"""
            struct Added {{
                static inline void to(npy_float64& total, const {c_type} value) {{
                    {self._added(node, "total", "value")}
                }}
            }};
            sums_of_rows<{c_type}, Added>(({c_type}*) {x}, ({c_type}*) {out}, outer, rows, n);
        """


# A unit of the threads' is SUMS_ROWS rows, whatever the threads: each number is computed in one unit.
_SUMS_OF_ROWS = f"""
#ifndef SYMGEN_SUMS_OF_ROWS
#define SYMGEN_SUMS_OF_ROWS
enum {{ SUMS_ROWS = 8, SUMS_TOTALS = {_TOTALS}, SUMS_ALONE = 1 << 15 }};
template <typename T, typename Added>
struct SumsOfRows {{
  const T* x;
  T* out;
  npy_intp outer, rows, n;
  static void unit(void* context, int unit, int) {{
    const SumsOfRows& all = *(const SumsOfRows*) context;
    const npy_intp n = all.n, first = (npy_intp) unit * SUMS_ROWS;
    const int rows = all.rows - first < SUMS_ROWS ? (int) (all.rows - first) : SUMS_ROWS;
    npy_float64 totals[SUMS_ROWS][SUMS_TOTALS] = {{{{0}}}}, rest[SUMS_ROWS] = {{0}};
    for (npy_intp block = 0; block < all.outer; block++) {{
      const T* value = all.x + (block * all.rows + first) * n;
      for (int row = 0; row < rows; row++, value += n) {{
        npy_float64 total[SUMS_TOTALS];
        for (int k = 0; k < SUMS_TOTALS; k++) total[k] = totals[row][k];
        npy_intp i = 0;
        for (; i + SUMS_TOTALS <= n; i += SUMS_TOTALS)
          for (int k = 0; k < SUMS_TOTALS; k++) Added::to(total[k], value[i + k]);
        for (int k = 0; k < SUMS_TOTALS; k++) totals[row][k] = total[k];
        for (; i < n; i++) Added::to(rest[row], value[i]);
      }}
    }}
    for (int row = 0; row < rows; row++) {{
      npy_float64 sum = rest[row];
      for (int k = 0; k < SUMS_TOTALS; k++) sum += totals[row][k];
      all.out[first + row] = (T) sum;
    }}
  }}
}};
template <typename T, typename Added>
static void sums_of_rows(const T* x, T* out, npy_intp outer, npy_intp rows, npy_intp n) {{
  typedef SumsOfRows<T, Added> Sums;
  Sums all = {{x, out, outer, rows, n}};
  const int units = (int) ((rows + SUMS_ROWS - 1) / SUMS_ROWS);
  if (outer * rows * n > SUMS_ALONE) threads_parallel(Sums::unit, &all, units);
  else for (int unit = 0; unit < units; unit++) Sums::unit(&all, unit, 0);
}}
#endif
"""


class ParallelSum(_OverLastAxes, Sum):
    """A ``Sum``."""


class ParallelSumOfRows(_OverFirstAndLastAxes, Sum):
    """A ``Sum`` over the first and the last axes."""


class _SumOf:
    def _added(self, node, total, value):
        return self.scalar_op.c_code(node, "added", [total, value], [total], {"fail": ""})


class ParallelSumOf(_SumOf, _OverLastAxes, CAReduce):
    """A sum of a function of each element, such as ``(x ** 2).sum()``, which PyTensor has fused."""


class ParallelSumOfRowsOf(_SumOf, _OverFirstAndLastAxes, CAReduce):
    """The same over the first and the last axes."""


def _first_kept(op, ndim):
    """The first axis that is not summed over; the number of them when all are."""
    axes = range(ndim) if op.axis is None else op.axis
    return next((axis for axis in range(ndim) if axis not in axes), ndim) if len(axes) < ndim else 0


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
    """Replace a float sum over the last axes or those around one block, added up in float64.

    A sum over the first axes alone is PyTensor's: it adds rows to rows.
    """
    op, x = node.op, node.inputs[0]
    ndim, kept, first = x.type.ndim, node.outputs[0].type.ndim, _first_kept(op, x.type.ndim)
    summed = set(range(ndim) if op.axis is None else op.axis)
    one_block = summed == set(range(ndim)) - set(range(first, first + kept))
    only_first_axes = 0 < kept == ndim - first and first > 0
    if not one_block or only_first_axes or ndim == 0 or x.type.dtype not in ("float32", "float64"):
        return None
    wide = op.acc_dtype == "float64" or (op.acc_dtype is None and x.type.dtype == "float64")
    if node.outputs[0].type.dtype != x.type.dtype or not wide:
        return None
    settings = {"axis": op.axis, "dtype": op.dtype, "acc_dtype": op.acc_dtype}
    if type(op) is Sum:
        kind = ParallelSum if first == 0 else ParallelSumOfRows
        return kind(**settings).make_node(x).outputs
    if type(op) is CAReduce and _adds(op.scalar_op):
        kind = ParallelSumOf if first == 0 else ParallelSumOfRowsOf
        return kind(op.scalar_op, **settings).make_node(x).outputs
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
