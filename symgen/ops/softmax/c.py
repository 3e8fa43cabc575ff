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

/* z = x + b by rows. */
template <typename T>
static void softmax_add_bias(const T* x, const T* b, T* z, npy_intp rows, npy_intp n) {
  for (npy_intp row = 0; row < rows; row++)
    for (npy_intp i = 0; i < n; i++) z[row * n + i] = x[row * n + i] + b[i];
}

/* The place of the first NaN, else of the first of the largest numbers, as NumPy has it. */
template <typename T>
static npy_intp softmax_place(const T* x, npy_intp n) {
  npy_intp best = 0;
  for (npy_intp i = 0; i < n; i++) {
    if (x[i] != x[i]) return i;
    if (x[best] < x[i]) best = i;
  }
  return best;
}

/* Cross-entropies of softmax(x + b) with the classes, the softmax, the most probable classes. */
template <typename T, typename I>
static bool softmax_crossentropies(const T* x, const T* b, const I* classes, T* entropies, T* sm,
                                   I* best, npy_intp rows, npy_intp n) {
  for (npy_intp row = 0; row < rows; row++)
    if (classes[row] < 0 || (npy_uint64) classes[row] >= (npy_uint64) n) return false;
  const npy_intp block = n < SOFTMAX_BLOCK ? SOFTMAX_BLOCK / n : 1;
  for (npy_intp first = 0; first < rows; first += block) {
    const npy_intp m = rows - first < block ? rows - first : block;
    T* result = sm + first * n;
    softmax_add_bias(x + first * n, b, result, m, n);
    for (npy_intp row = 0; row < m; row++) {
      T* one = result + row * n;
      best[first + row] = (I) softmax_place(one, n);
      const T largest = softmax_largest(one, n);
      for (npy_intp i = 0; i < n; i++) one[i] -= largest;
      entropies[first + row] = one[classes[first + row]];
    }
    #pragma GCC ivdep
    for (npy_intp i = 0; i < m * n; i++) result[i] = std::exp(result[i]);
    for (npy_intp row = 0; row < m; row++) {
      const npy_float64 total = softmax_total(result + row * n, n);
      const T sum = (T) total;
      for (npy_intp i = 0; i < n; i++) result[row * n + i] /= sum;
      entropies[first + row] = (T) std::log(total) - entropies[first + row];
    }
  }
  return true;
}

/* dy[i] (sm[i, j] - [j = classes[i]]); dy has one number for each row, or, with step 0, for all. */
template <typename T, typename D, typename I>
static bool softmax_crossentropy_slopes(const D* dy, npy_intp step, const T* sm, const I* classes,
                                        T* out, npy_intp rows, npy_intp n) {
  for (npy_intp row = 0; row < rows; row++) {
    if (classes[row] < 0 || (npy_uint64) classes[row] >= (npy_uint64) n) return false;
    const T slope = (T) dy[row * step];
    for (npy_intp i = 0; i < n; i++) out[row * n + i] = slope * sm[row * n + i];
    out[row * n + classes[row]] -= slope;
  }
  return true;
}

/* `out` as an array of these lengths, contiguous: the one that is there when it fits. */
static int softmax_output(PyArrayObject** out, int ndim, npy_intp* lengths, int number) {
  bool fits = *out != NULL && PyArray_IS_C_CONTIGUOUS(*out) && PyArray_ISALIGNED(*out);
  for (int k = 0; k < ndim; k++) fits = fits && PyArray_DIM(*out, k) == lengths[k];
  if (fits) return 0;
  Py_XDECREF(*out);
  *out = (PyArrayObject*) PyArray_EMPTY(ndim, lengths, number, 0);
  return *out == NULL;
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


def softmax_with_bias_code(node, inputs, outputs, fail):
    """C code of the softmax of each row of a matrix plus a vector."""
    x, b = inputs
    (out,) = outputs
    t, number = _types(node.outputs[0])
    body = f"""
        softmax_add_bias(({t}*) PyArray_DATA(array0), ({t}*) PyArray_DATA(array1),
                         ({t}*) PyArray_DATA({out}), rows, n);
        failed = !softmax_rows(({t}*) PyArray_DATA({out}), ({t}*) PyArray_DATA({out}), rows, n, false);
    """
    lengths = f"""
        const bool fit = PyArray_DIM({b}, 0) == n;
        failed = !fit || softmax_output(&{out}, 2, PyArray_DIMS({x}), {number});
        message = fit ? NULL : "expected a bias with a number for each column of the matrix";
    """
    return _contiguous(inputs, x, lengths, body, fail)


def crossentropies_code(node, inputs, outputs, fail):
    """C code of the cross-entropies of a softmax with classes, the softmax, the best classes."""
    x, b, classes = inputs
    entropies, sm, best = outputs
    t, number = _types(node.outputs[1])
    index, index_number = _types(node.inputs[2])
    body = f"""
        if (!softmax_crossentropies(
                ({t}*) PyArray_DATA(array0), ({t}*) PyArray_DATA(array1), ({index}*) PyArray_DATA(array2),
                ({t}*) PyArray_DATA({entropies}), ({t}*) PyArray_DATA({sm}),
                ({index}*) PyArray_DATA({best}), rows, n)) {{
          failed = true;
          message = "{OUT_OF_BOUNDS}";
        }}
    """
    lengths = f"""
        const bool fit = PyArray_DIM({b}, 0) == n && PyArray_DIM({classes}, 0) == rows;
        failed = !fit || softmax_output(&{entropies}, 1, &rows, {number})
            || softmax_output(&{sm}, 2, PyArray_DIMS({x}), {number})
            || softmax_output(&{best}, 1, &rows, {index_number});
        message = fit ? NULL : "{DOES_NOT_FIT}";
    """
    return _contiguous(inputs, x, lengths, body, fail)


def crossentropy_slopes_code(node, inputs, outputs, fail):
    """C code of the gradient of the cross-entropies by the softmax's argument."""
    dy, sm, classes = inputs
    (out,) = outputs
    t, number = _types(node.outputs[0])
    index, _ = _types(node.inputs[2])
    d, _ = _types(node.inputs[0])
    ndim = node.inputs[0].type.ndim
    one = "true" if ndim == 0 else f"PyArray_DIM({dy}, 0) == 1"
    fits = "true" if ndim == 0 else f"(PyArray_DIM({dy}, 0) == 1 || PyArray_DIM({dy}, 0) == rows)"
    body = f"""
        if (!softmax_crossentropy_slopes(
                ({d}*) PyArray_DATA(array0), {one} ? 0 : 1, ({t}*) PyArray_DATA(array1),
                ({index}*) PyArray_DATA(array2), ({t}*) PyArray_DATA({out}), rows, n)) {{
          failed = true;
          message = "{OUT_OF_BOUNDS}";
        }}
    """
    lengths = f"""
        const bool fit = PyArray_DIM({classes}, 0) == rows && {fits};
        failed = !fit || softmax_output(&{out}, 2, PyArray_DIMS({sm}), {number});
        message = fit ? NULL : "{DOES_NOT_FIT}";
    """
    return _contiguous(inputs, sm, lengths, body, fail)


#: What is said of a class that is no column, and of arguments whose lengths differ.
OUT_OF_BOUNDS = "y_i value out of bounds"
DOES_NOT_FIT = "expected one class for each row of the matrix, one bias for each column"


def _types(variable):
    return "npy_" + variable.type.dtype, "NPY_" + variable.type.dtype.upper()


def _contiguous(inputs, matrix, lengths, body, fail):
    """C code that runs `lengths`, then `body` on contiguous copies, `array0` and so on.

    Both may set `failed`, and `message`, without which memory has run out.
    """
    count = len(inputs)
    copies = "".join(
        f"PyArrayObject* array{i} = failed ? NULL : PyArray_GETCONTIGUOUS({x});\n"
        for i, x in enumerate(inputs)
    )
    missing = " || ".join(f"array{i} == NULL" for i in range(count))
    release = "".join(f"Py_XDECREF(array{i});\n" for i in range(count))
    return f"""
    {{
      npy_intp rows = PyArray_DIM({matrix}, 0), n = PyArray_DIM({matrix}, 1);
      bool failed = false;
      const char* message = NULL;
      {lengths}
      if (!failed && rows > 0 && n == 0) {{
        failed = true;
        message = "expected a softmax over at least one number; got an axis of length 0";
      }}
      {copies}
      failed = failed || {missing};
      if (!failed && rows > 0) {{
        {body}
      }}
      {release}
      if (failed) {{
        if (message != NULL) PyErr_SetString(PyExc_ValueError, message);
        else if (!PyErr_Occurred()) PyErr_NoMemory();
        {fail}
      }}
    }}
    """
