"""Products of chosen blocks in C: a small product after the other, on weights of any strides."""

SUPPORT_CODE = """
/* A float array and its strides in elements, or a matrix of block numbers. */
template <typename T> struct BlockArray {
  const T* data;
  npy_intp stride[4];
  BlockArray(PyArrayObject* array) {
    data = (const T*) PyArray_DATA(array);
    for (int d = 0; d < PyArray_NDIM(array); d++)
      stride[d] = PyArray_STRIDE(array, d) / (npy_intp) sizeof(T);
  }
};

/* Place of the block that entry (n, i) names; -1 where there is none. */
static npy_intp block_number(const BlockArray<npy_int64>& numbers, npy_intp n, npy_intp i,
                             npy_intp blocks) {
  npy_int64 number = numbers.data[n * numbers.stride[0] + i * numbers.stride[1]];
  if (number < 0) number += blocks;
  return number < 0 || number >= blocks ? -1 : (npy_intp) number;
}

static bool blocks_fit(PyArrayObject* grid, PyArrayObject* rows, PyArrayObject* columns,
                       PyArrayObject* row_numbers, PyArrayObject* column_numbers) {
  const npy_intp batch = PyArray_DIM(rows, 0);
  PyArrayObject* const blocks[2] = {rows, columns};
  PyArrayObject* const numbers[2] = {row_numbers, column_numbers};
  for (int side = 0; side < 2; side++) {
    if (PyArray_DIM(blocks[side], 0) != batch || PyArray_DIM(numbers[side], 0) != batch ||
        PyArray_DIM(blocks[side], 1) != PyArray_DIM(numbers[side], 1) ||
        PyArray_DIM(blocks[side], 2) != PyArray_DIM(grid, 2 + side))
      return false;
    const BlockArray<npy_int64> values(numbers[side]);
    for (npy_intp n = 0; n < batch; n++)
      for (npy_intp i = 0; i < PyArray_DIM(numbers[side], 1); i++)
        if (block_number(values, n, i, PyArray_DIM(grid, side)) < 0) return false;
  }
  return true;
}

/* Raises the named error of symgen.ops.blocksparse.checks for these arrays. */
static void blocks_refuse(const char* check, PyArrayObject* a, PyArrayObject* b, PyArrayObject* c,
                          PyArrayObject* d, PyArrayObject* e) {
  PyObject* checks = PyImport_ImportModule("symgen.ops.blocksparse.checks");
  if (checks == NULL) return;
  PyObject* answer =
      PyObject_CallMethod(checks, (char*) check, (char*) "OOOOO", a, b, c, d, e);
  if (answer != NULL) PyErr_SetString(PyExc_ValueError, "blocks that do not fit");
  Py_XDECREF(answer);
  Py_DECREF(checks);
}

/* A contiguous array that is added to: the first input itself, or a copy of it. */
static bool blocks_start(PyArrayObject* o, bool inplace, PyArrayObject** out) {
  if (inplace) {
    if (*out != o) {
      Py_XDECREF(*out);
      Py_INCREF(o);
      *out = o;
    }
    return true;
  }
  if (*out != NULL && PyArray_SAMESHAPE(*out, o) && PyArray_IS_C_CONTIGUOUS(*out))
    return PyArray_CopyInto(*out, o) == 0;
  Py_XDECREF(*out);
  *out = (PyArrayObject*) PyArray_NewCopy(o, NPY_CORDER);
  return *out != NULL;
}

template <typename T> static T block_dot(const T* a, const T* b, npy_intp n) {
  T part[8] = {0, 0, 0, 0, 0, 0, 0, 0}, rest = 0;
  npy_intp m = 0;
  for (; m + 8 <= n; m += 8)
    for (int k = 0; k < 8; k++) part[k] += a[m + k] * b[m + k];
  for (; m < n; m++) rest += a[m] * b[m];
  return rest + ((part[0] + part[4]) + (part[1] + part[5])) +
         ((part[2] + part[6]) + (part[3] + part[7]));
}

/* out += h w, for w of m x k with these strides; h and out are contiguous. */
template <typename T>
static void block_times(const T* h, const T* w, npy_intp s0, npy_intp s1, npy_intp m, npy_intp k,
                        T* __restrict out) {
  if (s1 == 1 || k == 1) {
    for (npy_intp i = 0; i < m; i++) {
      const T a = h[i];
      const T* __restrict const row = w + i * s0;
      for (npy_intp j = 0; j < k; j++) out[j] += a * row[j];
    }
  } else if (s0 == 1 || m == 1) {
    for (npy_intp j = 0; j < k; j++) out[j] += block_dot(h, w + j * s1, m);
  } else {
    for (npy_intp i = 0; i < m; i++)
      for (npy_intp j = 0; j < k; j++) out[j] += h[i] * w[i * s0 + j * s1];
  }
}

template <typename T>
static bool block_gemv(PyArrayObject* o, PyArrayObject* W, PyArrayObject* h, PyArrayObject* input,
                       PyArrayObject* output, bool inplace, PyArrayObject** out) {
  if (!blocks_fit(W, h, o, input, output)) {
    blocks_refuse("check_gemv", o, W, h, input, output);
    return false;
  }
  if (!blocks_start(o, inplace, out)) return false;
  PyArrayObject* rows = (PyArrayObject*) PyArray_GETCONTIGUOUS(h);
  T* line = (T*) PyMem_Malloc(sizeof(T) * (PyArray_DIM(o, 2) + 1));
  if (rows == NULL || line == NULL) {
    if (line == NULL) PyErr_NoMemory();
    Py_XDECREF(rows);
    PyMem_Free(line);
    return false;
  }
  const BlockArray<T> w(W);
  const BlockArray<npy_int64> from(input), to(output);
  const npy_intp used = PyArray_DIM(h, 1), m = PyArray_DIM(h, 2), k = PyArray_DIM(o, 2);
  for (npy_intp n = 0; n < PyArray_DIM(o, 0); n++)
    for (npy_intp j = 0; j < PyArray_DIM(o, 1); j++) {
      const npy_intp column = block_number(to, n, j, PyArray_DIM(W, 1));
      for (npy_intp c = 0; c < k; c++) line[c] = 0;
      for (npy_intp i = 0; i < used; i++) {
        const npy_intp row = block_number(from, n, i, PyArray_DIM(W, 0));
        block_times((const T*) PyArray_DATA(rows) + (n * used + i) * m,
                    w.data + row * w.stride[0] + column * w.stride[1], w.stride[2], w.stride[3], m,
                    k, line);
      }
      for (npy_intp c = 0; c < k; c++) *(T*) PyArray_GETPTR3(*out, n, j, c) += line[c];
    }
  Py_DECREF(rows);
  PyMem_Free(line);
  return true;
}

template <typename T>
static bool block_outer(PyArrayObject* o, PyArrayObject* x, PyArrayObject* y, PyArrayObject* x_numbers,
                        PyArrayObject* y_numbers, PyArrayObject* alpha, bool inplace,
                        PyArrayObject** out) {
  if (!blocks_fit(o, x, y, x_numbers, y_numbers)) {
    blocks_refuse("check_outer", o, x, y, x_numbers, y_numbers);
    return false;
  }
  if (!blocks_start(o, inplace, out)) return false;
  PyArrayObject* columns = (PyArrayObject*) PyArray_GETCONTIGUOUS(y);
  if (columns == NULL) return false;
  const BlockArray<T> xs(x), grid(*out);
  const BlockArray<npy_int64> from(x_numbers), to(y_numbers);
  const npy_intp m = PyArray_DIM(x, 2), k = PyArray_DIM(y, 2), used = PyArray_DIM(y, 1);
  const T scale = *(const T*) PyArray_DATA(alpha);
  for (npy_intp n = 0; n < PyArray_DIM(x, 0); n++)
    for (npy_intp i = 0; i < PyArray_DIM(x, 1); i++) {
      const npy_intp row = block_number(from, n, i, PyArray_DIM(o, 0));
      for (npy_intp j = 0; j < used; j++) {
        const npy_intp column = block_number(to, n, j, PyArray_DIM(o, 1));
        const T* __restrict const b = (const T*) PyArray_DATA(columns) + (n * used + j) * k;
        T* const block = (T*) grid.data + row * grid.stride[0] + column * grid.stride[1];
        for (npy_intp r = 0; r < m; r++) {
          const T a = scale * xs.data[n * xs.stride[0] + i * xs.stride[1] + r * xs.stride[2]];
          T* __restrict const line = block + r * grid.stride[2];
          if (grid.stride[3] == 1) for (npy_intp c = 0; c < k; c++) line[c] += a * b[c];
          else for (npy_intp c = 0; c < k; c++) line[c * grid.stride[3]] += a * b[c];
        }
      }
    }
  Py_DECREF(columns);
  return true;
}
"""


def has_c_dtype(dtype):
    """Whether the C code can compute in this dtype; float16 it cannot."""
    return dtype in ("float32", "float64")


def _call(function, dtype, inplace, inputs, output, fail):
    return f"""
    if (!{function}<npy_{dtype}>({", ".join(inputs)}, {"true" if inplace else "false"}, &{output})) {{
      {fail}
    }}
    """


def gemv_code(dtype, inplace, inputs, output, fail):
    """C code of :class:`SparseBlockGemv` for the names of its C variables."""
    return _call("block_gemv", dtype, inplace, inputs, output, fail)


def outer_code(dtype, inplace, inputs, output, fail):
    """C code of :class:`SparseBlockOuter` for the names of its C variables."""
    return _call("block_outer", dtype, inplace, inputs, output, fail)
