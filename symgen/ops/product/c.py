"""The product of a matrix of few rows with a larger one, in C for AVX2 and AVX-512.

A BLAS lays out both factors anew, in the order in which its innermost loop reads them. That pays
where the product is large. With 20 rows it takes as long as a third of the product. Here the
larger factor is read where it lies: for two vectors of adjacent columns at a time, the sums of up to
14 rows stay in registers (6 with AVX2) while the loop goes down the columns.

On one core of a Zen 5 in float32, GFLOP/s of this and of OpenBLAS: 20 rows by 784 x 500 219 and
138, 32 by 784 x 128 254 and 159, 100 by 128 x 512 232 and 211.
"""

SUPPORT_CODE = """
#if defined(__linux__)
// Whichever OpenBLAS is linked; NULL where another BLAS is.
extern "C" int openblas_get_num_threads(void) __attribute__((weak));
extern "C" int scipy_openblas_get_num_threads(void) __attribute__((weak));
static int few_rows_blas_threads() {
  if (scipy_openblas_get_num_threads) return scipy_openblas_get_num_threads();
  return openblas_get_num_threads ? openblas_get_num_threads() : 0;
}
#else
static int few_rows_blas_threads() { return 0; }
#endif

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
#if defined(__AVX512F__)
enum { FEW_ROWS_WIDTH = 16, FEW_ROWS_BLOCK = 14, FEW_ROWS_MOST = 128 };
#else
enum { FEW_ROWS_WIDTH = 8, FEW_ROWS_BLOCK = 6, FEW_ROWS_MOST = 32 };
#endif
enum { FEW_ROWS_PANEL = 2 * FEW_ROWS_WIDTH, FEW_ROWS_AHEAD = 12, FEW_ROWS_PART = 128 };

/* Whether this is faster than the BLAS, by measurement. A BLAS of unknown threads counts as one of
   many. With more threads it gains where the work is worth waking them. */
static bool few_rows_pay(npy_intp rows, npy_intp columns, npy_intp inner) {
  if (rows > FEW_ROWS_MOST || columns < FEW_ROWS_PANEL || inner < 8) return false;
  const int threads = few_rows_blas_threads();
  if (threads != 1)
    return rows <= 32 && rows * columns * inner * (threads ? threads - 1 : 3) <= 4000000;
  return rows <= 64 ? columns * inner <= 2000000 : columns * inner <= 260000;
}

typedef float few_rows_vector
    __attribute__((vector_size(4 * FEW_ROWS_WIDTH), aligned(4), may_alias));

/* c = alpha a b + beta c for N rows and one panel of columns; a[i][k] = a[i * row + k * column]. */
template <int N>
static void few_rows_block(npy_intp inner, float alpha, const float* a, npy_intp row,
                           npy_intp column, const float* b, npy_intp b_row, float beta, float* c,
                           npy_intp c_row) {
  few_rows_vector left[N], right[N];
  for (int i = 0; i < N; i++) left[i] = right[i] = few_rows_vector{};
  for (npy_intp k = 0; k < inner; k++, a += column, b += b_row) {
    __builtin_prefetch(b + FEW_ROWS_AHEAD * b_row);
    __builtin_prefetch(b + FEW_ROWS_AHEAD * b_row + FEW_ROWS_PANEL / 2);
    const few_rows_vector b_left = *(const few_rows_vector*) b;
    const few_rows_vector b_right = *(const few_rows_vector*) (b + FEW_ROWS_WIDTH);
    #pragma GCC unroll 16
    for (int i = 0; i < N; i++) {
      left[i] += a[i * row] * b_left;
      right[i] += a[i * row] * b_right;
    }
  }
  #pragma GCC unroll 16
  for (int i = 0; i < N; i++) {
    few_rows_vector* to = (few_rows_vector*) (c + i * c_row);
    few_rows_vector* next = (few_rows_vector*) (c + i * c_row + FEW_ROWS_WIDTH);
    few_rows_vector one = alpha * left[i], two = alpha * right[i];
    if (beta != 0) { one += beta * *to; two += beta * *next; }
    *to = one;
    *next = two;
  }
}

static void few_rows_panel(npy_intp rows, npy_intp inner, float alpha, const float* a,
                           npy_intp row, npy_intp column, const float* b, npy_intp b_row,
                           float beta, float* c, npy_intp c_row) {
  while (rows > 0) {
    // Blocks of about the same size, and even where that can be.
    const npy_intp blocks = (rows + FEW_ROWS_BLOCK - 1) / FEW_ROWS_BLOCK;
    npy_intp block = 2 * ((rows + 2 * blocks - 1) / (2 * blocks));
    if (block > rows) block = rows > 1 ? rows / 2 * 2 : 1;
    #define FEW_ROWS_CASE(N) \\
      case N: few_rows_block<N>(inner, alpha, a, row, column, b, b_row, beta, c, c_row); break;
    switch (block) {
      FEW_ROWS_CASE(1) FEW_ROWS_CASE(2) FEW_ROWS_CASE(4) FEW_ROWS_CASE(6)
      #if defined(__AVX512F__)
      FEW_ROWS_CASE(8) FEW_ROWS_CASE(10) FEW_ROWS_CASE(12) FEW_ROWS_CASE(14)
      #endif
    }
    #undef FEW_ROWS_CASE
    rows -= block;
    a += block * row;
    c += block * c_row;
  }
}

/* The same in parts of the inner axis: a long sum in one total would round twice as much as the
   BLAS's, which sums by parts too. */
static void few_rows_parts(npy_intp rows, npy_intp inner, float alpha, const float* a, npy_intp row,
                           npy_intp column, const float* b, npy_intp b_row, float beta, float* c,
                           npy_intp c_row) {
  const npy_intp parts = (inner + FEW_ROWS_PART - 1) / FEW_ROWS_PART;
  const npy_intp part = (inner + parts - 1) / parts;
  for (npy_intp k = 0; k < inner; k += part)
    few_rows_panel(rows, inner - k < part ? inner - k : part, alpha, a + k * column, row, column,
                   b + k * b_row, b_row, k ? 1 : beta, c, c_row);
}

static void few_rows_product(npy_intp rows, npy_intp columns, npy_intp inner, float alpha,
                             const float* a, npy_intp row, npy_intp column, const float* b,
                             npy_intp b_row, float beta, float* c, npy_intp c_row) {
  npy_intp j = 0;
  for (; j + FEW_ROWS_PANEL <= columns; j += FEW_ROWS_PANEL)
    few_rows_parts(rows, inner, alpha, a, row, column, b + j, b_row, beta, c + j, c_row);
  if (j == columns) return;
  // The last panel overlaps the one before; only its new columns are written.
  float part[FEW_ROWS_MOST * FEW_ROWS_PANEL];
  const npy_intp old = FEW_ROWS_PANEL - (columns - j);
  few_rows_parts(rows, inner, alpha, a, row, column, b + j - old, b_row, 0, part, FEW_ROWS_PANEL);
  for (npy_intp i = 0; i < rows; i++)
    for (npy_intp k = old; k < FEW_ROWS_PANEL; k++) {
      float* to = c + i * c_row + j - old + k;
      *to = part[i * FEW_ROWS_PANEL + k] + (beta != 0 ? beta * *to : 0);
    }
}
#endif

/* The BLAS's sgemm, or the above in its stead. Its matrices go down the columns: what is here a row
   is there a column, and the larger factor is the first. */
static void few_rows_sgemm(char* first, char* second, const int* columns, const int* rows,
                           const int* inner, const float* alpha, const float* b, const int* b_row,
                           const float* a, const int* a_row, const float* beta, float* c,
                           const int* c_row) {
#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
  if (*first == 'N' && few_rows_pay(*rows, *columns, *inner)) {
    const bool plain = *second == 'N';
    few_rows_product(*rows, *columns, *inner, *alpha, a, plain ? *a_row : 1, plain ? 1 : *a_row, b,
                     *b_row, *beta, c, *c_row);
    return;
  }
#endif
  sgemm_(first, second, columns, rows, inner, alpha, b, b_row, a, a_row, beta, c, c_row);
}
"""


def with_few_rows(code):
    """PyTensor's C `code` of a product, with each call of the BLAS's ``sgemm_`` replaced."""
    if "sgemm_(" not in code:
        raise AssertionError("no call of sgemm_ in PyTensor's C code of a matrix product")
    return code.replace("sgemm_(", "few_rows_sgemm(")
