"""Neighbourhoods of images in C; neighbourhoods, steps and shapes come at run time."""

SUPPORT_CODE = """
enum { NEIBS_VALID, NEIBS_HALF, NEIBS_FULL, NEIBS_WRAP_CENTERED, NEIBS_IGNORE_BORDERS };

static const char* const neibs_modes[] = {"valid", "half", "full", "wrap_centered",
                                          "ignore_borders"};

struct Neibs {
  npy_intp length[2], size[2], step[2], begin[2], count[2], images;
  int mode;

  /* False for shapes that cannot work; Python's checks then say why. */
  bool read(const npy_intp* shape, PyArrayObject* neib_shape, PyArrayObject* neib_step, int m) {
    mode = m;
    images = shape[0] * shape[1];
    if (PyArray_DIM(neib_shape, 0) != 2 || PyArray_DIM(neib_step, 0) != 2) return false;
    for (int d = 0; d < 2; d++) {
      length[d] = shape[2 + d];
      size[d] = *(npy_int64*) PyArray_GETPTR1(neib_shape, d);
      step[d] = *(npy_int64*) PyArray_GETPTR1(neib_step, d);
      if (size[d] < 1 || step[d] < 1) return false;
      begin[d] = mode == NEIBS_FULL ? size[d] - 1
                 : mode == NEIBS_HALF || mode == NEIBS_WRAP_CENTERED ? size[d] / 2 : 0;
      const npy_intp beyond = length[d] + 2 * begin[d] - size[d];
      if (mode == NEIBS_IGNORE_BORDERS) {
        count[d] = beyond < 0 ? 0 : beyond / step[d] + 1;
        continue;
      }
      if (length[d] < size[d]) return false;
      if (mode == NEIBS_WRAP_CENTERED) {
        if (size[d] % 2 == 0) return false;
        count[d] = (length[d] + step[d] - 1) / step[d];
      } else {
        if (beyond % step[d]) return false;
        count[d] = beyond / step[d] + 1;
      }
    }
    return true;
  }
  npy_intp rows() const { return images * count[0] * count[1]; }
  npy_intp columns() const { return size[0] * size[1]; }

  /* Row (d = 0) or column (d = 1) of the image of a place in a neighbourhood; outside: -1. */
  npy_intp at(int d, npy_intp neighbourhood, npy_intp place) const {
    npy_intp y = neighbourhood * step[d] + place - begin[d];
    if (mode == NEIBS_WRAP_CENTERED) y += y < 0 ? length[d] : y >= length[d] ? -length[d] : 0;
    return y < 0 || y >= length[d] ? -1 : y;
  }
};

template <typename T, bool ADD>
static void neibs_move(const Neibs& w, T* image, T* line) {
  const npy_intp width = w.size[1];
  for (npy_intp n = 0; n < w.images; n++, image += w.length[0] * w.length[1])
    for (npy_intp a = 0; a < w.count[0]; a++)
      for (npy_intp b = 0; b < w.count[1]; b++)
        for (npy_intp i = 0; i < w.size[0]; i++, line += width) {
          const npy_intp y = w.at(0, a, i);
          if (y < 0) {
            if (!ADD) memset(line, 0, sizeof(T) * width);
            continue;
          }
          T* const row = image + y * w.length[1];
          const npy_intp start = b * w.step[1] - w.begin[1];
          if (start >= 0 && start + width <= w.length[1]) {
            if (ADD) for (npy_intp j = 0; j < width; j++) row[start + j] += line[j];
            else memcpy(line, row + start, sizeof(T) * width);
            continue;
          }
          for (npy_intp j = 0; j < width; j++) {
            const npy_intp x = w.at(1, b, j);
            if (ADD) { if (x >= 0) row[x] += line[j]; }
            else line[j] = x < 0 ? (T) 0 : row[x];
          }
        }
}

/* Raises the named error of symgen.ops.neighbours.geometry: for images, or a matrix of these. */
static void neibs_refuse(PyArrayObject* images, PyArrayObject* neibs, PyArrayObject* neib_shape,
                         PyArrayObject* neib_step, PyArrayObject* image_shape, int mode) {
  PyObject* geometry = PyImport_ImportModule("symgen.ops.neighbours.geometry");
  if (geometry == NULL) return;
  PyObject* answer = NULL;
  PyObject* shape = PyObject_GetAttrString((PyObject*) (images ? images : neibs), "shape");
  if (shape != NULL && images != NULL) {
    PyObject* lengths = PySequence_GetSlice(shape, 2, 4);
    if (lengths != NULL)
      answer = PyObject_CallMethod(geometry, (char*) "grid", (char*) "OOOs", lengths, neib_shape,
                                   neib_step, neibs_modes[mode]);
    Py_XDECREF(lengths);
  } else if (shape != NULL) {
    answer = PyObject_CallMethod(geometry, (char*) "check_neibs", (char*) "OOOOs", shape,
                                 image_shape, neib_shape, neib_step, neibs_modes[mode]);
  }
  if (answer != NULL) PyErr_SetString(PyExc_ValueError, "neighbourhoods that do not fit");
  Py_XDECREF(answer);
  Py_XDECREF(shape);
  Py_DECREF(geometry);
}

static bool neibs_allocate(PyArrayObject** output, int ndim, npy_intp* dims, int type) {
  bool fits = *output != NULL && PyArray_IS_C_CONTIGUOUS(*output);
  for (int d = 0; fits && d < ndim; d++) fits = PyArray_DIM(*output, d) == dims[d];
  if (fits) return true;
  Py_XDECREF(*output);
  *output = (PyArrayObject*) PyArray_SimpleNew(ndim, dims, type);
  return *output != NULL;
}

template <typename T>
static bool neibs_cut(PyArrayObject* images, PyArrayObject* neib_shape, PyArrayObject* neib_step,
                      int mode, PyArrayObject** neibs) {
  Neibs w;
  if (!w.read(PyArray_DIMS(images), neib_shape, neib_step, mode)) {
    neibs_refuse(images, NULL, neib_shape, neib_step, NULL, mode);
    return false;
  }
  npy_intp dims[2] = {w.rows(), w.columns()};
  if (!neibs_allocate(neibs, 2, dims, PyArray_TYPE(images))) return false;
  PyArrayObject* source = (PyArrayObject*) PyArray_GETCONTIGUOUS(images);
  if (source == NULL) return false;
  neibs_move<T, false>(w, (T*) PyArray_DATA(source), (T*) PyArray_DATA(*neibs));
  Py_DECREF(source);
  return true;
}

template <typename T>
static bool neibs_add(PyArrayObject* neibs, PyArrayObject* neib_shape, PyArrayObject* neib_step,
                      PyArrayObject* image_shape, int mode, PyArrayObject** images) {
  npy_intp dims[4] = {-1, -1, -1, -1};
  bool works = PyArray_DIM(image_shape, 0) == 4;
  for (int d = 0; works && d < 4; d++) {
    dims[d] = *(npy_int64*) PyArray_GETPTR1(image_shape, d);
    works = dims[d] >= 0;
  }
  Neibs w;
  works = works && w.read(dims, neib_shape, neib_step, mode);
  if (!works || PyArray_DIM(neibs, 0) != w.rows() || PyArray_DIM(neibs, 1) != w.columns()) {
    neibs_refuse(NULL, neibs, neib_shape, neib_step, image_shape, mode);
    return false;
  }
  if (!neibs_allocate(images, 4, dims, PyArray_TYPE(neibs))) return false;
  PyArrayObject* source = (PyArrayObject*) PyArray_GETCONTIGUOUS(neibs);
  if (source == NULL) return false;
  memset(PyArray_DATA(*images), 0, PyArray_NBYTES(*images));
  neibs_move<T, true>(w, (T*) PyArray_DATA(*images), (T*) PyArray_DATA(source));
  Py_DECREF(source);
  return true;
}
"""

_C_DTYPES = frozenset(
    ["float32", "float64", "bool"]
    + [f"{u}int{bits}" for u in ("", "u") for bits in (8, 16, 32, 64)]
)


def has_c_dtype(dtype):
    """Whether the C code can compute in this dtype; float16 it cannot."""
    return dtype in _C_DTYPES


def call_code(function, mode, dtype, inputs, output, fail):
    """C code of an Op: one call of `function`.

    Parameters
    ----------
    function : {"neibs_cut", "neibs_add"}
    mode, dtype : str
    inputs : list of str
        Names of the C variables.
    output, fail : str

    Returns
    -------
    str
    """
    return f"""
    if (!{function}<npy_{dtype}>({", ".join(inputs)}, NEIBS_{mode.upper()}, &{output})) {{
      {fail}
    }}
    """
