"""A matrix laid out in rows that was laid out in columns, in C on the shared threads.

NumPy's copy of a transposed matrix reads or writes a line of the cache for each number.
"""

from pytensor.tensor.extra_ops import CpuContiguous

from symgen.ops import threads
from symgen.ops.lanes import transpose_code

_C_TYPES = {"float32": ("float", "int"), "float64": ("double", "long long")}

_CODE = """
/* to[r][c] = from[c][r] for some of the rows r. */
struct RowsWork { const rows_real* from; rows_real* to; npy_intp rows, columns, from_step; };
enum { ROWS_UNIT = 64 };

static void rows_unit(void* context, int unit, int) {
  const RowsWork& work = *(const RowsWork*) context;
  const npy_intp first = (npy_intp) unit * ROWS_UNIT;
  const npy_intp last = first + ROWS_UNIT < work.rows ? first + ROWS_UNIT : work.rows;
  /* The last square of a row or column lies over the one before where it would stand out. */
  for (npy_intp square_c = 0; square_c < work.columns; square_c += ROWS_LANES)
    for (npy_intp square_r = first; square_r < last; square_r += ROWS_LANES) {
      const npy_intp c = work.columns < ROWS_LANES ? 0 : std::min(square_c, work.columns - ROWS_LANES);
      const npy_intp r = last - first < ROWS_LANES ? first : std::min(square_r, last - ROWS_LANES);
      const rows_real* from = work.from + c * work.from_step + r;
      rows_real* to = work.to + r * work.columns + c;
      if (c + ROWS_LANES <= work.columns && r + ROWS_LANES <= last) {
        rows_vector v[ROWS_LANES];
        for (int i = 0; i < ROWS_LANES; i++) memcpy(&v[i], from + i * work.from_step, sizeof v[i]);
        rows_transpose(v);
        for (int i = 0; i < ROWS_LANES; i++) memcpy(to + i * work.columns, &v[i], sizeof v[i]);
        continue;
      }
      for (npy_intp i = 0; i < ROWS_LANES && r + i < last; i++)
        for (npy_intp j = 0; j < ROWS_LANES && c + j < work.columns; j++)
          to[i * work.columns + j] = from[j * work.from_step + i];
    }
}
"""


class TransposedToRows(CpuContiguous):
    """``CpuContiguous``, quick where a float matrix is given in columns."""

    def c_headers(self, **kwargs):
        """Those of the threads, and of the vectors."""
        return [*threads.HEADERS, "<string.h>", "<algorithm>", "<utility>"]

    def c_support_code_apply(self, node, name):
        """The copy for the matrix's dtype."""
        dtype = node.inputs[0].type.dtype
        if node.inputs[0].type.ndim != 2 or dtype not in _C_TYPES:
            return ""
        real, integer = _C_TYPES[dtype]
        head = f"""
        typedef {real} rows_real;
        enum {{ ROWS_LANES = 32 / sizeof(rows_real) }};
        typedef rows_real rows_vector __attribute__((vector_size(32)));
        typedef {integer} rows_mask __attribute__((vector_size(32)));
        """
        transpose = transpose_code(
            "rows_transpose", "rows_real", "ROWS_LANES", "rows_vector", "rows_mask"
        )
        return "\n".join([threads.SUPPORT_CODE, head, transpose, _CODE])

    def c_code(self, node, name, inputs, outputs, sub):
        """The copy, or PyTensor's code."""
        general = super().c_code(node, name, inputs, outputs, sub)
        if not self.c_support_code_apply(node, name):
            return general
        (x,), (z,) = inputs, outputs
        return f"""
        if (PyArray_STRIDES({x})[0] == sizeof(rows_real) && PyArray_DIMS({x})[1] > 1
            && PyArray_STRIDES({x})[1] % (npy_intp) sizeof(rows_real) == 0) {{
          npy_intp* dims = PyArray_DIMS({x});
          if ({z} == NULL || {z} == {x} || !PyArray_CHKFLAGS({z}, NPY_ARRAY_C_CONTIGUOUS)
              || PyArray_DIMS({z})[0] != dims[0] || PyArray_DIMS({z})[1] != dims[1]
              || PyArray_DATA({z}) == PyArray_DATA({x})) {{
            Py_XDECREF({z});
            {z} = (PyArrayObject*) PyArray_SimpleNew(2, dims, PyArray_TYPE({x}));
            if ({z} == NULL) {{ {sub["fail"]} }}
          }}
          RowsWork work = {{(const rows_real*) PyArray_DATA({x}), (rows_real*) PyArray_DATA({z}),
                           dims[0], dims[1],
                           PyArray_STRIDES({x})[1] / (npy_intp) sizeof(rows_real)}};
          const npy_intp units = (dims[0] + ROWS_UNIT - 1) / ROWS_UNIT;
          if (dims[0] * dims[1] < 20000)
            for (npy_intp unit = 0; unit < units; unit++) rows_unit(&work, (int) unit, 0);
          else
            threads_parallel(rows_unit, &work, (int) units);
        }} else {{
          {general}
        }}
        """

    def c_code_cache_version(self):
        """PyTensor's version and ours."""
        return (*super().c_code_cache_version(), "transposed", 2, threads.VERSION)


transposed_to_rows = TransposedToRows()
