"""Pooling in C: windows come at run time; the dtype, mode and number of axes are templates.

A window over many axes is taken apart: its rows (lines along the last axis) are first joined into
one line, element by element, then the line is pooled. Both loops run over neighbouring elements, so
GCC vectorises them; strides of 1 and 2 along the line have copies of their own. Where windows have
no element in common, the lines of many rows are pooled as one long line.
"""

SUPPORT_CODE = """
template <int ND> struct PoolWindows {
  npy_intp in[ND], out[ND], size[ND], stride[ND], pad[ND];
  npy_intp leading, rows_in, rows_out;  /* rows of one image, over all but the last axis */

  /* False for windows that cannot work; Python's checks then say why. */
  bool read(PyArrayObject* x, PyArrayObject* ws, PyArrayObject* st, PyArrayObject* pd,
            bool ignore_border) {
    const int first = PyArray_NDIM(x) - ND;
    PyArrayObject* const given[3] = {ws, st, pd};
    for (int k = 0; k < 3; k++)
      if (PyArray_DIM(given[k], 0) != ND) return false;
    leading = rows_in = rows_out = 1;
    for (int d = 0; d < first; d++) leading *= PyArray_DIM(x, d);
    bool nothing_in = false, nothing_out = false;
    for (int d = 0; d < ND; d++) {
      in[d] = PyArray_DIM(x, first + d);
      size[d] = *(npy_int64*) PyArray_GETPTR1(ws, d);
      stride[d] = *(npy_int64*) PyArray_GETPTR1(st, d);
      pad[d] = *(npy_int64*) PyArray_GETPTR1(pd, d);
      if (size[d] < 1 || stride[d] < 1 || pad[d] < 0 || pad[d] >= size[d]) return false;
      if (pad[d] > 0 && !ignore_border) return false;
      const npy_intp padded = in[d] + 2 * pad[d], beyond = padded - size[d];
      if (ignore_border) out[d] = beyond < 0 ? 0 : beyond / stride[d] + 1;
      else if (stride[d] >= size[d]) out[d] = padded < 1 ? 0 : (padded - 1) / stride[d] + 1;
      else out[d] = beyond <= 0 ? 1 : (beyond - 1) / stride[d] + 2;
      nothing_in = nothing_in || in[d] == 0;
      nothing_out = nothing_out || out[d] == 0;
      if (d < ND - 1) { rows_in *= in[d]; rows_out *= out[d]; }
    }
    return !(nothing_in && (!ignore_border || !nothing_out));
  }

  bool is_shape_of(PyArrayObject* pooled, PyArrayObject* x) const {
    const int first = PyArray_NDIM(x) - ND;
    for (int d = 0; d < first; d++)
      if (PyArray_DIM(pooled, d) != PyArray_DIM(x, d)) return false;
    for (int d = 0; d < ND; d++)
      if (PyArray_DIM(pooled, first + d) != out[d]) return false;
    return true;
  }

  npy_intp width() const { return in[ND - 1]; }
  npy_intp count() const { return out[ND - 1]; }

  /* Whether windows along the last axis have no element in common. */
  bool apart() const { return stride[ND - 1] >= size[ND - 1]; }

  /* Length of a line that holds the padded image and every window; of windows apart, n strides. */
  npy_intp line() const {
    const npy_intp image = in[ND - 1] + 2 * pad[ND - 1], windows = count() * stride[ND - 1];
    if (apart()) return windows;
    return image > windows + size[ND - 1] ? image : windows + size[ND - 1];
  }

  /* Elements of the image that such a line holds. */
  npy_intp held() const {
    const npy_intp room = line() - pad[ND - 1];
    return room < width() ? room : width();
  }

  /* Output rows to take at once: their lines, laid end to end, are one long line. */
  npy_intp rows_at_once() const {
    const npy_intp most = apart() ? 1 + 4096 / line() : 1;
    return most < rows_out ? most : rows_out;
  }

  /* Number of elements that window o along axis d divides by. */
  npy_intp elements(int d, npy_intp o, bool with_padding) const {
    npy_intp start = o * stride[d] - pad[d], stop = start + size[d];
    const npy_intp end = in[d] + (with_padding ? pad[d] : 0);
    if (stop > end) stop = end;
    if (start < 0 && !with_padding) start = 0;
    return stop - start;
  }
};

/* The rows of the image that lie in the windows of output row o. */
template <int ND> struct PoolRows {
  npy_intp low[ND], high[ND], at[ND];
  const PoolWindows<ND>& w;
  npy_intp elements;
  bool more;

  PoolRows(const PoolWindows<ND>& windows, npy_intp o, bool with_padding) : w(windows) {
    elements = 1;
    for (int d = ND - 2; d >= 0; d--) {
      const npy_intp i = o % w.out[d];
      o /= w.out[d];
      const npy_intp start = i * w.stride[d] - w.pad[d], stop = start + w.size[d];
      at[d] = low[d] = start < 0 ? 0 : start;
      high[d] = stop > w.in[d] ? w.in[d] : stop;
      elements *= w.elements(d, i, with_padding);
    }
    more = true;
  }
  npy_intp row() const {
    npy_intp index = 0;
    for (int d = 0; d < ND - 1; d++) index = index * w.in[d] + at[d];
    return index;
  }
  void next() {
    for (int d = ND - 2; d >= 0; d--) {
      if (++at[d] < high[d]) return;
      at[d] = low[d];
    }
    more = false;
  }
};

template <typename T> struct PoolMax {
  static T start() {
    return std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                : std::numeric_limits<T>::min();
  }
  static T join(T m, T v) {  /* NaN stays; in two steps, which cost no jump that depends on data */
    const T larger = v > m ? v : m;
    return v != v ? v : larger;
  }
};
template <typename T> struct PoolSum {
  static T start() { return 0; }
  static T join(T m, T v) { return m + v; }
};

template <typename T> static T pool_divided(T sum, npy_intp n) { return (T) (sum / (T) n); }
#define POOL_INTEGER(T) \\
  static T pool_divided(T sum, npy_intp n) { return (T) (sum / (npy_int64) n); }
POOL_INTEGER(npy_int8) POOL_INTEGER(npy_int16) POOL_INTEGER(npy_int32) POOL_INTEGER(npy_int64)
POOL_INTEGER(npy_uint8) POOL_INTEGER(npy_uint16) POOL_INTEGER(npy_uint32)
static npy_uint64 pool_divided(npy_uint64 sum, npy_intp n) { return sum / (npy_uint64) n; }

/* z_c = the join of line[c s .. c s + size) ; S is the stride where it is 1 or 2, else 0. */
template <int S, typename T, typename Join>
static void pool_line(const T* __restrict line, T* __restrict z, npy_intp n, npy_intp size,
                      npy_intp stride) {
  const npy_intp s = S ? S : stride;
  if (size == 1) {
    for (npy_intp c = 0; c < n; c++) z[c] = line[c * s];
    return;
  }
  for (npy_intp c = 0; c < n; c++) z[c] = Join::join(line[c * s], line[c * s + 1]);
  for (npy_intp t = 2; t < size; t++)
    for (npy_intp c = 0; c < n; c++) z[c] = Join::join(z[c], line[c * s + t]);
}

/* The windows c for which element t of the window lies on the image: first <= c < last. */
template <int ND>
static void pool_inside(const PoolWindows<ND>& w, npy_intp t, npy_intp* first, npy_intp* last) {
  const npy_intp s = w.stride[ND - 1], p = w.pad[ND - 1], end = w.width() + p - t;
  *first = t >= p ? 0 : (p - t + s - 1) / s;
  *last = end <= 0 ? 0 : (end - 1) / s + 1;
  if (*last > w.count()) *last = w.count();
}

/* gx += [x = z] gz along one row. Comparing is apart from adding, so that GCC vectorises it. */
template <int ND, int S, typename T>
static void pool_row_gradient(const PoolWindows<ND>& w, const T* __restrict x, const T* __restrict z,
                              const T* __restrict gz, T* __restrict gx, T* __restrict share) {
  const npy_intp s = S ? S : w.stride[ND - 1], p = w.pad[ND - 1];
  for (npy_intp t = 0; t < w.size[ND - 1]; t++) {
    npy_intp first, last;
    pool_inside(w, t, &first, &last);
    const T* __restrict const from = x + first * s + t - p;
    T* __restrict const to = gx + first * s + t - p;
    const npy_intp n = last - first;
    for (npy_intp c = 0; c < n; c++) share[c] = from[c * s] == z[first + c] ? gz[first + c] : (T) 0;
    for (npy_intp c = 0; c < n; c++) to[c * s] += share[c];
  }
}

/* ggz += [x = z] ggx along one row. */
template <int ND, int S, typename T>
static void pool_row_adjoint(const PoolWindows<ND>& w, const T* __restrict x, const T* __restrict z,
                             const T* __restrict ggx, T* __restrict ggz) {
  const npy_intp s = S ? S : w.stride[ND - 1], p = w.pad[ND - 1];
  for (npy_intp t = 0; t < w.size[ND - 1]; t++) {
    npy_intp first, last;
    pool_inside(w, t, &first, &last);
    for (npy_intp c = first; c < last; c++)
      ggz[c] += x[c * s + t - p] == z[c] ? ggx[c * s + t - p] : (T) 0;
  }
}

enum { POOL_PLAIN, POOL_WITH_PADDING, POOL_WITHOUT_PADDING };  /* what a sum is divided by */

template <int ND, typename T, typename Join, int DIVIDE>
static void pool_images(const PoolWindows<ND>& w, const T* __restrict x, T* __restrict z, T* lines) {
  const npy_intp width = w.width(), n = w.count(), s = w.stride[ND - 1], size = w.size[ND - 1];
  const npy_intp length = w.line(), held = w.held(), chunk = w.rows_at_once();
  for (npy_intp j = 0; j < chunk * length; j++) lines[j] = Join::start();
  for (npy_intp b = 0; b < w.leading; b++, x += w.rows_in * width) {
    for (npy_intp first = 0; first < w.rows_out; first += chunk) {
      const npy_intp rest = w.rows_out - first, rows_now = rest < chunk ? rest : chunk;
      for (npy_intp r = 0; r < rows_now; r++) {
        T* __restrict const image = lines + r * length + w.pad[ND - 1];
        PoolRows<ND> rows(w, first + r, false);
        const T* __restrict row = x + rows.row() * width;
        rows.next();
        if (!rows.more) {
          for (npy_intp j = 0; j < held; j++) image[j] = row[j];
          continue;
        }
        const T* __restrict second = x + rows.row() * width;
        rows.next();
        for (npy_intp j = 0; j < held; j++) image[j] = Join::join(row[j], second[j]);
        for (; rows.more; rows.next()) {
          row = x + rows.row() * width;
          for (npy_intp j = 0; j < held; j++) image[j] = Join::join(image[j], row[j]);
        }
      }
      const npy_intp windows = rows_now * n;
      if (s == 1) pool_line<1, T, Join>(lines, z, windows, size, s);
      else if (s == 2) pool_line<2, T, Join>(lines, z, windows, size, s);
      else pool_line<0, T, Join>(lines, z, windows, size, s);
      if (DIVIDE != POOL_PLAIN)
        for (npy_intp r = 0; r < rows_now; r++) {
          const npy_intp outer = PoolRows<ND>(w, first + r, DIVIDE == POOL_WITH_PADDING).elements;
          for (npy_intp c = 0; c < n; c++)
            z[r * n + c] = pool_divided(
                z[r * n + c], outer * w.elements(ND - 1, c, DIVIDE == POOL_WITH_PADDING));
        }
      z += windows;
    }
  }
}

/* line[c s + t] = values[c] for each place t of window c; the rest of the line stays. */
template <typename T>
static void pool_spread(const T* __restrict values, T* __restrict line, npy_intp n, npy_intp size,
                        npy_intp s) {
  if (s == 2 && size == 2) {
    for (npy_intp c = 0; c < n; c++) line[2 * c] = line[2 * c + 1] = values[c];
    return;
  }
  for (npy_intp t = 0; t < size; t++)
    for (npy_intp c = 0; c < n; c++) line[c * s + t] = values[c];
}

/* Where windows along the last axis are apart: spread their maxima and gradients over lines. */
template <int ND, typename T>
static void pool_images_gradient_apart(const PoolWindows<ND>& w, const T* x, const T* z, const T* gz,
                                       T* gx, T* tops, T* shares) {
  const npy_intp width = w.width(), n = w.count(), s = w.stride[ND - 1], size = w.size[ND - 1];
  const npy_intp length = w.line(), held = w.held(), chunk = w.rows_at_once();
  for (npy_intp j = 0; j < chunk * length; j++) tops[j] = shares[j] = 0;
  for (npy_intp b = 0; b < w.leading; b++, x += w.rows_in * width, gx += w.rows_in * width)
    for (npy_intp first = 0; first < w.rows_out; first += chunk) {
      const npy_intp rest = w.rows_out - first, rows_now = rest < chunk ? rest : chunk;
      pool_spread(z, tops, rows_now * n, size, s);
      pool_spread(gz, shares, rows_now * n, size, s);
      z += rows_now * n;
      gz += rows_now * n;
      for (npy_intp r = 0; r < rows_now; r++) {
        const T* __restrict const top = tops + r * length + w.pad[ND - 1];
        const T* __restrict const share = shares + r * length + w.pad[ND - 1];
        for (PoolRows<ND> rows(w, first + r, false); rows.more; rows.next()) {
          const T* __restrict const row = x + rows.row() * width;
          T* __restrict const out = gx + rows.row() * width;
          for (npy_intp j = 0; j < held; j++) out[j] += row[j] == top[j] ? share[j] : (T) 0;
        }
      }
    }
}

template <int ND, typename T>
static bool pool_images_gradient(const PoolWindows<ND>& w, const T* x, const T* z, const T* gz,
                                 T* gx) {
  const npy_intp width = w.width(), n = w.count(), s = w.stride[ND - 1];
  memset(gx, 0, sizeof(T) * w.leading * w.rows_in * width);
  if (w.rows_out * n == 0) return true;
  const npy_intp lines = w.apart() ? 2 * w.rows_at_once() * w.line() : n;
  T* memory = (T*) PyMem_Malloc(sizeof(T) * lines);
  if (memory == NULL) {
    PyErr_NoMemory();
    return false;
  }
  if (w.apart())
    pool_images_gradient_apart<ND, T>(w, x, z, gz, gx, memory, memory + lines / 2);
  else
    for (npy_intp b = 0; b < w.leading; b++, x += w.rows_in * width, gx += w.rows_in * width)
      for (npy_intp o = 0; o < w.rows_out; o++, z += n, gz += n)
        for (PoolRows<ND> rows(w, o, false); rows.more; rows.next()) {
          const npy_intp at = rows.row() * width;
          if (s == 1) pool_row_gradient<ND, 1, T>(w, x + at, z, gz, gx + at, memory);
          else if (s == 2) pool_row_gradient<ND, 2, T>(w, x + at, z, gz, gx + at, memory);
          else pool_row_gradient<ND, 0, T>(w, x + at, z, gz, gx + at, memory);
        }
  PyMem_Free(memory);
  return true;
}

template <int ND, typename T>
static void pool_images_adjoint(const PoolWindows<ND>& w, const T* x, const T* z, const T* ggx,
                                T* ggz) {
  const npy_intp width = w.width(), n = w.count(), s = w.stride[ND - 1];
  memset(ggz, 0, sizeof(T) * w.leading * w.rows_out * n);
  for (npy_intp b = 0; b < w.leading; b++, x += w.rows_in * width, ggx += w.rows_in * width)
    for (npy_intp o = 0; o < w.rows_out; o++, z += n, ggz += n)
      for (PoolRows<ND> rows(w, o, false); rows.more; rows.next()) {
        const npy_intp at = rows.row() * width;
        if (s == 1) pool_row_adjoint<ND, 1, T>(w, x + at, z, ggx + at, ggz);
        else if (s == 2) pool_row_adjoint<ND, 2, T>(w, x + at, z, ggx + at, ggz);
        else pool_row_adjoint<ND, 0, T>(w, x + at, z, ggx + at, ggz);
      }
}

template <int ND, typename T, int DIVIDE>
static void pool_sum_images_gradient(const PoolWindows<ND>& w, const T* gz, T* gx, T* line) {
  const npy_intp width = w.width(), n = w.count(), s = w.stride[ND - 1], size = w.size[ND - 1];
  const npy_intp held = w.held();
  const T* __restrict const image = line + w.pad[ND - 1];
  memset(gx, 0, sizeof(T) * w.leading * w.rows_in * width);
  for (npy_intp b = 0; b < w.leading; b++, gx += w.rows_in * width)
    for (npy_intp o = 0; o < w.rows_out; o++, gz += n) {
      PoolRows<ND> rows(w, o, DIVIDE == POOL_WITH_PADDING);
      memset(line, 0, sizeof(T) * w.line());
      for (npy_intp c = 0; c < n; c++) {
        T g = gz[c];
        if (DIVIDE != POOL_PLAIN)
          g = pool_divided(
              g, rows.elements * w.elements(ND - 1, c, DIVIDE == POOL_WITH_PADDING));
        for (npy_intp t = 0; t < size; t++) line[c * s + t] += g;
      }
      for (; rows.more; rows.next()) {
        T* __restrict const row = gx + rows.row() * width;
        for (npy_intp j = 0; j < held; j++) row[j] += image[j];
      }
    }
}

/* Raises the named error of symgen.ops.pool.geometry for these shapes; without ws, for two arrays
   that should have one shape. */
static void pool_refuse(PyArrayObject* pooled, PyArrayObject* x, PyArrayObject* ws,
                        PyArrayObject* st, PyArrayObject* pd, int ndim, bool ignore_border) {
  PyObject* geometry = PyImport_ImportModule("symgen.ops.pool.geometry");
  if (geometry == NULL) return;
  PyObject* answer = NULL;
  PyObject* shape = PyObject_GetAttrString((PyObject*) x, "shape");
  PyObject* border = ignore_border ? Py_True : Py_False;
  if (shape != NULL && pooled == NULL) {
    PyObject* lengths = PySequence_GetSlice(shape, PyArray_NDIM(x) - ndim, PyArray_NDIM(x));
    if (lengths != NULL)
      answer = PyObject_CallMethod(geometry, (char*) "pooled_shape", (char*) "OOOOO", lengths, ws,
                                   st, pd, border);
    Py_XDECREF(lengths);
  } else if (shape != NULL) {
    PyObject* other = PyObject_GetAttrString((PyObject*) pooled, "shape");
    if (other != NULL && ws == NULL)
      answer = PyObject_CallMethod(geometry, (char*) "check_same_shape", (char*) "OO", other, shape);
    else if (other != NULL)
      answer = PyObject_CallMethod(geometry, (char*) "check_pooled", (char*) "OOOOOO", other, shape,
                                   ws, st, pd, border);
    Py_XDECREF(other);
  }
  if (answer != NULL) PyErr_SetString(PyExc_ValueError, "shapes that cannot be pooled");
  Py_XDECREF(answer);
  Py_XDECREF(shape);
  Py_DECREF(geometry);
}

/* An output of this shape and dtype: the array that is there, where it fits. */
static bool pool_allocate(PyArrayObject** output, int ndim, npy_intp* dims, int type) {
  bool fits = *output != NULL && PyArray_IS_C_CONTIGUOUS(*output);
  for (int d = 0; fits && d < ndim; d++) fits = PyArray_DIM(*output, d) == dims[d];
  if (fits) return true;
  Py_XDECREF(*output);
  *output = (PyArrayObject*) PyArray_SimpleNew(ndim, dims, type);
  return *output != NULL;
}

/* The inputs of one call as contiguous arrays, let go of at its end. */
struct PoolArrays {
  PyArrayObject* array[3];
  PoolArrays(PyArrayObject* a, PyArrayObject* b, PyArrayObject* c) {
    PyArrayObject* const given[3] = {a, b, c};
    for (int k = 0; k < 3; k++)
      array[k] = given[k] ? (PyArrayObject*) PyArray_GETCONTIGUOUS(given[k]) : NULL;
  }
  ~PoolArrays() { for (int k = 0; k < 3; k++) Py_XDECREF(array[k]); }
  template <typename T> const T* data(int k) const { return (const T*) PyArray_DATA(array[k]); }
};

template <int ND, typename T, typename Join, int DIVIDE>
static bool pool_forward(PyArrayObject* x, PyArrayObject* ws, PyArrayObject* st, PyArrayObject* pd,
                         bool ignore_border, PyArrayObject** z) {
  PoolWindows<ND> w;
  if (!w.read(x, ws, st, pd, ignore_border)) {
    pool_refuse(NULL, x, ws, st, pd, ND, ignore_border);
    return false;
  }
  npy_intp dims[NPY_MAXDIMS];
  const int first = PyArray_NDIM(x) - ND;
  for (int d = 0; d < PyArray_NDIM(x); d++) dims[d] = d < first ? PyArray_DIM(x, d) : w.out[d - first];
  if (!pool_allocate(z, PyArray_NDIM(x), dims, PyArray_TYPE(x))) return false;
  if (PyArray_SIZE(*z) == 0) return true;
  PoolArrays arrays(x, NULL, NULL);
  T* line = (T*) PyMem_Malloc(sizeof(T) * w.rows_at_once() * w.line());
  const bool there = arrays.array[0] != NULL && line != NULL;
  if (there) pool_images<ND, T, Join, DIVIDE>(w, arrays.data<T>(0), (T*) PyArray_DATA(*z), line);
  else if (line == NULL) PyErr_NoMemory();
  PyMem_Free(line);
  return there;
}

template <int ND, typename T, bool ADJOINT>
static bool pool_max_derivative(PyArrayObject* x, PyArrayObject* z, PyArrayObject* g,
                                PyArrayObject* ws, PyArrayObject* st, PyArrayObject* pd,
                                bool ignore_border, PyArrayObject** out) {
  PoolWindows<ND> w;
  const bool works = w.read(x, ws, st, pd, ignore_border);
  if (!works || !w.is_shape_of(z, x) || (!ADJOINT && !w.is_shape_of(g, x))) {
    pool_refuse(works && w.is_shape_of(z, x) ? g : z, x, ws, st, pd, ND, ignore_border);
    return false;
  }
  PyArrayObject* like = ADJOINT ? z : x;
  if (ADJOINT && !PyArray_SAMESHAPE(g, x)) {
    pool_refuse(g, x, NULL, NULL, NULL, ND, ignore_border);
    return false;
  }
  if (!pool_allocate(out, PyArray_NDIM(x), PyArray_DIMS(like), PyArray_TYPE(x))) return false;
  PoolArrays arrays(x, z, g);
  if (!arrays.array[0] || !arrays.array[1] || !arrays.array[2]) return false;
  if (ADJOINT)
    pool_images_adjoint<ND, T>(w, arrays.data<T>(0), arrays.data<T>(1), arrays.data<T>(2),
                               (T*) PyArray_DATA(*out));
  else
    return pool_images_gradient<ND, T>(w, arrays.data<T>(0), arrays.data<T>(1), arrays.data<T>(2),
                                       (T*) PyArray_DATA(*out));
  return true;
}

template <int ND, typename T, int DIVIDE>
static bool pool_sum_gradient(PyArrayObject* x, PyArrayObject* gz, PyArrayObject* ws,
                              PyArrayObject* st, PyArrayObject* pd, bool ignore_border,
                              PyArrayObject** gx) {
  PoolWindows<ND> w;
  const bool works = w.read(x, ws, st, pd, ignore_border);
  if (!works || !w.is_shape_of(gz, x)) {
    pool_refuse(gz, x, ws, st, pd, ND, ignore_border);
    return false;
  }
  if (!pool_allocate(gx, PyArray_NDIM(x), PyArray_DIMS(x), PyArray_TYPE(x))) return false;
  PoolArrays arrays(gz, NULL, NULL);
  T* line = (T*) PyMem_Malloc(sizeof(T) * w.line());
  const bool there = arrays.array[0] != NULL && line != NULL;
  if (there)
    pool_sum_images_gradient<ND, T, DIVIDE>(w, arrays.data<T>(0), (T*) PyArray_DATA(*gx), line);
  else if (line == NULL) PyErr_NoMemory();
  PyMem_Free(line);
  return there;
}
"""

_C_DTYPES = frozenset(
    f"{kind}{bits}"
    for kind, widths in (("float", (32, 64)), ("int", (8, 16, 32, 64)), ("uint", (8, 16, 32, 64)))
    for bits in widths
)
_DIVIDE = {
    "sum": "POOL_PLAIN",
    "average_inc_pad": "POOL_WITH_PADDING",
    "average_exc_pad": "POOL_WITHOUT_PADDING",
}


def has_c_dtype(dtype):
    """Whether the C code can compute in this dtype; float16 it cannot."""
    return dtype in _C_DTYPES


def _arguments_of_template(function, mode, ndim, dtype):
    number = f"npy_{dtype}"
    if function == "pool_forward":
        join = f"Pool{'Max' if mode == 'max' else 'Sum'}<{number}>"
        return f"{ndim}, {number}, {join}, {_DIVIDE.get(mode, 'POOL_PLAIN')}"
    if function == "pool_sum_gradient":
        return f"{ndim}, {number}, {_DIVIDE[mode]}"
    return f"{ndim}, {number}, {'true' if function == 'pool_max_gradient_adjoint' else 'false'}"


def call_code(function, mode, ndim, ignore_border, dtype, inputs, output, fail):
    """C code of an Op: one call of the function above that computes it.

    Parameters
    ----------
    function : {"pool_forward", "pool_sum_gradient", "pool_max_gradient", \
"pool_max_gradient_adjoint"}
    mode : str
    ndim : int
    ignore_border : bool
    dtype : str
    inputs : list of str
        Names of the C variables: arrays, then ws, stride and pad.
    output, fail : str

    Returns
    -------
    str
    """
    template = _arguments_of_template(function, mode, ndim, dtype)
    name = "pool_max_derivative" if function.startswith("pool_max") else function
    border = "true" if ignore_border else "false"
    return f"""
    if (!{name}<{template}>({", ".join(inputs)}, {border}, &{output})) {{
      {fail}
    }}
    """
