"""Softmax in C: exponentials of many short rows in one loop, so that GCC vectorises it."""

SUPPORT_CODE = """
enum { SOFTMAX_LANES = 16, SOFTMAX_BLOCK = 1024 };

/* The largest of n numbers; NaNs do not count, they show in the sum. */
template <typename T>
static T softmax_largest(const T* x, npy_intp n) {
  T lanes[SOFTMAX_LANES], largest = -std::numeric_limits<T>::infinity();
  npy_intp i = 0;
  if (n >= SOFTMAX_LANES) {
    for (int k = 0; k < SOFTMAX_LANES; k++) lanes[k] = x[k];
    for (i = SOFTMAX_LANES; i + SOFTMAX_LANES <= n; i += SOFTMAX_LANES)
      for (int k = 0; k < SOFTMAX_LANES; k++) lanes[k] = lanes[k] < x[i + k] ? x[i + k] : lanes[k];
    for (int k = 0; k < SOFTMAX_LANES; k++) largest = largest < lanes[k] ? lanes[k] : largest;
  }
  for (; i < n; i++) largest = largest < x[i] ? x[i] : largest;
  return largest;
}

template <typename T>
static npy_float64 softmax_total(const T* x, npy_intp n) {
  npy_float64 lanes[SOFTMAX_LANES] = {0}, total = 0;
  npy_intp i = 0;
  for (; i + SOFTMAX_LANES <= n; i += SOFTMAX_LANES)
    for (int k = 0; k < SOFTMAX_LANES; k++) lanes[k] += x[i + k];
  for (; i < n; i++) total += x[i];
  for (int k = 0; k < SOFTMAX_LANES; k++) total += lanes[k];
  return total;
}

/* Rows of n > 0 numbers; false when there is no memory. */
template <typename T>
static bool softmax_rows(const T* x, T* out, npy_intp rows, npy_intp n, bool log) {
  const npy_intp block = n < SOFTMAX_BLOCK ? SOFTMAX_BLOCK / n : 1;
  T* powers = log ? new (std::nothrow) T[block * n] : NULL;
  if (log && powers == NULL) return false;
  for (npy_intp first = 0; first < rows; first += block) {
    const npy_intp m = rows - first < block ? rows - first : block;
    const T* in = x + first * n;
    T* result = out + first * n;
    T* power = log ? powers : result;
    for (npy_intp row = 0; row < m; row++) {
      const T largest = softmax_largest(in + row * n, n);
      for (npy_intp i = 0; i < n; i++) result[row * n + i] = in[row * n + i] - largest;
    }
    #pragma GCC ivdep
    for (npy_intp i = 0; i < m * n; i++) power[i] = std::exp(result[i]);
    for (npy_intp row = 0; row < m; row++) {
      const npy_float64 total = softmax_total(power + row * n, n);
      T* one = result + row * n;
      if (log) {
        const T logarithm = (T) std::log(total);
        for (npy_intp i = 0; i < n; i++) one[i] -= logarithm;
      } else {
        const T sum = (T) total;
        for (npy_intp i = 0; i < n; i++) one[i] /= sum;
      }
    }
  }
  delete[] powers;
  return true;
}
"""


def softmax_code(op, node, x, out, fail):
    """C code of a :class:`~symgen.ops.softmax.TrailingSoftmax` from array `x` to array `out`."""
    ndim = node.inputs[0].type.ndim
    c_type = "npy_" + node.inputs[0].type.dtype
    number = "NPY_" + node.inputs[0].type.dtype.upper()
    return f"""
    {{
      npy_intp rows = 1, n = 1;
      bool fits = {out} != NULL && PyArray_IS_C_CONTIGUOUS({out});
      for (int k = 0; k < {ndim}; k++) {{
        (k < {ndim - op.core_ndim} ? rows : n) *= PyArray_DIM({x}, k);
        fits = fits && PyArray_DIM({out}, k) == PyArray_DIM({x}, k);
      }}
      if (rows > 0 && n == 0) {{
        PyErr_SetString(PyExc_ValueError,
                        "expected a softmax over at least one number; got an axis of length 0");
        {fail}
      }}
      if (!fits) {{
        Py_XDECREF({out});
        {out} = (PyArrayObject*) PyArray_EMPTY({ndim}, PyArray_DIMS({x}), {number}, 0);
        if ({out} == NULL) {{ {fail} }}
      }}
      PyArrayObject* in = PyArray_GETCONTIGUOUS({x});
      if (in == NULL) {{ {fail} }}
      const bool done = rows == 0 || softmax_rows<{c_type}>(
          ({c_type}*) PyArray_DATA(in), ({c_type}*) PyArray_DATA({out}), rows, n, {int(op.log)});
      Py_DECREF(in);
      if (!done) {{ PyErr_NoMemory(); {fail} }}
    }}
    """
