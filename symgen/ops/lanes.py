"""C text that Ops share: vectors of adjacent numbers, for GCC and clang."""

_TRANSPOSE = r"""
#if defined(__clang__)
static inline void NAME(VEC* v) {
  for (int i = 0; i < LANES; i++)
    for (int j = 0; j < i; j++) {
      const REAL kept = v[i][j];
      v[i][j] = v[j][i];
      v[j][i] = kept;
    }
}
#else
template <int S, int... J>
static inline void NAME_exchange(VEC& a, VEC& b, std::integer_sequence<int, J...>) {
  const MASK low = {((J & S) ? LANES + (J ^ S) : J)...};
  const MASK high = {((J & S) ? LANES + J : (J | S))...};
  const VEC kept = __builtin_shuffle(a, b, low);
  b = __builtin_shuffle(a, b, high);
  a = kept;
}
template <int S>
static inline void NAME_stage(VEC* v) {
  #pragma GCC unroll 16
  for (int i = 0; i < LANES; i++)
    if (!(i & S)) NAME_exchange<S>(v[i], v[i | S], std::make_integer_sequence<int, LANES>());
}
static inline void NAME(VEC* v) {
  NAME_stage<1>(v);
  if (LANES > 2) NAME_stage<2 % LANES>(v);
  if (LANES > 4) NAME_stage<4 % LANES>(v);
  if (LANES > 8) NAME_stage<8 % LANES>(v);
}
#endif
"""


def transpose_code(name, real, lanes, vector, mask):
    """A C++ function ``name(vector* v)`` that transposes the square of `lanes` vectors in place.

    Parameters
    ----------
    name, real, lanes, vector, mask : str
        C names: of the function; a number's type; how many are in a vector; a vector's type,
        and that of a vector of integers of the same size. ``<utility>`` must be included.
    """
    text = _TRANSPOSE
    for placeholder, given in zip(
        ("NAME", "REAL", "LANES", "VEC", "MASK"), (name, real, lanes, vector, mask), strict=True
    ):
        text = text.replace(placeholder, given)
    return text
