"""Batch normalisation in C, over an array seen as (outer, kept, inner).

The statistics are taken in two passes, the mean first, in 32 running totals so that GCC uses vector
registers; totals of a few thousand numbers are added up in double precision.
"""

SUPPORT_CODE = """
/* Rows shorter than BN_SHORT are brought side by side first. */
enum { BN_LANES = 32, BN_CHUNK = 4096, BN_COLUMNS = 256, BN_ROWS = 64, BN_SHORT = 96 };

/* A C-contiguous array of the same numbers: a new reference, or NULL with an error set. */
static PyArrayObject* bn_contiguous(PyArrayObject* array) {
  return (PyArrayObject*) PyArray_FromArray(array, NULL, NPY_ARRAY_CARRAY_RO);
}

/* An output of the shape of `like`, the given one if it fits. */
static bool bn_allocate(PyArrayObject** out, PyArrayObject* like) {
  if (*out != NULL && PyArray_IS_C_CONTIGUOUS(*out) && PyArray_SAMESHAPE(*out, like)) return true;
  Py_XDECREF(*out);
  *out = (PyArrayObject*) PyArray_SimpleNew(PyArray_NDIM(like), PyArray_DIMS(like),
                                            PyArray_TYPE(like));
  return *out != NULL;
}

/* Whether `array` has the `n` dimensions of x from `first` on. */
static bool bn_fits(PyArrayObject* array, PyArrayObject* x, int first, int n, const char* name) {
  for (int k = 0; k < n; k++) {
    if (PyArray_DIMS(array)[k] != PyArray_DIMS(x)[first + k]) {
      PyErr_Format(PyExc_ValueError, "batch normalisation expected %s of the shape of the kept "
                   "axes; its dimension %d is %lld, that of the inputs %lld", name, k,
                   (long long) PyArray_DIMS(array)[k], (long long) PyArray_DIMS(x)[first + k]);
      return false;
    }
  }
  return true;
}

/* What is summed: x - a, (x - a)^2, y (x - a). */
template <typename T> struct bn_shifted {
  static inline T of(const T* x, const T*, npy_intp i, T a) { return x[i] - a; }
};
template <typename T> struct bn_square {
  static inline T of(const T* x, const T*, npy_intp i, T a) { const T d = x[i] - a; return d * d; }
};
template <typename T> struct bn_product {
  static inline T of(const T* x, const T* y, npy_intp i, T a) { return y[i] * (x[i] - a); }
};

template <typename T, typename Term>
static double bn_total(const T* x, const T* y, npy_intp n, T a) {
  double total = 0;
  for (npy_intp first = 0; first < n; first += BN_CHUNK) {
    const npy_intp last = n - first < BN_CHUNK ? n : first + BN_CHUNK;
    T lane[BN_LANES];
    for (int k = 0; k < BN_LANES; k++) lane[k] = 0;
    npy_intp i = first;
    for (; i + BN_LANES <= last; i += BN_LANES)
      for (int k = 0; k < BN_LANES; k++) lane[k] += Term::of(x, y, i + k, a);
    for (int k = 0; i < last; i++, k++) lane[k] += Term::of(x, y, i, a);
    for (int width = BN_LANES / 2; width > 0; width /= 2)
      for (int k = 0; k < width; k++) lane[k] += lane[k + width];
    total += lane[0];
  }
  return total;
}

/* total[k] of all rows of an (outer, kept) array, columns first to first + n. */
template <typename T, typename Term>
static void bn_column_totals(const T* x, const T* y, npy_intp outer, npy_intp kept, npy_intp first,
                             int n, const T* a, double* total) {
  T part[BN_COLUMNS];
  for (int k = 0; k < n; k++) total[k] = 0;
  for (npy_intp start = 0; start < outer; start += BN_ROWS) {
    const npy_intp stop = outer - start < BN_ROWS ? outer : start + BN_ROWS;
    for (int k = 0; k < n; k++) part[k] = 0;
    for (npy_intp r = start; r < stop; r++) {
      const npy_intp row = r * kept + first;
      for (int k = 0; k < n; k++) part[k] += Term::of(x + row, y + row, k, a[k]);
    }
    for (int k = 0; k < n; k++) total[k] += part[k];
  }
}

/* The rows of one kept place, side by side; and back. */
template <typename T>
static void bn_gather(const T* x, T* rows, npy_intp outer, npy_intp step, npy_intp inner) {
  for (npy_intp r = 0; r < outer; r++, x += step)
    for (npy_intp i = 0; i < inner; i++) *rows++ = x[i];
}
template <typename T>
static void bn_scatter(const T* rows, T* x, npy_intp outer, npy_intp step, npy_intp inner) {
  for (npy_intp r = 0; r < outer; r++, x += step)
    for (npy_intp i = 0; i < inner; i++) x[i] = *rows++;
}

template <typename T>
static void bn_train(const T* __restrict x, const T* gamma, const T* beta, T* __restrict out,
                     T* mean, T* var, npy_intp outer, npy_intp kept, npy_intp inner, double eps) {
  const double count = (double) outer * (double) inner;
  if (outer > 1 && inner > 1 && inner < BN_SHORT) {
    const npy_intp n = outer * inner, step = kept * inner;
    std::vector<T> from(n), to(n);
    for (npy_intp c = 0; c < kept; c++) {
      bn_gather(x + c * inner, from.data(), outer, step, inner);
      bn_train(from.data(), gamma + c, beta + c, to.data(), mean + c, var + c, 1, 1, n, eps);
      bn_scatter(to.data(), out + c * inner, outer, step, inner);
    }
    return;
  }
  if (inner > 1) {
    for (npy_intp c = 0; c < kept; c++) {
      double sum = 0, squares = 0;
      for (npy_intp r = 0; r < outer; r++)
        sum += bn_total<T, bn_shifted<T> >(x + (r * kept + c) * inner, NULL, inner, 0);
      const T m = (T) (sum / count);
      for (npy_intp r = 0; r < outer; r++)
        squares += bn_total<T, bn_square<T> >(x + (r * kept + c) * inner, NULL, inner, m);
      mean[c] = m;
      var[c] = (T) (squares / count);
      const T scale = (T) (gamma[c] / std::sqrt((double) var[c] + eps)), shift = beta[c];
      for (npy_intp r = 0; r < outer; r++) {
        const T* __restrict from = x + (r * kept + c) * inner;
        T* __restrict to = out + (r * kept + c) * inner;
        for (npy_intp i = 0; i < inner; i++) to[i] = (from[i] - m) * scale + shift;
      }
    }
    return;
  }
  double total[BN_COLUMNS];
  T zero[BN_COLUMNS], scale[BN_COLUMNS];
  for (int k = 0; k < BN_COLUMNS; k++) zero[k] = 0;
  for (npy_intp first = 0; first < kept; first += BN_COLUMNS) {
    const int n = kept - first < BN_COLUMNS ? (int) (kept - first) : BN_COLUMNS;
    const T *m = mean + first, *shift = beta + first;
    bn_column_totals<T, bn_shifted<T> >(x, x, outer, kept, first, n, zero, total);
    for (int k = 0; k < n; k++) mean[first + k] = (T) (total[k] / count);
    bn_column_totals<T, bn_square<T> >(x, x, outer, kept, first, n, m, total);
    for (int k = 0; k < n; k++) {
      var[first + k] = (T) (total[k] / count);
      scale[k] = (T) (gamma[first + k] / std::sqrt((double) var[first + k] + eps));
    }
    for (npy_intp r = 0; r < outer; r++) {
      const T* __restrict from = x + r * kept + first;
      T* __restrict to = out + r * kept + first;
      #pragma GCC ivdep
      for (int k = 0; k < n; k++) to[k] = (from[k] - m[k]) * scale[k] + shift[k];
    }
  }
}

/* dx = u dy + v (x - mean) + w, with one u, v, w for each kept place. */
template <typename T>
static void bn_train_grad(const T* __restrict dy, const T* __restrict x, const T* gamma,
                          const T* mean, const T* var, T* __restrict dx, T* dgamma, T* dbeta,
                          npy_intp outer, npy_intp kept, npy_intp inner, double eps) {
  const double count = (double) outer * (double) inner;
  if (outer > 1 && inner > 1 && inner < BN_SHORT) {
    const npy_intp n = outer * inner, step = kept * inner;
    std::vector<T> slope(n), from(n), to(n);
    for (npy_intp c = 0; c < kept; c++) {
      bn_gather(dy + c * inner, slope.data(), outer, step, inner);
      bn_gather(x + c * inner, from.data(), outer, step, inner);
      bn_train_grad(slope.data(), from.data(), gamma + c, mean + c, var + c, to.data(),
                    dgamma + c, dbeta + c, 1, 1, n, eps);
      bn_scatter(to.data(), dx + c * inner, outer, step, inner);
    }
    return;
  }
  if (inner > 1) {
    for (npy_intp c = 0; c < kept; c++) {
      double sum = 0, products = 0;
      const T m = mean[c];
      for (npy_intp r = 0; r < outer; r++) {
        const npy_intp row = (r * kept + c) * inner;
        sum += bn_total<T, bn_shifted<T> >(dy + row, NULL, inner, 0);
        products += bn_total<T, bn_product<T> >(x + row, dy + row, inner, m);
      }
      const double invstd = 1 / std::sqrt((double) var[c] + eps);
      dbeta[c] = (T) sum;
      dgamma[c] = (T) (products * invstd);
      const T u = (T) (gamma[c] * invstd), w = (T) (-gamma[c] * invstd * sum / count);
      const T v = (T) (-gamma[c] * invstd * invstd * invstd * products / count);
      for (npy_intp r = 0; r < outer; r++) {
        const npy_intp row = (r * kept + c) * inner;
        const T *__restrict g = dy + row, *__restrict from = x + row;
        T* __restrict to = dx + row;
        for (npy_intp i = 0; i < inner; i++) to[i] = u * g[i] + v * (from[i] - m) + w;
      }
    }
    return;
  }
  double sum[BN_COLUMNS], products[BN_COLUMNS];
  T zero[BN_COLUMNS], u[BN_COLUMNS], v[BN_COLUMNS], w[BN_COLUMNS];
  for (int k = 0; k < BN_COLUMNS; k++) zero[k] = 0;
  for (npy_intp first = 0; first < kept; first += BN_COLUMNS) {
    const int n = kept - first < BN_COLUMNS ? (int) (kept - first) : BN_COLUMNS;
    const T* m = mean + first;
    bn_column_totals<T, bn_shifted<T> >(dy, dy, outer, kept, first, n, zero, sum);
    bn_column_totals<T, bn_product<T> >(x, dy, outer, kept, first, n, m, products);
    for (int k = 0; k < n; k++) {
      const double invstd = 1 / std::sqrt((double) var[first + k] + eps), g = gamma[first + k];
      dbeta[first + k] = (T) sum[k];
      dgamma[first + k] = (T) (products[k] * invstd);
      u[k] = (T) (g * invstd);
      v[k] = (T) (-g * invstd * invstd * invstd * products[k] / count);
      w[k] = (T) (-g * invstd * sum[k] / count);
    }
    for (npy_intp r = 0; r < outer; r++) {
      const T *__restrict g = dy + r * kept + first, *__restrict from = x + r * kept + first;
      T* __restrict to = dx + r * kept + first;
      #pragma GCC ivdep
      for (int k = 0; k < n; k++) to[k] = u[k] * g[k] + v[k] * (from[k] - m[k]) + w[k];
    }
  }
}
"""

_SIZES = """
      npy_intp outer = 1, kept = 1, inner = 1;
      for (int k = 0; k < PyArray_NDIM({x}); k++) {{
        const npy_intp n = PyArray_DIMS({x})[k];
        if (k < {first}) outer *= n; else if (k < {after}) kept *= n; else inner *= n;
      }}
"""


def _call(function, dtype, axes, inames, onames, likes, names, sub):
    """Contiguous inputs, checked and allocated, around a call of `function`.

    ``inames[0]`` has the full shape; ``likes`` gives for each output the input whose shape it has.
    """
    first, after = axes
    fail = sub["fail"]
    x = inames[0]
    held = [f"in{k}" for k in range(len(inames))]
    checks = "".join(
        f"if (!bn_fits({iname}, {x}, {0 if full else first}, "
        f'PyArray_NDIM({iname}), "{name}")) {{ {fail} }}\n'
        for iname, (name, full) in zip(inames[1:], names, strict=True)
    )
    allocate = "".join(
        f"if (!bn_allocate(&{oname}, {inames[like]})) {{ {fail} }}\n"
        for oname, like in zip(onames, likes, strict=True)
    )
    hold = "".join(
        f"PyArrayObject* {h} = bn_contiguous({i});\n" for h, i in zip(held, inames, strict=True)
    )
    drop = " ".join(f"Py_XDECREF({h});" for h in held)
    data = ", ".join(f"(npy_{dtype}*) PyArray_DATA({a})" for a in [*held, *onames])
    return f"""
    {{
      {checks}
      {allocate}
      {_SIZES.format(x=x, first=first, after=after)}
      {hold}
      if ({" || ".join(f"{h} == NULL" for h in held)}) {{ {drop} {fail} }}
      {function}<npy_{dtype}>({data}, outer, kept, inner, {{epsilon}});
      {drop}
    }}
    """


def train_code(dtype, axes, epsilon, inames, onames, sub):
    """C code of x, gamma, beta -> out, mean, var; `axes`: first kept one, and the one after."""
    names = [("gamma", False), ("beta", False)]
    code = _call("bn_train", dtype, axes, inames, onames, (0, 1, 1), names, sub)
    return code.replace("{epsilon}", repr(epsilon))


def grad_code(dtype, axes, epsilon, inames, onames, sub):
    """C code of dy, x, gamma, mean, var -> dx, dgamma, dbeta."""
    names = [("inputs", True), ("gamma", False), ("mean", False), ("variance", False)]
    code = _call("bn_train_grad", dtype, axes, inames, onames, (1, 2, 2), names, sub)
    return code.replace("{epsilon}", repr(epsilon))
