"""MRG streams in C: blocks of 256 streams side by side, so that GCC vectorises each step."""

UNIFORM_SUPPORT_CODE = """
enum { MRG_BLOCK = 256 };
static const uint32_t MRG_M1 = 2147483647u, MRG_M2 = 2147462579u;

/* x where x < m, else x - m: for x < 2 m. */
static inline uint32_t mrg_below(uint32_t x, uint32_t m) {
  const uint32_t y = x - m;
  return x < y ? x : y;
}

/* One step of n streams; their words. Powers of 2 times a state are taken modulo m by shifts. */
static void mrg_step(uint32_t (*__restrict x)[MRG_BLOCK], uint32_t* __restrict word, int n) {
  #pragma GCC ivdep
  for (int i = 0; i < n; i++) {
    const uint32_t a = x[1][i], b = x[2][i], c = x[3][i], d = x[5][i];
    uint32_t p = mrg_below(((a & 511u) << 22) + (a >> 9), MRG_M1);
    p = mrg_below(p + mrg_below(((b & 16777215u) << 7) + (b >> 24), MRG_M1), MRG_M1);
    p = mrg_below(p + b, MRG_M1);
    uint32_t q = mrg_below(((c & 65535u) << 15) + 21069u * (c >> 16), MRG_M2);
    q = mrg_below(q + mrg_below(((d & 65535u) << 15) + 21069u * (d >> 16), MRG_M2), MRG_M2);
    q = mrg_below(q + d, MRG_M2);
    x[2][i] = a; x[1][i] = x[0][i]; x[0][i] = p;
    x[5][i] = x[4][i]; x[4][i] = c; x[3][i] = q;
    word[i] = p - q + (p <= q ? MRG_M1 : 0u);
  }
}

static void mrg_scale(const uint32_t* word, npy_float32* out, int n, npy_float32 scale) {
  for (int i = 0; i < n; i++) out[i] = (npy_float32) (int32_t) word[i] * 4.6566126e-10f * scale;
}
static void mrg_scale(const uint32_t* word, npy_float64* out, int n, npy_float64 scale) {
  for (int i = 0; i < n; i++)
    out[i] = (npy_float64) (int32_t) word[i] * (1.0 / 2147483648.0) * scale;
}

template <typename T>
static void mrg_draw(PyArrayObject* state, npy_int32* new_state, T* out, npy_intp count,
                     T scale) {
  const npy_intp streams = PyArray_DIMS(state)[0];
  uint32_t x[6][MRG_BLOCK], word[MRG_BLOCK];
  for (npy_intp first = 0; first < streams; first += MRG_BLOCK) {
    const int n = streams - first < MRG_BLOCK ? (int) (streams - first) : MRG_BLOCK;
    for (int i = 0; i < n; i++)
      for (int k = 0; k < 6; k++)
        x[k][i] = (uint32_t) *(npy_int32*) PyArray_GETPTR2(state, first + i, k);
    for (npy_intp place = first; place < count; place += streams) {
      const int active = count - place < n ? (int) (count - place) : n;
      mrg_step(x, word, active);
      mrg_scale(word, out + place, active, scale);
    }
    for (int i = 0; i < n; i++)
      for (int k = 0; k < 6; k++) new_state[6 * (first + i) + k] = (npy_int32) x[k][i];
  }
}
"""

PICK_SUPPORT_CODE = """
/* The first outcome whose cumulated probability is above u, or -1. */
template <typename T>
static npy_intp mrg_pick(const char* row, npy_intp stride, npy_intp outcomes, double u) {
  double cumulated = 0;
  for (npy_intp k = 0; k < outcomes; k++) {
    cumulated += *(const T*) (row + k * stride);
    if (cumulated > u) return k;
  }
  return -1;
}
"""


def uniform_code(dtype, counted, scale, inames, onames, sub):
    """The Op's C code: check the dimensions, allocate, draw."""
    state, *numbers = inames
    new_state, draw = onames
    fail = sub["fail"]
    values = [f"(npy_intp) ((npy_int64*) PyArray_DATA({number}))[0]" for number in numbers]
    dims = values[int(counted) :]
    count = f"const npy_intp count = {values[0] if counted else 'size'};"
    return f"""
    {{
      const npy_intp shape[{max(len(dims), 1)}] = {{{", ".join(dims) or "0"}}};
      npy_intp size = 1;
      bool fits = {draw} != NULL && PyArray_IS_C_CONTIGUOUS({draw});
      for (int k = 0; k < {len(dims)}; k++) {{
        if (shape[k] < 0) {{
          PyErr_Format(PyExc_ValueError, "a random draw of a negative size: dimension %d is %lld",
                       k, (long long) shape[k]);
          {fail}
        }}
        size *= shape[k];
        if (size > 2147483647) {{
          PyErr_SetString(PyExc_ValueError, "a random draw of more than 2^31 - 1 numbers");
          {fail}
        }}
        fits = fits && PyArray_DIMS({draw})[k] == shape[k];
      }}
      {count}
      if (PyArray_DIMS({state})[1] != 6 || (count > 0 && PyArray_DIMS({state})[0] == 0)) {{
        PyErr_Format(PyExc_ValueError, "expected MRG states of shape (n, 6) with n > 0; got "
                     "(%lld, %lld)", (long long) PyArray_DIMS({state})[0],
                     (long long) PyArray_DIMS({state})[1]);
        {fail}
      }}
      if (count > size || count < 0) {{
        PyErr_Format(PyExc_ValueError, "%lld random numbers do not fit into the shape",
                     (long long) count);
        {fail}
      }}
      if (!fits) {{
        Py_XDECREF({draw});
        {draw} = (PyArrayObject*) PyArray_SimpleNew({len(dims)}, (npy_intp*) shape,
                                                    NPY_{dtype.upper()});
        if ({draw} == NULL) {{ {fail} }}
      }}
      Py_XDECREF({new_state});
      {new_state} = (PyArrayObject*) PyArray_SimpleNew(2, PyArray_DIMS({state}), NPY_INT32);
      if ({new_state} == NULL) {{ {fail} }}
      npy_{dtype}* out = (npy_{dtype}*) PyArray_DATA({draw});
      mrg_draw({state}, (npy_int32*) PyArray_DATA({new_state}), out, count,
               (npy_{dtype}) {scale!r});
      for (npy_intp i = count; i < size; i++) out[i] = 0;
    }}
    """


def _pick_code(inames, output, sub, shape, dtype, check, walk):
    pvals, unis, n = inames
    fail = sub["fail"]
    return f"""
    {{
      const npy_intp rows = PyArray_DIMS({pvals})[0], outcomes = PyArray_DIMS({pvals})[1];
      const npy_intp draws = (npy_intp) ((npy_int64*) PyArray_DATA({n}))[0];
      if (draws < 0 || PyArray_DIMS({unis})[0] != rows * draws) {{
        PyErr_Format(PyExc_ValueError, "expected %lld x %lld uniform numbers for %lld draws from "
                     "%lld rows; got %lld", (long long) rows, (long long) draws,
                     (long long) draws, (long long) rows, (long long) PyArray_DIMS({unis})[0]);
        {fail}
      }}
      {check}
      npy_intp shape[2] = {{rows, {shape}}};
      Py_XDECREF({output});
      {output} = (PyArrayObject*) PyArray_ZEROS(2, shape, NPY_{dtype.upper()}, 0);
      if ({output} == NULL) {{ {fail} }}
      npy_{dtype}* out = (npy_{dtype}*) PyArray_DATA({output});
      {walk}
    }}
    """


def multinomial_code(dtypes, inames, output, sub):
    """C code of the counts of each outcome."""
    pvals, unis, _ = inames
    probability, uniform, dtype = dtypes
    walk = f"""
      for (npy_intp c = 0; c < draws; c++)
        for (npy_intp r = 0; r < rows; r++) {{
          const double u = *(npy_{uniform}*) PyArray_GETPTR1({unis}, c * rows + r);
          const npy_intp k = mrg_pick<npy_{probability}>(
              (const char*) PyArray_GETPTR2({pvals}, r, 0), PyArray_STRIDES({pvals})[1], outcomes,
              u);
          if (k >= 0) out[r * outcomes + k] += 1;
        }}
    """
    return _pick_code(inames, output, sub, "outcomes", dtype, "", walk)


def choice_code(dtypes, inames, output, sub):
    """C code of the outcomes drawn without replacement."""
    pvals, unis, _ = inames
    probability, uniform, dtype = dtypes
    check = f"""
      if (draws > outcomes) {{
        PyErr_Format(PyExc_ValueError, "cannot draw %lld of %lld outcomes without replacement",
                     (long long) draws, (long long) outcomes);
        {sub["fail"]}
      }}
    """
    walk = f"""
      std::vector<npy_{probability}> left(outcomes + 1);
      for (npy_intp r = 0; r < rows; r++) {{
        for (npy_intp k = 0; k < outcomes; k++)
          left[k] = *(npy_{probability}*) PyArray_GETPTR2({pvals}, r, k);
        for (npy_intp c = 0; c < draws; c++) {{
          const double u = *(npy_{uniform}*) PyArray_GETPTR1({unis}, c * rows + r);
          const npy_intp k = mrg_pick<npy_{probability}>(
              (const char*) left.data(), sizeof(npy_{probability}), outcomes, u);
          out[r * draws + c] = (npy_{dtype}) k;
          if (k < 0) continue;
          left[k] = 0;
          double total = 0;
          for (npy_intp j = 0; j < outcomes; j++) total += left[j];
          for (npy_intp j = 0; j < outcomes; j++) left[j] /= (npy_{probability}) total;
        }}
      }}
    """
    return _pick_code(inames, output, sub, "draws", dtype, check, walk)
