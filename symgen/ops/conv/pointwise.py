"""Convolutions of one tap in C: products of matrices that are read where they lie.

With one tap, stride 1 and no padding a convolution mixes the channels of each place alone:

    output (filters x places) = filters (filters x channels) image (channels x places)

for each image. Places lie side by side already, so that nothing is laid out anew but the filters: vectors
are of places. The gradient by the filters is the sum over images of

    output (filters x places) image^T (places x channels)

where one side is laid out anew, some places at a time, which stay in the first cache.
"""

CODE = """
/* ---- one tap: vectors of places ---- */

/* Whether vectors of places fill; the rest of a channel counts as a whole one. */
static bool conv_is_pointwise(const ConvCall& call) {
  if (call.tap_count != 1 || call.unshared) return false;
  for (int k = 0; k < 3; k++)
    if (call.stride[k] != 1 || call.before[k] != 0 || call.after[k] != 0) return false;
  const npy_intp places = call.output_places, vectors = (places + CONV_LANES - 1) / CONV_LANES;
  return 8 * (vectors * CONV_LANES - places) <= places;
}

/* The first `width` numbers, then zeros. */
static inline conv_vec conv_load_part(const conv_real* from, int width) {
  conv_real line[CONV_LANES] = {0};
  memcpy(line, from, width * sizeof(conv_real));
  return conv_load(line);
}

/* result (ROWS x VECTORS) = filters (ROWS, by depth) source (depth x VECTORS), lines `step` apart */
template <int ROWS, int VECTORS>
static void conv_point_product(const conv_real* filters, npy_intp depth, const conv_real* source,
                               npy_intp source_step, conv_real* result, npy_intp step) {
  conv_vec sum[ROWS][VECTORS];
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) sum[m][v] = conv_vec{0};
  for (npy_intp r = 0; r < depth; r++, filters += ROWS, source += source_step) {
    conv_vec here[VECTORS];
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) here[v] = conv_load(source + v * CONV_LANES);
    #pragma GCC unroll 16
    for (int m = 0; m < ROWS; m++)
      #pragma GCC unroll 2
      for (int v = 0; v < VECTORS; v++) sum[m][v] += filters[m] * here[v];
  }
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++)
      memcpy(result + m * step + v * CONV_LANES, &sum[m][v], sizeof sum[m][v]);
}

typedef void (*ConvPointProduct)(const conv_real*, npy_intp, const conv_real*, npy_intp, conv_real*,
                                 npy_intp);

template <int VECTORS>
static ConvPointProduct conv_point_product_of(int rows) {
  switch (rows) {
    case 12: return conv_point_product<CONV_ROWS, VECTORS>;
    case 8: return conv_point_product<(CONV_ROWS > 8 ? 8 : CONV_ROWS), VECTORS>;
    case 6: return conv_point_product<(CONV_ROWS == 6 ? 6 : 1), VECTORS>;
    case 4: return conv_point_product<4, VECTORS>;
    case 2: return conv_point_product<2, VECTORS>;
    default: return conv_point_product<1, VECTORS>;
  }
}

enum { CONV_POINT_TILES = 16 };  /* of two vectors, in a unit */

struct ConvPoints {
  const conv_real *filters, *source;
  conv_real *result, *lines;        /* lines: of each thread, the last places of all channels */
  npy_intp groups, rows, depth, places, chunks;
};

/* Some places of one image. */
static void conv_points_unit(void* context, int unit, int thread) {
  const ConvPoints& w = *(const ConvPoints*) context;
  const npy_intp n = unit / w.chunks, first = unit % w.chunks * CONV_POINT_TILES * 2 * CONV_LANES;
  const npy_intp after = first + CONV_POINT_TILES * 2 * CONV_LANES;
  const npy_intp last = after < w.places ? after : w.places;
  conv_real* lines = w.lines + thread * (w.depth + CONV_ROWS) * CONV_LANES;
  for (npy_intp g = 0; g < w.groups; g++) {
    const conv_real* source = w.source + (n * w.groups + g) * w.depth * w.places;
    conv_real* result = w.result + (n * w.groups + g) * w.rows * w.places;
    const conv_real* filters = w.filters + g * w.rows * w.depth;
    npy_intp width;
    for (npy_intp place = first; place < last; place += width) {
      const npy_intp left = last - place;
      width = left >= 2 * CONV_LANES ? 2 * CONV_LANES : left < CONV_LANES ? left : (npy_intp) CONV_LANES;
      const bool whole = width >= CONV_LANES;
      if (!whole)
        for (npy_intp r = 0; r < w.depth; r++) {
          const conv_vec part = conv_load_part(source + r * w.places + place, (int) width);
          memcpy(lines + r * CONV_LANES, &part, sizeof part);
        }
      npy_intp size;
      for (npy_intp row = 0; row < w.rows; row += size) {
        size = conv_rows(w.rows - row);
        const ConvPointProduct product = width > CONV_LANES ? conv_point_product_of<2>((int) size)
                                                            : conv_point_product_of<1>((int) size);
        conv_real* to = result + row * w.places + place;
        const conv_real* tile = filters + row * w.depth;
        if (whole) {
          product(tile, w.depth, source + place, w.places, to, w.places);
          continue;
        }
        conv_real* made = lines + w.depth * CONV_LANES;
        product(tile, w.depth, lines, CONV_LANES, made, CONV_LANES);
        for (npy_intp m = 0; m < size; m++)
          memcpy(to + m * w.places, made + m * CONV_LANES, width * sizeof(conv_real));
      }
    }
  }
}

/* The convolution, or with `transposed` its gradient by the image. False: no memory. */
static bool conv_points(const ConvCall& call, bool transposed, const conv_real* source,
                        const conv_real* filters, conv_real* result) {
  ConvPoints w;
  w.source = source;
  w.result = result;
  w.groups = call.groups;
  w.rows = transposed ? call.channels : call.filters;
  w.depth = transposed ? call.filters : call.channels;
  w.places = call.output_places;
  w.chunks = (w.places + CONV_POINT_TILES * 2 * CONV_LANES - 1) / (CONV_POINT_TILES * 2 * CONV_LANES);
  conv_real* tiles = conv_packed_filters.get(call.output_channels() * call.channels);
  w.lines = conv_chunks.get(threads_count() * (w.depth + CONV_ROWS) * CONV_LANES);
  if (tiles == NULL || w.lines == NULL) return false;
  conv_pack_filters(call, transposed, filters, tiles);
  w.filters = tiles;
  threads_parallel(conv_points_unit, &w, (int) (call.batch * w.chunks));
  return true;
}

#if CONV_GRADIENTS
/* total (ROWS x VECTORS) += rows (ROWS lines of places, `step` apart) times vectors (places x VECTORS);
   meanwhile what lies `ahead` is fetched, a line of the cache for each place */
template <int ROWS, int VECTORS>
static void conv_point_outer(npy_intp places, const conv_real* rows, npy_intp step,
                             const conv_real* vectors, conv_real* total, const conv_real* ahead) {
  conv_vec sum[ROWS][VECTORS];
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) sum[m][v] = conv_load(total + (m * VECTORS + v) * CONV_LANES);
  for (npy_intp p = 0; p < places; p++, rows++, vectors += VECTORS * CONV_LANES) {
    __builtin_prefetch((const char*) ahead + 64 * p, 0, 2);
    conv_vec here[VECTORS];
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) here[v] = *(const conv_vec*) (vectors + v * CONV_LANES);
    #pragma GCC unroll 16
    for (int m = 0; m < ROWS; m++)
      #pragma GCC unroll 2
      for (int v = 0; v < VECTORS; v++) sum[m][v] += rows[m * step] * here[v];
  }
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++)
      memcpy(total + (m * VECTORS + v) * CONV_LANES, &sum[m][v], sizeof sum[m][v]);
}

typedef void (*ConvPointOuter)(npy_intp, const conv_real*, npy_intp, const conv_real*, conv_real*,
                               const conv_real*);

template <int VECTORS>
static ConvPointOuter conv_point_outer_of(int rows) {
  switch (rows) {
    case 12: return conv_point_outer<CONV_ROWS, VECTORS>;
    case 8: return conv_point_outer<(CONV_ROWS > 8 ? 8 : CONV_ROWS), VECTORS>;
    case 6: return conv_point_outer<(CONV_ROWS == 6 ? 6 : 1), VECTORS>;
    case 4: return conv_point_outer<4, VECTORS>;
    case 2: return conv_point_outer<2, VECTORS>;
    default: return conv_point_outer<1, VECTORS>;
  }
}

enum { CONV_POINT_PLACES = 64 };  /* at once: both sides of them stay in the first cache */

struct ConvPointsBackward {
  const ConvCall* call;
  const conv_real *rows, *vectors;  /* the sides: which channels are lines, and which vectors */
  npy_intp row_count, vector_count, width;  /* width: vector_count in whole vectors */
  conv_real *scratch, *sums;                /* of each thread, of each part */
  npy_intp per_thread, parts, per_part;
};

/* Some places of all channels of the vectors' side: [tile of two vectors][place][channel]. */
static void conv_point_vectors(const ConvPointsBackward& w, const conv_real* from, npy_intp count,
                               conv_real* to) {
  const npy_intp places = w.call->output_places;
  for (npy_intp c = 0; c < w.width; c += CONV_LANES) {
    const npy_intp tile = c / (2 * CONV_LANES) * (2 * CONV_LANES), held = w.vector_count - c;
    const npy_intp next = w.width - tile < 2 * CONV_LANES ? (npy_intp) CONV_LANES : 2 * CONV_LANES;
    conv_real* at = to + tile * CONV_POINT_PLACES + (c - tile);
    for (npy_intp place = 0; place < count; place += CONV_LANES) {
      const int here = count - place < CONV_LANES ? (int) (count - place) : (int) CONV_LANES;
      conv_vec v[CONV_LANES];
      for (int i = 0; i < CONV_LANES; i++) {
        const conv_real* line = from + (c + i) * places + place;
        v[i] = i >= held ? conv_vec{0} : here == CONV_LANES ? conv_load(line) : conv_load_part(line, here);
      }
      conv_transpose(v);
      for (int i = 0; i < here; i++) *(conv_vec*) (at + (place + i) * next) = v[i];
    }
  }
}

/* A part of the batch: its own sums, so that these are cut by the sizes alone. */
static void conv_points_backward_unit(void* context, int unit, int thread) {
  const ConvPointsBackward& w = *(const ConvPointsBackward*) context;
  const ConvCall& call = *w.call;
  const npy_intp part = unit % w.parts, g = unit / w.parts, places = call.output_places;
  const npy_intp last = (part + 1) * w.per_part < call.batch ? (part + 1) * w.per_part : call.batch;
  conv_real* vectors = w.scratch + thread * w.per_thread;
  conv_real* sums = w.sums + (part * call.groups + g) * w.row_count * w.width;
  memset(sums, 0, w.row_count * w.width * sizeof(conv_real));
  for (npy_intp n = part * w.per_part; n < last; n++) {
    const conv_real* rows = w.rows + (n * call.groups + g) * w.row_count * places;
    const conv_real* others = w.vectors + (n * call.groups + g) * w.vector_count * places;
    /* the next image, of which nothing is in a cache */
    const npy_intp next = call.groups * places, all_rows = w.row_count * places;
    const npy_intp all = all_rows + w.vector_count * places, left = n + 1 < last;
    npy_intp ahead = 0;
    for (npy_intp place = 0; place < places; place += CONV_POINT_PLACES) {
      const npy_intp count = places - place < CONV_POINT_PLACES ? places - place
                                                                : (npy_intp) CONV_POINT_PLACES;
      conv_point_vectors(w, others + place, count, vectors);
      for (npy_intp c = 0; c < w.width; c += 2 * CONV_LANES)
        for (npy_intp row = 0, size; row < w.row_count; row += size) {
          size = conv_rows(w.row_count - row);
          const bool two = w.width - c > CONV_LANES;
          const ConvPointOuter outer =
              two ? conv_point_outer_of<2>((int) size) : conv_point_outer_of<1>((int) size);
          const conv_real* soon = rows;
          if (left && ahead < all_rows) soon = rows + next * w.row_count + ahead;
          else if (left && ahead < all) soon = others + next * w.vector_count + ahead - all_rows;
          ahead += count * (64 / sizeof(conv_real));
          outer(count, rows + row * places + place, places, vectors + c * CONV_POINT_PLACES,
                sums + c * w.row_count + row * (two ? 2 : 1) * CONV_LANES, soon);
        }
    }
  }
}

/* The gradient by the filters, added to `result`. False: no memory. */
static bool conv_points_backward(const ConvCall& call, const conv_real* image, const conv_real* output,
                                 conv_real* result) {
  const bool swapped = conv_outer_cost(call, true) < conv_outer_cost(call, false);
  ConvPointsBackward w;
  w.call = &call;
  /* swapped: rows are filters, vectors channels */
  w.rows = swapped ? output : image;
  w.vectors = swapped ? image : output;
  w.row_count = swapped ? call.filters : call.channels;
  w.vector_count = swapped ? call.channels : call.filters;
  w.width = conv_vectors_for(w.vector_count) * CONV_LANES;
  w.per_part = (call.batch + 31) / 32 < 4 ? 4 : (call.batch + 31) / 32;
  w.parts = (call.batch + w.per_part - 1) / w.per_part;
  w.per_thread = w.width * CONV_POINT_PLACES;
  w.scratch = conv_packed_image.get(threads_count() * w.per_thread);
  w.sums = conv_packed_output.get(w.parts * call.groups * w.row_count * w.width);
  if (w.scratch == NULL || w.sums == NULL) return false;
  threads_parallel(conv_points_backward_unit, &w, (int) (call.groups * w.parts));
  for (npy_intp part = 0; part < w.parts; part++)
    for (npy_intp g = 0; g < call.groups; g++) {
      const conv_real* sums = w.sums + (part * call.groups + g) * w.row_count * w.width;
      conv_real* to = result + g * call.filters * call.channels;
      for (npy_intp row = 0; row < w.row_count; row++)
        for (npy_intp i = 0; i < w.vector_count; i++) {
          const npy_intp c = i / (2 * CONV_LANES) * (2 * CONV_LANES);
          const npy_intp width = w.width - c > CONV_LANES ? 2 * CONV_LANES : (npy_intp) CONV_LANES;
          to[swapped ? row * call.channels + i : i * call.channels + row] +=
              sums[c * w.row_count + row * width + i - c];
        }
    }
  return true;
}
#endif
"""
