"""The product of two matrices in C for AVX2 and AVX-512, on the shared threads.

For two vectors of adjacent columns of the result at a time, a panel, the sums of up to 14 rows stay in
registers (6 with AVX2), while the loop goes down the inner axis in parts of at most 256. A part of the
right factor's panel is laid out anew, where the rows are enough to pay for it or its columns are not
adjacent: it then stays in the first cache. The first rows lay it out in passing, where they can. The left factor is read where it lies. A BLAS lays out both;
with a minibatch's few rows that takes as long as a third of the product.
"""

from symgen.ops import aligned, threads
from symgen.ops.lanes import transpose_code

HEADERS = [*threads.HEADERS, *aligned.HEADERS, "<utility>"]

VERSION = 13 + threads.VERSION + aligned.VERSION

_SIZES = """
#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
#define PRODUCT_IN_C 1
#if defined(__AVX512F__)
enum { PRODUCT_WIDTH = 16, PRODUCT_BLOCK = 14 };
#else
enum { PRODUCT_WIDTH = 8, PRODUCT_BLOCK = 6 };
#endif
/* PACK: with so many rows the panel is laid out anew. MOST: rows at once, whose part of the left
   factor stays in the second cache. UNIT: multiplications that are worth a thread's while. */
enum { PRODUCT_PANEL = 2 * PRODUCT_WIDTH, PRODUCT_AHEAD = 12, PRODUCT_PART = 256, PRODUCT_CHUNK = 32,
       PRODUCT_PACK = 48, PRODUCT_MOST = 560, PRODUCT_UNIT = 400000 };
typedef float product_vector
    __attribute__((vector_size(4 * PRODUCT_WIDTH), aligned(4), may_alias));
typedef int product_mask __attribute__((vector_size(4 * PRODUCT_WIDTH)));
"""

_CODE = """
/* Memory that is read soon: `count` rows of `lines` lines of the cache, `step` numbers from one row to
   the next. */
struct ProductNext { const float* at; npy_intp count, step, lines, line; };

static inline void product_fetch(ProductNext& next, npy_intp times) {
  for (; times > 0 && next.count > 0; times--) {
    __builtin_prefetch(next.at + 16 * next.line, 0, 0);
    if (++next.line < next.lines) continue;
    next.line = 0;
    next.at += next.step;
    next.count--;
  }
}

/* c = alpha a b + beta z for N rows and one panel of columns; a[i][k] = a[i * row + k * column].
   Meanwhile what is next is fetched, `at_once` lines at a time: too many at once would be dropped. */
template <int N, bool PACKS>
static void product_block(npy_intp inner, float alpha, const float* a, npy_intp row,
                          npy_intp column, const float* b, npy_intp b_row, float beta,
                          const float* z, npy_intp z_row, float* c, npy_intp c_row,
                          ProductNext& next, npy_intp at_once, float* packed) {
  product_vector left[N], right[N];
  for (int i = 0; i < N; i++) {
    left[i] = right[i] = product_vector{};
    // By the end of the loop below these are here.
    __builtin_prefetch(c + i * c_row, 1);
    __builtin_prefetch(c + i * c_row + PRODUCT_WIDTH, 1);
    if (beta == 0 || z == c) continue;
    __builtin_prefetch(z + i * z_row);
    __builtin_prefetch(z + i * z_row + PRODUCT_WIDTH);
  }
  for (npy_intp k = 0, stop; k < inner; k = stop) {
    product_fetch(next, at_once);
    stop = k + PRODUCT_CHUNK < inner ? k + PRODUCT_CHUNK : inner;
    for (npy_intp l = k; l < stop; l++, a += column, b += b_row) {
      __builtin_prefetch(b + PRODUCT_AHEAD * b_row);
      __builtin_prefetch(b + PRODUCT_AHEAD * b_row + PRODUCT_WIDTH);
      const product_vector b_left = *(const product_vector*) b;
      const product_vector b_right = *(const product_vector*) (b + PRODUCT_WIDTH);
      if (PACKS) {
        *(product_vector*) packed = b_left;
        *(product_vector*) (packed + PRODUCT_WIDTH) = b_right;
        packed += PRODUCT_PANEL;
      }
      #pragma GCC unroll 16
      for (int i = 0; i < N; i++) {
        left[i] += a[i * row] * b_left;
        right[i] += a[i * row] * b_right;
      }
    }
  }
  #pragma GCC unroll 16
  for (int i = 0; i < N; i++) {
    product_vector* to = (product_vector*) (c + i * c_row);
    product_vector* next = (product_vector*) (c + i * c_row + PRODUCT_WIDTH);
    product_vector one = alpha * left[i], two = alpha * right[i];
    if (beta != 0) {
      one += beta * *(const product_vector*) (z + i * z_row);
      two += beta * *(const product_vector*) (z + i * z_row + PRODUCT_WIDTH);
    }
    *to = one;
    *next = two;
  }
}

/* Rows of the next block when `rows` are left: blocks of about one size, and even where that can be. */
static inline npy_intp product_rows(npy_intp rows) {
  const npy_intp blocks = (rows + PRODUCT_BLOCK - 1) / PRODUCT_BLOCK;
  const npy_intp block = 2 * ((rows + 2 * blocks - 1) / (2 * blocks));
  return block <= rows ? block : rows > 1 ? rows / 2 * 2 : 1;
}

static void product_panel(npy_intp rows, npy_intp inner, float alpha, const float* a, npy_intp row,
                          npy_intp column, const float* b, npy_intp b_row, float beta,
                          const float* z, npy_intp z_row, float* c, npy_intp c_row,
                          ProductNext next, float* packed) {
  const npy_intp chunks = ((rows + PRODUCT_BLOCK - 1) / PRODUCT_BLOCK)
                          * ((inner + PRODUCT_CHUNK - 1) / PRODUCT_CHUNK);
  const npy_intp at_once = next.count * next.lines / chunks + 1;
  while (rows > 0) {
    const npy_intp block = product_rows(rows);
    #define PRODUCT_ANY_CASE(N, PACKS) \\
      case N: product_block<N, PACKS>(inner, alpha, a, row, column, b, b_row, beta, z, z_row, c, c_row, \\
                                      next, at_once, packed); break;
    #define PRODUCT_CASE(N) PRODUCT_ANY_CASE(N, false)
    if (packed) switch (block) {
      PRODUCT_ANY_CASE(PRODUCT_BLOCK - 2, true) PRODUCT_ANY_CASE(PRODUCT_BLOCK, true)
    } else switch (block) {
      PRODUCT_CASE(1) PRODUCT_CASE(2) PRODUCT_CASE(4) PRODUCT_CASE(6)
      #if defined(__AVX512F__)
      PRODUCT_CASE(8) PRODUCT_CASE(10) PRODUCT_CASE(12) PRODUCT_CASE(14)
      #endif
    }
    #undef PRODUCT_CASE
    #undef PRODUCT_ANY_CASE
    if (packed) {
      b = packed;
      b_row = PRODUCT_PANEL;
      packed = NULL;
    }
    rows -= block;
    a += block * row;
    z += block * z_row;
    c += block * c_row;
  }
}

/* `inner` rows of a panel of b side by side; columns that are not there are zeros.
   b[k][j] = b[k * row + j * column], one of the two 1. */
static void product_pack(npy_intp inner, npy_intp columns, const float* b, npy_intp row,
                         npy_intp column, float* to) {
  if (columns < PRODUCT_PANEL) {
    for (npy_intp k = 0; k < inner; k++)
      for (npy_intp j = 0; j < PRODUCT_PANEL; j++)
        to[k * PRODUCT_PANEL + j] = j < columns ? b[k * row + j * column] : 0;
    return;
  }
  if (column == 1) {
    for (npy_intp k = 0; k < inner; k++) memcpy(to + k * PRODUCT_PANEL, b + k * row, 4 * PRODUCT_PANEL);
    return;
  }
  npy_intp k = 0;
  for (; k + PRODUCT_WIDTH <= inner; k += PRODUCT_WIDTH)
    for (int half = 0; half < PRODUCT_PANEL; half += PRODUCT_WIDTH) {
      product_vector v[PRODUCT_WIDTH];
      #pragma GCC unroll 16
      for (int i = 0; i < PRODUCT_WIDTH; i++)
        v[i] = *(const product_vector*) (b + (half + i) * column + k);
      product_transpose(v);
      #pragma GCC unroll 16
      for (int i = 0; i < PRODUCT_WIDTH; i++)
        *(product_vector*) (to + (k + i) * PRODUCT_PANEL + half) = v[i];
    }
  for (; k < inner; k++)
    for (npy_intp j = 0; j < PRODUCT_PANEL; j++) to[k * PRODUCT_PANEL + j] = b[k + j * column];
}

/* c = alpha a b + beta z: where the numbers are. */
struct Product {
  npy_intp rows, columns, inner;
  float alpha, beta;
  const float* a;
  npy_intp a_row, a_column;
  const float* b;
  npy_intp b_row, b_column;
  const float* z;
  npy_intp z_row;
  float* c;
  npy_intp c_row;
  npy_intp height, panels, across;  /* rows of a unit; panels of all columns; units side by side */
};

/* What a unit of work has in hand: its rows, `rows` of them from `top` on, and its columns. */
struct ProductUnit {
  npy_intp top, rows, first, last, part;
  bool packs;
  float packed[PRODUCT_PART * PRODUCT_PANEL] __attribute__((aligned(64)));
  float edge[PRODUCT_BLOCK * PRODUCT_PANEL] __attribute__((aligned(64)));
};

/* The panel whose first column is j, and the part of the inner axis from k on. */
static void product_piece(const Product& p, ProductUnit& u, npy_intp k, npy_intp j) {
  const npy_intp inner = p.inner - k < u.part ? p.inner - k : u.part;
  const npy_intp columns = u.last - j < PRODUCT_PANEL ? u.last - j : (npy_intp) PRODUCT_PANEL;
  const float* a = p.a + u.top * p.a_row + k * p.a_column;
  const float* b = p.b + k * p.b_row + j * p.b_column;
  const float beta = k ? 1 : p.beta;
  float* c = p.c + u.top * p.c_row + j;
  const npy_intp z_row = k ? p.c_row : p.z_row;
  const float* z = k ? c : p.z + u.top * p.z_row + j;
  npy_intp b_row = p.b_row;
  ProductNext next = {NULL, 0, 0, 0, 0};
  float* packed = NULL;
  if (u.packs || columns < PRODUCT_PANEL) {
    if (columns == PRODUCT_PANEL && p.b_column == 1 && product_rows(u.rows) >= PRODUCT_BLOCK - 2) {
      packed = u.packed;
    } else {
      product_pack(inner, columns, b, p.b_row, p.b_column, u.packed);
      b = u.packed;
      b_row = PRODUCT_PANEL;
    }
    const bool beside = j + PRODUCT_PANEL < u.last;
    if (beside || k + u.part < p.inner) {
      const bool plain = p.b_column == 1;
      next.at = beside ? p.b + k * p.b_row + (j + PRODUCT_PANEL) * p.b_column
                       : p.b + (k + u.part) * p.b_row + u.first * p.b_column;
      next.count = plain ? inner : (npy_intp) PRODUCT_PANEL;
      next.step = plain ? p.b_row : p.b_column;
      next.lines = ((plain ? (npy_intp) PRODUCT_PANEL : inner) + 15) / 16;
    }
  }
  if (columns == PRODUCT_PANEL) {
    product_panel(u.rows, inner, p.alpha, a, p.a_row, p.a_column, b, b_row, beta, z, z_row, c, p.c_row,
                  next, packed);
    return;
  }
  next.count = 0;
  for (npy_intp i = 0, here; i < u.rows; i += here, a += here * p.a_row) {
    here = product_rows(u.rows - i);
    product_panel(here, inner, p.alpha, a, p.a_row, p.a_column, b, b_row, 0, u.edge, PRODUCT_PANEL,
                  u.edge, PRODUCT_PANEL, next, NULL);
    for (npy_intp m = 0; m < here; m++)
      for (npy_intp n = 0; n < columns; n++) {
        const float sum = u.edge[m * PRODUCT_PANEL + n];
        c[(i + m) * p.c_row + n] = beta != 0 ? sum + beta * z[(i + m) * z_row + n] : sum;
      }
  }
}

/* In parts of the inner axis: a long sum in one total would round twice as much as the BLAS's, which
   sums by parts too. */
static void product_unit(void* context, int unit, int) {
  const Product& p = *(const Product*) context;
  const npy_intp parts = (p.inner + PRODUCT_PART - 1) / PRODUCT_PART;
  ProductUnit u;
  u.top = unit / p.across * p.height;
  u.rows = p.rows - u.top < p.height ? p.rows - u.top : p.height;
  u.first = unit % p.across * p.panels / p.across * PRODUCT_PANEL;
  u.last = (unit % p.across + 1) * p.panels / p.across * PRODUCT_PANEL;
  if (u.last > p.columns) u.last = p.columns;
  u.part = (p.inner + parts - 1) / parts;
  u.packs = u.rows >= PRODUCT_PACK || p.b_column != 1;
  if (u.packs)  // The part of the left factor stays in the cache.
    for (npy_intp k = 0; k < p.inner; k += u.part)
      for (npy_intp j = u.first; j < u.last; j += PRODUCT_PANEL) product_piece(p, u, k, j);
  else  // Down a panel, so that what is fetched ahead is what comes next.
    for (npy_intp j = u.first; j < u.last; j += PRODUCT_PANEL)
      for (npy_intp k = 0; k < p.inner; k += u.part) product_piece(p, u, k, j);
}

/* Cut into about two units for a thread: by rows where they are many, else by columns. Neighbours in a
   row may share a line of the cache, so that a unit's columns are side by side. */
static void product_run(Product& p) {
  const npy_intp all = (p.columns + PRODUCT_PANEL - 1) / PRODUCT_PANEL;
  const double units = (double) p.rows * p.columns * p.inner / PRODUCT_UNIT;
  const int threads = threads_count(), most = threads > 1 ? 2 * threads : 1;
  const npy_intp wanted = units < most ? (npy_intp) units + 1 : most;
  npy_intp heights = (p.rows + PRODUCT_MOST - 1) / PRODUCT_MOST, across = 1;
  if (p.rows >= 2 * PRODUCT_PACK * wanted) heights = heights < wanted ? wanted : heights;
  else across = wanted < all ? wanted : all;
  p.height = (p.rows + heights - 1) / heights;
  p.panels = all;
  p.across = across;
  threads_parallel(product_unit, &p, (int) ((p.rows + p.height - 1) / p.height * p.across));
}

/* Whether this is faster than the BLAS, by measurement. */
static bool product_pays(npy_intp rows, npy_intp columns, npy_intp inner, bool plain) {
  if (columns < PRODUCT_PANEL || inner < 8 || rows < (plain ? 4 : 8)) return false;
  const double size = (double) columns * inner;
  if (threads_count() == 1) return rows <= 64 ? size <= 2e6 : rows <= 128 && size <= 2.6e5;
  return rows * size < (rows <= 256 ? 4e8 : 1.6e8);
}
#endif

/* The z of a product that is not in place, until the product reads it; then NULL. */
static const float* product_z = NULL;
static npy_intp product_z_row = 0;

/* The BLAS's sgemm, or the above in its stead. Its matrices go down the columns: what is here a row
   is there a column, and our left factor is its second. */
static void product_sgemm(char* first, char* second, const int* columns, const int* rows,
                          const int* inner, const float* alpha, const float* b, const int* b_row,
                          const float* a, const int* a_row, const float* beta, float* c,
                          const int* c_row) {
  threads_serve_blas();
  const float* z = product_z ? product_z : c;
  const npy_intp z_row = product_z ? product_z_row : *c_row;
  product_z = NULL;
#if defined(PRODUCT_IN_C)
  const bool plain = *first == 'N';
  if (product_pays(*rows, *columns, *inner, plain)) {
    Product p;
    p.rows = *rows;
    p.columns = *columns;
    p.inner = *inner;
    p.alpha = *alpha;
    p.beta = *beta;
    p.a = a;
    p.a_row = *second == 'N' ? *a_row : 1;
    p.a_column = *second == 'N' ? 1 : *a_row;
    p.b = b;
    p.b_row = plain ? *b_row : 1;
    p.b_column = plain ? 1 : *b_row;
    p.z = z;
    p.z_row = z_row;
    p.c = c;
    p.c_row = *c_row;
    product_run(p);
    return;
  }
#endif
  for (npy_intp i = 0; z != c && i < *rows; i++) memcpy(c + i * *c_row, z + i * z_row, 4 * *columns);
  sgemm_(first, second, columns, rows, inner, alpha, b, b_row, a, a_row, beta, c, c_row);
}
"""

SUPPORT_CODE = "\n".join(
    [
        aligned.SUPPORT_CODE,
        threads.SUPPORT_CODE,
        threads.BLAS_SUPPORT_CODE,
        _SIZES,
        transpose_code("product_transpose", "float", "PRODUCT_WIDTH", "product_vector", "product_mask"),
        _CODE,
    ]
)


_READ_Z = """
        product_z = NULL;
        if (PyArray_TYPE({z}) == NPY_FLOAT && PyArray_IS_C_CONTIGUOUS({c}) && PyArray_SIZE({z}) > 0
            && PyArray_STRIDES({z})[1] == sizeof(float) && Nx[1] > 0
            && PyArray_STRIDES({z})[0] % (npy_intp) sizeof(float) == 0
            && PyArray_DIMS({z})[0] == dims[0] && PyArray_DIMS({z})[1] == dims[1]) {{
          product_z = (const float*) PyArray_DATA({z});
          product_z_row = PyArray_STRIDES({z})[0] / (npy_intp) sizeof(float);
        }} else """


def without_copy_of_z(code, z, c):
    """PyTensor's C `code` of ``c = b * z + a * dot(x, y)``, without the copy of z to c.

    Where the product can read z it does; what cannot be read so is copied as before.
    """
    before, copy, after = code.rpartition(f"if(PyArray_CopyInto({c}, {z}) == -1)")
    if not copy:
        raise AssertionError("no copy of z in PyTensor's C code of Gemm")
    return before + _READ_Z.format(z=z, c=c) + copy + after


def with_product(code):
    """PyTensor's C `code` of a product, with each call of the BLAS's ``sgemm_`` replaced."""
    if "sgemm_(" not in code:
        raise AssertionError("no call of sgemm_ in PyTensor's C code of a matrix product")
    return code.replace("sgemm_(", "product_sgemm(")
