"""An array laid out in rows whose numbers lie side by side along another axis, in C on the shared threads.

NumPy's copy of a transposed array reads or writes a line of the cache for each number.
"""

from pytensor.tensor.extra_ops import CpuContiguous

from symgen.ops import threads
from symgen.ops.lanes import transpose_code

_C_TYPES = {"float32": ("float", "int"), "float64": ("double", "long long")}

_CODE = """
/* to[r][c] = from[c][r] for some of the rows r, of each matrix that the outer axes make. */
enum { ROWS_UNIT = 64, ROWS_AXES = 6 };
struct RowsWork {
  const rows_real* from;
  rows_real* to;
  npy_intp rows, columns, from_step, to_step, per_matrix;  /* per_matrix: units */
  int axes;
  npy_intp sizes[ROWS_AXES], from_steps[ROWS_AXES], to_steps[ROWS_AXES];
};

static void rows_unit(void* context, int unit, int) {
  const RowsWork& work = *(const RowsWork*) context;
  const npy_intp first = unit % work.per_matrix * ROWS_UNIT;
  const npy_intp last = first + ROWS_UNIT < work.rows ? first + ROWS_UNIT : work.rows;
  const rows_real* matrix = work.from;
  rows_real* result = work.to;
  npy_intp left = unit / work.per_matrix;
  for (int k = work.axes - 1; k >= 0; left /= work.sizes[k--]) {
    matrix += left % work.sizes[k] * work.from_steps[k];
    result += left % work.sizes[k] * work.to_steps[k];
  }
  /* The last square of a row or column lies over the one before where it would stand out. */
  for (npy_intp square_c = 0; square_c < work.columns; square_c += ROWS_LANES)
    for (npy_intp square_r = first; square_r < last; square_r += ROWS_LANES) {
      const npy_intp c = work.columns < ROWS_LANES ? 0 : std::min(square_c, work.columns - ROWS_LANES);
      const npy_intp r = last - first < ROWS_LANES ? first : std::min(square_r, last - ROWS_LANES);
      const rows_real* from = matrix + c * work.from_step + r;
      rows_real* to = result + r * work.to_step + c;
      if (c + ROWS_LANES <= work.columns && r + ROWS_LANES <= last) {
        rows_vector v[ROWS_LANES];
        for (int i = 0; i < ROWS_LANES; i++) memcpy(&v[i], from + i * work.from_step, sizeof v[i]);
        rows_transpose(v);
        for (int i = 0; i < ROWS_LANES; i++) memcpy(to + i * work.to_step, &v[i], sizeof v[i]);
        continue;
      }
      for (npy_intp i = 0; i < ROWS_LANES && r + i < last; i++)
        for (npy_intp j = 0; j < ROWS_LANES && c + j < work.columns; j++)
          to[i * work.to_step + j] = from[j * work.from_step + i];
    }
}

/* Fill the work but for `to`; false where no other axis than the last has its numbers side by side. */
static bool rows_of(PyArrayObject* x, RowsWork* work) {
  const int ndim = PyArray_NDIM(x);
  const npy_intp *dims = PyArray_DIMS(x), *strides = PyArray_STRIDES(x), item = sizeof(rows_real);
  int adjacent = -1;
  for (int k = 0; k < ndim; k++) {
    if (strides[k] % item != 0 || dims[k] == 0) return false;
    if (strides[k] == item && dims[k] > 1 && k < ndim - 1) adjacent = k;
  }
  if (adjacent < 0 || dims[ndim - 1] == 1) return false;
  work->from = (const rows_real*) PyArray_DATA(x);
  work->axes = 0;
  npy_intp step = dims[ndim - 1];
  work->columns = step;
  work->from_step = strides[ndim - 1] / item;
  for (int k = ndim - 2; k >= 0; step *= dims[k--]) {
    if (k == adjacent) {
      work->rows = dims[k];
      work->to_step = step;
      continue;
    }
    work->sizes[work->axes] = dims[k];
    work->from_steps[work->axes] = strides[k] / item;
    work->to_steps[work->axes++] = step;
  }
  work->per_matrix = (work->rows + ROWS_UNIT - 1) / ROWS_UNIT;
  return true;
}
"""

# Axes of the arrays that the C code can copy: two of the matrices, and those that it lists.
MOST_AXES = 8


class TransposedToRows(CpuContiguous):
    """``CpuContiguous``, quick where an array of floats is not given in rows."""

    def c_headers(self, **kwargs):
        """Those of the threads, and of the vectors."""
        return [*threads.HEADERS, "<string.h>", "<algorithm>", "<utility>"]

    def c_support_code_apply(self, node, name):
        """The copy for the matrix's dtype."""
        dtype = node.inputs[0].type.dtype
        if not 2 <= node.inputs[0].type.ndim <= MOST_AXES or dtype not in _C_TYPES:
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
        RowsWork work;
        if (rows_of({x}, &work)) {{
          if ({z} == NULL || {z} == {x} || !PyArray_CHKFLAGS({z}, NPY_ARRAY_C_CONTIGUOUS)
              || !PyArray_SAMESHAPE({z}, {x}) || PyArray_DATA({z}) == PyArray_DATA({x})) {{
            Py_XDECREF({z});
            {z} = (PyArrayObject*) PyArray_SimpleNew(PyArray_NDIM({x}), PyArray_DIMS({x}), PyArray_TYPE({x}));
            if ({z} == NULL) {{ {sub["fail"]} }}
          }}
          work.to = (rows_real*) PyArray_DATA({z});
          npy_intp units = work.per_matrix;
          for (int k = 0; k < work.axes; k++) units *= work.sizes[k];
          if (PyArray_SIZE({x}) < 20000)
            for (npy_intp unit = 0; unit < units; unit++) rows_unit(&work, (int) unit, 0);
          else
            threads_parallel(rows_unit, &work, (int) units);
        }} else {{
          {general}
        }}
        """

    def c_code_cache_version(self):
        """PyTensor's version and ours."""
        return (*super().c_code_cache_version(), "transposed", 3, threads.VERSION)


transposed_to_rows = TransposedToRows()
