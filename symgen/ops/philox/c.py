"""The Philox draw in C: blocks of 256 counters side by side, so that GCC vectorises each round."""

SUPPORT_CODE = """
enum { PHILOX_BLOCKS = 256 };

static void philox_words(uint32_t k0, uint32_t k1, uint64_t counter, int n,
                         uint32_t (*__restrict w)[PHILOX_BLOCKS]) {
  uint32_t *a = w[0], *b = w[1], *c = w[2], *d = w[3];
  for (int i = 0; i < n; i++) {
    const uint64_t t = counter + i;
    a[i] = (uint32_t) t; b[i] = (uint32_t) (t >> 32); c[i] = 0; d[i] = 0;
  }
  for (int round = 0; round < 10; round++) {
    #pragma GCC ivdep
    for (int i = 0; i < n; i++) {
      const uint64_t p0 = (uint64_t) 0xD2511F53u * a[i], p1 = (uint64_t) 0xCD9E8D57u * c[i];
      const uint32_t na = (uint32_t) (p1 >> 32) ^ b[i] ^ k0, nc = (uint32_t) (p0 >> 32) ^ d[i] ^ k1;
      b[i] = (uint32_t) p1; d[i] = (uint32_t) p0; a[i] = na; c[i] = nc;
    }
    k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
  }
}

/* Numbers k * blocks + i for block i, where that is below size. */
template <typename T>
static void philox_put(T* out, const T* values, int k, npy_intp first, int n, npy_intp blocks,
                       npy_intp size) {
  T* place = out + k * blocks + first;
  const npy_intp left = size - (k * blocks + first);
  const int m = left < n ? (left < 0 ? 0 : (int) left) : n;
  for (int i = 0; i < m; i++) place[i] = values[i];
}

static void philox_uniform(uint32_t (*w)[PHILOX_BLOCKS], npy_float32* out, npy_intp first, int n,
                           npy_intp blocks, npy_intp size) {
  npy_float32 u[PHILOX_BLOCKS];
  for (int k = 0; k < 4; k++) {
    for (int i = 0; i < n; i++) u[i] = (npy_float32) (int32_t) (w[k][i] >> 8) * (1.0f / 16777216.0f);
    philox_put(out, u, k, first, n, blocks, size);
  }
}

static void philox_normal(uint32_t (*w)[PHILOX_BLOCKS], npy_float32* out, npy_intp first, int n,
                          npy_intp blocks, npy_intp size) {
  npy_float32 radius[PHILOX_BLOCKS], angle[PHILOX_BLOCKS], z[PHILOX_BLOCKS];
  for (int pair = 0; pair < 2; pair++) {
    for (int i = 0; i < n; i++) {
      const npy_float32 u =
          ((npy_float32) (int32_t) (w[2 * pair][i] >> 1) + 0.5f) * (1.0f / 2147483648.0f);
      radius[i] = std::sqrt(-2.0f * std::log(u));
    }
    for (int i = 0; i < n; i++)
      angle[i] = (npy_float32) (int32_t) (w[2 * pair + 1][i] >> 8) * (6.28318530717958648f / 16777216.0f);
    for (int i = 0; i < n; i++) z[i] = radius[i] * std::cos(angle[i]);
    philox_put(out, z, pair, first, n, blocks, size);
    for (int i = 0; i < n; i++) z[i] = radius[i] * std::sin(angle[i]);
    philox_put(out, z, 2 + pair, first, n, blocks, size);
  }
}

static inline npy_float64 philox_fraction(uint32_t high, uint32_t low) {
  return ((npy_float64) (int32_t) (high >> 5) * 67108864.0 + (npy_float64) (int32_t) (low >> 6))
         * (1.0 / 9007199254740992.0);
}

static void philox_uniform(uint32_t (*w)[PHILOX_BLOCKS], npy_float64* out, npy_intp first, int n,
                           npy_intp blocks, npy_intp size) {
  npy_float64 u[PHILOX_BLOCKS];
  for (int pair = 0; pair < 2; pair++) {
    for (int i = 0; i < n; i++) u[i] = philox_fraction(w[2 * pair][i], w[2 * pair + 1][i]);
    philox_put(out, u, pair, first, n, blocks, size);
  }
}

static void philox_normal(uint32_t (*w)[PHILOX_BLOCKS], npy_float64* out, npy_intp first, int n,
                          npy_intp blocks, npy_intp size) {
  npy_float64 radius[PHILOX_BLOCKS], angle[PHILOX_BLOCKS], z[PHILOX_BLOCKS];
  for (int i = 0; i < n; i++)
    radius[i] = std::sqrt(-2.0 * std::log1p(-philox_fraction(w[0][i], w[1][i])));
  for (int i = 0; i < n; i++) angle[i] = 6.283185307179586 * philox_fraction(w[2][i], w[3][i]);
  for (int i = 0; i < n; i++) z[i] = radius[i] * std::cos(angle[i]);
  philox_put(out, z, 0, first, n, blocks, size);
  for (int i = 0; i < n; i++) z[i] = radius[i] * std::sin(angle[i]);
  philox_put(out, z, 1, first, n, blocks, size);
}
"""


def draw_code(distribution, dtype, inames, onames, sub):
    """The Op's C code: check the dimensions, allocate, fill, advance the counter."""
    state, *dims = inames
    new_state, draw = onames
    fail = sub["fail"]
    ndim = len(dims)
    per_block = 4 if dtype == "float32" else 2
    number = "NPY_" + dtype.upper()
    shape = ", ".join(f"(npy_intp) ((npy_int64*) PyArray_DATA({dim}))[0]" for dim in dims) or "0"
    return f"""
    {{
      const npy_intp shape[{max(ndim, 1)}] = {{{shape}}};
      npy_intp size = 1;
      bool fits = {draw} != NULL && PyArray_IS_C_CONTIGUOUS({draw});
      for (int k = 0; k < {ndim}; k++) {{
        if (shape[k] < 0) {{
          PyErr_Format(PyExc_ValueError, "a random draw of a negative size: dimension %d is %lld",
                       k, (long long) shape[k]);
          {fail}
        }}
        size *= shape[k];
        fits = fits && PyArray_DIMS({draw})[k] == shape[k];
      }}
      if (PyArray_SIZE({state}) != 4) {{
        PyErr_SetString(PyExc_ValueError, "the state of a random stream has to hold 4 words");
        {fail}
      }}
      if (!fits) {{
        Py_XDECREF({draw});
        {draw} = (PyArrayObject*) PyArray_SimpleNew({ndim}, (npy_intp*) shape, {number});
        if ({draw} == NULL) {{ {fail} }}
      }}
      uint32_t words[4];
      for (int k = 0; k < 4; k++) words[k] = *(npy_uint32*) PyArray_GETPTR1({state}, k);
      uint64_t counter = words[2] | (uint64_t) words[3] << 32;
      const npy_intp blocks = (size + {per_block - 1}) / {per_block};
      npy_{dtype}* out = (npy_{dtype}*) PyArray_DATA({draw});
      uint32_t w[4][PHILOX_BLOCKS];
      for (npy_intp first = 0; first < blocks; first += PHILOX_BLOCKS) {{
        const int n = blocks - first < PHILOX_BLOCKS ? (int) (blocks - first) : PHILOX_BLOCKS;
        philox_words(words[0], words[1], counter + first, n, w);
        philox_{distribution}(w, out, first, n, blocks, size);
      }}
      counter += blocks;
      Py_XDECREF({new_state});
      npy_intp four = 4;
      {new_state} = (PyArrayObject*) PyArray_SimpleNew(1, &four, NPY_UINT32);
      if ({new_state} == NULL) {{ {fail} }}
      npy_uint32* advanced = (npy_uint32*) PyArray_DATA({new_state});
      advanced[0] = words[0]; advanced[1] = words[1];
      advanced[2] = (uint32_t) counter; advanced[3] = (uint32_t) (counter >> 32);
    }}
    """
