"""Convolutions in C: no patches; a product of small matrices for each place and tap.

Blocks of images, as many as two vector registers have lanes, are laid out as
``[place][channel][image]``. There the output at a place is a sum over taps of

    output[place] (filters x images) += filters[tap] (filters x channels) image[place + tap] (channels x images)

with both factors contiguous, so that one loop with a tile of accumulators in registers runs over taps
and channels. Which taps reach a pixel, and which pixel, is a list made for each coordinate beforehand:
strides, dilation, padding and the transposed convolution differ in their lists alone, and no product
with a zero of the padding is computed. The gradient by the filters adds, for each pair of a filter and
a channel, the products of vectors of images over all places; or, with channels or filters enough to
fill vectors, those of numbers of one side with vectors of the other. Where the channels are few, so that
laying out both sides takes most of the time, the output's gradient is read where it lies and multiplied
with patches, of a hundred places at a time: these stay in the first cache.

A batch that fills less than half a vector is computed by patches and a product of the BLAS instead, and
filters of one tap by :mod:`symgen.ops.conv.pointwise`.

What is fixed when the C code is compiled is the dtype and the number of axes; everything else comes
with the call.
"""

from symgen.ops import aligned, threads
from symgen.ops.conv import pointwise
from symgen.ops.lanes import transpose_code

VERSION = 12 + threads.VERSION + aligned.VERSION

HEADERS = [*aligned.HEADERS, *threads.HEADERS, "<stdint.h>", "<string.h>", "<utility>", "<vector>"]

# Everything here is static in its module, where `real` is the dtype and REAL_GEMM the BLAS's product.
_SIZES = """
#if defined(__AVX512F__)
  enum { CONV_BYTES = 64, CONV_ROWS = 12, CONV_F = 6, CONV_C = 4 };
#elif defined(__AVX__)
  enum { CONV_BYTES = 32, CONV_ROWS = 6, CONV_F = 3, CONV_C = 4 };
#elif defined(__aarch64__)
  enum { CONV_BYTES = 16, CONV_ROWS = 12, CONV_F = 6, CONV_C = 4 };
#else
  enum { CONV_BYTES = 16, CONV_ROWS = 6, CONV_F = 3, CONV_C = 4 };
#endif
enum { CONV_LANES = CONV_BYTES / sizeof(conv_real) };
enum { CONV_TASK_CONV = 0, CONV_TASK_GRAD_INPUTS = 1, CONV_TASK_GRAD_WEIGHTS = 2 };
typedef conv_real conv_vec __attribute__((vector_size(CONV_BYTES), may_alias));
typedef conv_int conv_mask __attribute__((vector_size(CONV_BYTES)));

/* ---- memory that stays between calls ---- */

struct ConvBuffer {
  void* start = NULL;
  size_t size = 0;
  conv_real* get(size_t count) {
    const size_t bytes = count * sizeof(conv_real) + 4096;
    if (bytes > size) {
      free(start);
      start = malloc(bytes + 64);
      size = start == NULL ? 0 : bytes;
    }
    /* by hand: Windows has no posix_memalign */
    return start == NULL ? NULL : (conv_real*) (((uintptr_t) start + 63) / 64 * 64);
  }
  ~ConvBuffer() { free(start); }
};
static ConvBuffer conv_packed_image, conv_packed_output, conv_packed_filters, conv_chunks;
"""

_KERNELS = """
static inline conv_vec conv_load(const conv_real* p) {
  conv_vec v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* ---- [image][channel][place] to [place][channel][image] and back ---- */

struct ConvPack {
  const conv_real* from;
  conv_real* to;
  npy_intp images, channels, places;
  int lanes, per_unit;  /* lanes: images in a block, a multiple of CONV_LANES */
};

static void conv_pack_unit(void* context, int unit, int) {
  const ConvPack& p = *(const ConvPack*) context;
  const npy_intp first = (npy_intp) unit * p.per_unit * CONV_LANES;
  const npy_intp all = first + (npy_intp) p.per_unit * CONV_LANES;
  const npy_intp last = all < p.places ? all : p.places;
  const npy_intp step = p.channels * p.places, next = p.channels * p.lanes;
  for (npy_intp c = 0; c < p.channels; c++)
    for (int lane = 0; lane < p.lanes; lane += CONV_LANES)
      for (npy_intp place = first; place < last; place += CONV_LANES) {
        const int width = last - place < CONV_LANES ? (int) (last - place) : (int) CONV_LANES;
        conv_vec v[CONV_LANES];
        const conv_real* from = p.from + lane * step + c * p.places + place;
        conv_real* to = p.to + (place * p.channels + c) * p.lanes + lane;
        if (width == CONV_LANES && lane + CONV_LANES <= p.images) {
          #pragma GCC unroll 16
          for (int i = 0; i < CONV_LANES; i++) v[i] = conv_load(from + i * step);
          /* the processor does not foresee so many streams */
          #pragma GCC unroll 16
          for (int i = 0; i < CONV_LANES; i++) __builtin_prefetch(from + i * step + p.places);
          conv_transpose(v);
          #pragma GCC unroll 16
          for (int i = 0; i < CONV_LANES; i++) *(conv_vec*) (to + i * next) = v[i];
        } else {
          for (int i = 0; i < CONV_LANES; i++) {
            conv_real line[CONV_LANES] = {0};
            if (lane + i < p.images) memcpy(line, from + i * step, width * sizeof(conv_real));
            v[i] = conv_load(line);
          }
          conv_transpose(v);
          for (int i = 0; i < width; i++) *(conv_vec*) (to + i * next) = v[i];
        }
      }
}

static void conv_pack(const conv_real* from, conv_real* to, npy_intp images, npy_intp channels,
                      npy_intp places, int lanes) {
  const npy_intp tiles = (places + CONV_LANES - 1) / CONV_LANES;
  ConvPack pack = {from, to, images, channels, places, lanes, 4};
  threads_parallel(conv_pack_unit, &pack, (int) ((tiles + pack.per_unit - 1) / pack.per_unit));
}

/* `count` places of `channels` channels, to places from `to` on of images `step` apart. */
static void conv_unpack(const conv_real* from, conv_real* to, npy_intp images, npy_intp channels,
                        npy_intp count, npy_intp places, npy_intp step, int lanes) {
  const npy_intp next = channels * lanes;
  for (npy_intp c = 0; c < channels; c++) {
    for (int lane = 0; lane < lanes && lane < images; lane += CONV_LANES) {
      for (npy_intp place = 0; place < count; place += CONV_LANES) {
        const int width = count - place < CONV_LANES ? (int) (count - place) : (int) CONV_LANES;
        conv_vec v[CONV_LANES];
        const conv_real* start = from + place * next + c * lanes + lane;
        conv_real* end = to + lane * step + c * places + place;
        if (width == CONV_LANES && lane + CONV_LANES <= images) {
          #pragma GCC unroll 16
          for (int i = 0; i < CONV_LANES; i++) v[i] = *(const conv_vec*) (start + i * next);
          conv_transpose(v);
          #pragma GCC unroll 16
          for (int i = 0; i < CONV_LANES; i++) memcpy(end + i * step, &v[i], sizeof v[i]);
        } else {
          for (int i = 0; i < CONV_LANES; i++)
            v[i] = i < width ? *(const conv_vec*) (start + i * next) : conv_vec{0};
          conv_transpose(v);
          for (int i = 0; i < CONV_LANES && lane + i < images; i++)
            memcpy(end + i * step, &v[i], width * sizeof(conv_real));
        }
      }
    }
  }
}

/* ---- what a call is about ---- */

struct ConvCall {
  npy_intp batch, groups, filters, channels;   /* filters and channels: of one group */
  npy_intp image[3], output[3], taps[3], stride[3], dilation[3], before[3], after[3];
  npy_intp image_places, output_places, tap_count, fields;  /* fields: sets of filters, 1 if shared */
  bool flip, unshared;
  npy_intp image_channels() const { return groups * channels; }
  npy_intp output_channels() const { return groups * filters; }
};

/* For each coordinate along an axis of the result: taps that reach it, and coordinates that these
   take from the source. */
struct ConvAxis {
  std::vector<int> first, tap, source;
  ConvAxis(const ConvCall& call, int axis, bool transposed) {
    const npy_intp from = transposed ? call.output[axis] : call.image[axis];
    const npy_intp to = transposed ? call.image[axis] : call.output[axis];
    const npy_intp s = call.stride[axis], d = call.dilation[axis], left = call.before[axis];
    for (npy_intp y = 0; y < to; y++) {
      first.push_back((int) tap.size());
      for (npy_intp t = 0; t < call.taps[axis]; t++) {
        npy_intp x = y * s + t * d - left;
        if (transposed) {
          x = y + left - t * d;
          if (x < 0 || x % s != 0) continue;
          x /= s;
        }
        if (x < 0 || x >= from) continue;
        tap.push_back((int) t);
        source.push_back((int) x);
      }
    }
    first.push_back((int) tap.size());
  }
};

/* ---- the products ---- */

struct ConvTerm { npy_intp filters, image; };  /* where a tap's matrix and its pixel begin */

template <int ROWS, int VECTORS>
static void conv_product(const ConvTerm* terms, int count, npy_intp depth, const conv_real* filters,
                         const conv_real* image, conv_real* result) {
  conv_vec sum[ROWS][VECTORS];
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) sum[m][v] = conv_vec{0};
  for (int k = 0; k < count; k++) {
    const conv_real* w = filters + terms[k].filters * ROWS;
    const conv_real* x = image + terms[k].image;
    for (npy_intp r = 0; r < depth; r++) {
      conv_vec pixel[VECTORS];
      #pragma GCC unroll 2
      for (int v = 0; v < VECTORS; v++) pixel[v] = *(const conv_vec*) (x + v * CONV_LANES);
      #pragma GCC unroll 16
      for (int m = 0; m < ROWS; m++)
        #pragma GCC unroll 2
        for (int v = 0; v < VECTORS; v++) sum[m][v] += w[m] * pixel[v];
      w += ROWS;
      x += VECTORS * CONV_LANES;
    }
  }
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++)
      *(conv_vec*) (result + (m * VECTORS + v) * CONV_LANES) = sum[m][v];
}

typedef void (*ConvProduct)(const ConvTerm*, int, npy_intp, const conv_real*, const conv_real*,
                            conv_real*);

template <int VECTORS>
static ConvProduct conv_product_of(int rows) {
  switch (rows) {
    case 12: return conv_product<CONV_ROWS, VECTORS>;
    case 8: return conv_product<(CONV_ROWS > 8 ? 8 : CONV_ROWS), VECTORS>;
    case 6: return conv_product<(CONV_ROWS == 6 ? 6 : 1), VECTORS>;
    case 4: return conv_product<4, VECTORS>;
    case 2: return conv_product<2, VECTORS>;
    default: return conv_product<1, VECTORS>;
  }
}

/* Rows of the next tile when `left` are left. */
static int conv_rows(npy_intp left) {
  if (left >= CONV_ROWS) return CONV_ROWS;
  return left >= 8 && CONV_ROWS > 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* Filters as tiles: [group][field][tile of rows][tap][depth][row of the tile]. Rows are filters and the
   depth channels in a convolution, the other way round in its transpose. */
static void conv_pack_filters(const ConvCall& call, bool transposed, const conv_real* from,
                              conv_real* to) {
  const npy_intp rows = transposed ? call.channels : call.filters;
  const npy_intp depth = transposed ? call.filters : call.channels;
  const npy_intp taps = call.tap_count, per_filter = call.fields * call.channels * taps;
  for (npy_intp g = 0; g < call.groups; g++)
    for (npy_intp field = 0; field < call.fields; field++)
      for (npy_intp row = 0, size; row < rows; row += size) {
        size = conv_rows(rows - row);
        for (npy_intp m = 0; m < size; m++)
          for (npy_intp r = 0; r < depth; r++) {
            const npy_intp f = transposed ? r : row + m, c = transposed ? row + m : r;
            const conv_real* w =
                from + (g * call.filters + f) * per_filter + (field * call.channels + c) * taps;
            if (call.flip)
              for (npy_intp t = 0; t < taps; t++) to[(t * depth + r) * size + m] = w[taps - 1 - t];
            else
              for (npy_intp t = 0; t < taps; t++) to[(t * depth + r) * size + m] = w[t];
          }
        to += taps * depth * size;
      }
}

struct ConvForward {
  const ConvCall* call;
  const ConvAxis* axes;
  const conv_real *filters, *source;
  conv_real *chunks, *result;
  npy_intp rows, depth, images, chunk_places, result_places;
  npy_intp result_size[3], source_size[3];
  npy_intp lines_per_chunk;
  int vectors;
  bool transposed;
};

/* Some lines of the result, all its channels, one block of images. */
static void conv_forward_unit(void* context, int unit, int thread) {
  const ConvForward& f = *(const ConvForward*) context;
  const ConvCall& call = *f.call;
  const int lanes = f.vectors * CONV_LANES;
  const npy_intp lines = f.result_size[0] * f.result_size[1], width = f.result_size[2];
  const npy_intp first = unit * f.lines_per_chunk;
  const npy_intp last = first + f.lines_per_chunk < lines ? first + f.lines_per_chunk : lines;
  const npy_intp channels = call.groups * f.rows, per_place = channels * lanes;
  const npy_intp source_place = call.groups * f.depth * lanes;
  const npy_intp field_size = f.rows * f.depth * call.tap_count;
  conv_real* chunk = f.chunks + thread * f.chunk_places * per_place;
  conv_real* to = chunk;
  std::vector<ConvTerm> terms(call.tap_count);
  for (npy_intp line = first; line < last; line++) {
    const npy_intp a = line / f.result_size[1], b = line % f.result_size[1];
    for (npy_intp e = 0; e < width; e++, to += per_place) {
      int count = 0;
      npy_intp field = 0;
      for (int i = f.axes[0].first[a]; i < f.axes[0].first[a + 1]; i++)
        for (int j = f.axes[1].first[b]; j < f.axes[1].first[b + 1]; j++)
          for (int k = f.axes[2].first[e]; k < f.axes[2].first[e + 1]; k++) {
            const npy_intp tap = (f.axes[0].tap[i] * call.taps[1] + f.axes[1].tap[j]) * call.taps[2]
                                 + f.axes[2].tap[k];
            const npy_intp place =
                (f.axes[0].source[i] * f.source_size[1] + f.axes[1].source[j]) * f.source_size[2]
                + f.axes[2].source[k];
            terms[count].filters = tap * f.depth;
            terms[count].image = place * source_place;
            count++;
          }
      if (call.unshared) field = f.transposed ? 0 : line * width + e;
      for (npy_intp g = 0; g < call.groups; g++) {
        const conv_real* source = f.source + g * f.depth * lanes;
        npy_intp size;
        for (npy_intp row = 0; row < f.rows; row += size) {
          size = conv_rows(f.rows - row);
          conv_real* here = to + (g * f.rows + row) * lanes;
          const ConvProduct product =
              f.vectors == 2 ? conv_product_of<2>((int) size) : conv_product_of<1>((int) size);
          const conv_real* tile = f.filters + (g * call.fields + field) * field_size
                                  + row * f.depth * call.tap_count;
          if (!(call.unshared && f.transposed)) {
            product(terms.data(), count, f.depth, tile, source, here);
            continue;
          }
          /* each term has the filters of the place that it comes from */
          conv_real part[2 * CONV_ROWS * CONV_LANES] __attribute__((aligned(64)));
          memset(here, 0, size * lanes * sizeof(conv_real));
          for (int k = 0; k < count; k++) {
            const npy_intp place = terms[k].image / source_place;
            product(&terms[k], 1, f.depth, tile + place * field_size, source, part);
            for (npy_intp i = 0; i < size * lanes; i++) here[i] += part[i];
          }
        }
      }
    }
  }
  conv_unpack(chunk, f.result + first * width, f.images, channels, (last - first) * width,
              f.result_places, channels * f.result_places, lanes);
}

static int conv_vectors(npy_intp images) { return images > CONV_LANES ? 2 : 1; }

/* The convolution, or with `transposed` its gradient by the image. False: no memory. */
static bool conv_forward(const ConvCall& call, bool transposed, const conv_real* source,
                         const conv_real* filters, conv_real* result) {
  ConvAxis axes[3] = {{call, 0, transposed}, {call, 1, transposed}, {call, 2, transposed}};
  ConvForward f;
  f.call = &call;
  f.axes = axes;
  f.transposed = transposed;
  f.rows = transposed ? call.channels : call.filters;
  f.depth = transposed ? call.filters : call.channels;
  for (int k = 0; k < 3; k++) {
    f.result_size[k] = transposed ? call.image[k] : call.output[k];
    f.source_size[k] = transposed ? call.output[k] : call.image[k];
  }
  const npy_intp source_places = transposed ? call.output_places : call.image_places;
  f.result_places = transposed ? call.image_places : call.output_places;
  const npy_intp source_channels = call.groups * f.depth, channels = call.groups * f.rows;
  const npy_intp lines = f.result_size[0] * f.result_size[1], width = f.result_size[2];
  const int threads = threads_count(), most = conv_vectors(call.batch) * CONV_LANES;
  f.lines_per_chunk = 1;
  while (f.lines_per_chunk * width < 4 * CONV_LANES && f.lines_per_chunk < lines) f.lines_per_chunk++;
  if (threads > 1 && (lines + f.lines_per_chunk - 1) / f.lines_per_chunk < 2 * threads)
    f.lines_per_chunk = (lines + 2 * threads - 1) / (2 * threads);
  f.chunk_places = f.lines_per_chunk * width;
  conv_real* packed = conv_packed_image.get(source_places * source_channels * most);
  conv_real* tiles =
      conv_packed_filters.get(call.output_channels() * call.fields * call.channels * call.tap_count);
  f.chunks = conv_chunks.get(threads * f.chunk_places * channels * most);
  if (packed == NULL || tiles == NULL || f.chunks == NULL) return false;
  conv_pack_filters(call, transposed, filters, tiles);
  f.filters = tiles;
  f.source = packed;
  const int units = (int) ((lines + f.lines_per_chunk - 1) / f.lines_per_chunk);
  for (npy_intp n = 0; n < call.batch; n += f.vectors * CONV_LANES) {
    f.vectors = conv_vectors(call.batch - n);
    const int lanes = f.vectors * CONV_LANES;
    f.images = call.batch - n < lanes ? call.batch - n : lanes;
    conv_pack(source + n * source_channels * source_places, packed, f.images, source_channels,
              source_places, lanes);
    f.result = result + n * channels * f.result_places;
    threads_parallel(conv_forward_unit, &f, units);
  }
  return true;
}

#if CONV_GRADIENTS
/* ---- the gradient by the filters ---- */

struct ConvRun { npy_intp output, image; int length; };  /* places side by side along a line */

/* The output in chunks of about so many places; of each chunk and tap, the runs of places that the tap
   reaches. */
static std::vector<std::vector<ConvRun> > conv_runs(const ConvCall& call, npy_intp places,
                                                    npy_intp* chunk_count) {
  const ConvAxis axes[3] = {{call, 0, false}, {call, 1, false}, {call, 2, false}};
  const npy_intp lines = call.output[0] * call.output[1], width = call.output[2];
  /* A chunk is a list of segments of lines; each tap makes of a segment the run of places it reaches. */
  struct Segment { npy_intp line, from, to; };
  std::vector<std::vector<Segment> > chunks;
  npy_intp filled = places;
  for (npy_intp line = 0; line < lines; line++)
    for (npy_intp from = 0; from < width;) {
      if (filled >= places) { chunks.push_back(std::vector<Segment>()); filled = 0; }
      npy_intp length = width - from < places - filled ? width - from : places - filled;
      chunks.back().push_back({line, from, from + length});
      filled += length;
      from += length;
    }
  *chunk_count = (npy_intp) chunks.size();
  std::vector<std::vector<ConvRun> > runs(chunks.size() * call.tap_count);
  for (size_t chunk = 0; chunk < chunks.size(); chunk++)
    for (const Segment& segment : chunks[chunk]) {
      const npy_intp a = segment.line / call.output[1], y = segment.line % call.output[1];
      for (int i = axes[0].first[a]; i < axes[0].first[a + 1]; i++)
        for (int j = axes[1].first[y]; j < axes[1].first[y + 1]; j++)
          for (npy_intp k = 0; k < call.taps[2]; k++) {
            npy_intp from = segment.from, to = segment.to;
            const npy_intp shift = k * call.dilation[2] - call.before[2], s = call.stride[2];
            while (from < to && from * s + shift < 0) from++;
            while (to > from && (to - 1) * s + shift >= call.image[2]) to--;
            if (from == to) continue;
            const npy_intp tap = (axes[0].tap[i] * call.taps[1] + axes[1].tap[j]) * call.taps[2] + k;
            const npy_intp source =
                (axes[0].source[i] * call.image[1] + axes[1].source[j]) * call.image[2];
            runs[chunk * call.tap_count + tap].push_back(
                {segment.line * width + from, source + from * s + shift, (int) (to - from)});
          }
    }
  return runs;
}

/* sum (F x C) of vectors += output (F) times image (C), over runs of places */
template <int F, int C>
static void conv_correlate(const ConvRun* runs, int count, int lanes, npy_intp output_step,
                           npy_intp image_step, const conv_real* output, const conv_real* image,
                           conv_vec* total) {
  conv_vec sum[F][C];
  #pragma GCC unroll 8
  for (int f = 0; f < F; f++)
    #pragma GCC unroll 8
    for (int c = 0; c < C; c++) sum[f][c] = total[f * C + c];
  for (int k = 0; k < count; k++) {
    const conv_real* y = output + runs[k].output;
    const conv_real* x = image + runs[k].image;
    for (int p = 0; p < runs[k].length; p++) {
      for (int v = 0; v < lanes; v += CONV_LANES) {
        conv_vec pixel[C];
        #pragma GCC unroll 8
        for (int c = 0; c < C; c++) pixel[c] = *(const conv_vec*) (x + c * lanes + v);
        #pragma GCC unroll 8
        for (int f = 0; f < F; f++) {
          const conv_vec of_filter = *(const conv_vec*) (y + f * lanes + v);
          #pragma GCC unroll 8
          for (int c = 0; c < C; c++) sum[f][c] += of_filter * pixel[c];
        }
      }
      y += output_step;
      x += image_step;
    }
  }
  #pragma GCC unroll 8
  for (int f = 0; f < F; f++)
    #pragma GCC unroll 8
    for (int c = 0; c < C; c++) total[f * C + c] = sum[f][c];
}

typedef void (*ConvCorrelate)(const ConvRun*, int, int, npy_intp, npy_intp, const conv_real*,
                              const conv_real*, conv_vec*);

template <int F>
static ConvCorrelate conv_correlate_of(int c) {
  return c == CONV_C ? conv_correlate<F, CONV_C> : c == 2 ? conv_correlate<F, 2> : conv_correlate<F, 1>;
}

static ConvCorrelate conv_correlate_of(int f, int c) {
  return f == CONV_F ? conv_correlate_of<CONV_F>(c)
                     : f == 2 ? conv_correlate_of<2>(c) : conv_correlate_of<1>(c);
}

struct ConvBlock { const conv_real *image, *output; int lanes; };

struct ConvBackward {
  const ConvCall* call;
  const ConvBlock* blocks;
  int block_count;
  npy_intp lines_per_chunk;
  conv_real* result;
  std::vector<std::vector<ConvRun> > runs;  /* of each chunk and tap; offsets in places */
  npy_intp chunks;
  std::vector<npy_intp> f_start, c_start;   /* tiles of filters and channels within a group */
};

static int conv_tile(npy_intp left, int most) { return left >= most ? most : left >= 2 ? 2 : 1; }

/* One tile of filters and channels, all taps. */
static void conv_backward_unit(void* context, int unit, int) {
  const ConvBackward& b = *(const ConvBackward*) context;
  const ConvCall& call = *b.call;
  const npy_intp f_tiles = b.f_start.size() - 1, c_tiles = b.c_start.size() - 1;
  const npy_intp g = unit / (f_tiles * c_tiles), tile = unit % (f_tiles * c_tiles);
  const npy_intp f0 = b.f_start[tile / c_tiles], c0 = b.c_start[tile % c_tiles];
  const int F = (int) (b.f_start[tile / c_tiles + 1] - f0);
  const int C = (int) (b.c_start[tile % c_tiles + 1] - c0);
  const npy_intp taps = call.tap_count, per_tap = F * C;
  const npy_intp count = (taps * per_tap + CONV_LANES - 1) / CONV_LANES * CONV_LANES;
  std::vector<conv_real> memory((count + 1) * CONV_LANES);
  conv_vec* sums = (conv_vec*) (((uintptr_t) memory.data() + CONV_BYTES - 1)
                                / CONV_BYTES * CONV_BYTES);
  const ConvCorrelate correlate = conv_correlate_of(F, C);
  std::vector<ConvRun> scaled;
  const npy_intp flipped = call.flip ? taps - 1 : 0;
  for (npy_intp chunk = 0; chunk < b.chunks; chunk++) {
    if (chunk == 0 || call.unshared) memset((void*) sums, 0, count * sizeof(conv_vec));
    for (int k = 0; k < b.block_count; k++) {
      const int lanes = b.blocks[k].lanes;
      const npy_intp output_place = call.output_channels() * lanes;
      const npy_intp image_place = call.image_channels() * lanes;
      const conv_real* output = b.blocks[k].output + (g * call.filters + f0) * lanes;
      const conv_real* image = b.blocks[k].image + (g * call.channels + c0) * lanes;
      for (npy_intp t = 0; t < taps; t++) {
        const std::vector<ConvRun>& runs = b.runs[chunk * taps + t];
        scaled.resize(runs.size());
        for (size_t r = 0; r < runs.size(); r++)
          scaled[r] = {runs[r].output * output_place, runs[r].image * image_place, runs[r].length};
        correlate(scaled.data(), (int) scaled.size(), lanes, output_place,
                  call.stride[2] * image_place, output, image, sums + t * per_tap);
      }
    }
    if (chunk + 1 < b.chunks && !call.unshared) continue;
    const npy_intp field = call.unshared ? chunk : 0;
    for (npy_intp first = 0; first < count; first += CONV_LANES) {
      conv_vec v[CONV_LANES];
      for (int i = 0; i < CONV_LANES; i++) v[i] = sums[first + i];
      conv_transpose(v);
      for (int half = CONV_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) v[i] += v[i + half];
      for (int i = 0; i < CONV_LANES && first + i < taps * per_tap; i++) {
        const npy_intp t = (first + i) / per_tap, f = (first + i) % per_tap / C;
        const npy_intp c = (first + i) % C;
        b.result[(((g * call.filters + f0 + f) * call.fields + field) * call.channels + c0 + c) * taps
                 + (call.flip ? flipped - t : t)] += v[0][i];
      }
    }
  }
}

/* The gradient by the filters, added to `result`. False: no memory. */
static bool conv_backward(const ConvCall& call, const conv_real* image, const conv_real* output,
                          conv_real* result) {
  const npy_intp per_image = call.image_places * call.image_channels();
  const npy_intp per_output = call.output_places * call.output_channels();
  ConvBackward b;
  b.call = &call;
  b.result = result;
  /* Lines of the output whose pixels, with the image's beside them, stay in the first cache. */
  const int most = conv_vectors(call.batch) * CONV_LANES;
  const npy_intp segment_bytes = 24 << 10;
  const npy_intp per_place = (CONV_F + CONV_C * call.stride[2]) * most * (npy_intp) sizeof(conv_real);
  npy_intp places = segment_bytes / per_place < 4 ? 4 : segment_bytes / per_place;
  if (call.unshared) places = 1;
  b.runs = conv_runs(call, places, &b.chunks);
  for (npy_intp f = 0; f < call.filters; f += conv_tile(call.filters - f, CONV_F)) b.f_start.push_back(f);
  b.f_start.push_back(call.filters);
  for (npy_intp c = 0; c < call.channels; c += conv_tile(call.channels - c, CONV_C)) b.c_start.push_back(c);
  b.c_start.push_back(call.channels);
  /* As many blocks of images at once as a larger cache holds. */
  const npy_intp bytes = (per_image + per_output) * most * (npy_intp) sizeof(conv_real);
  npy_intp at_once = (8 << 20) / (bytes > 0 ? bytes : 1);
  at_once = at_once < 1 ? 1 : at_once;
  const npy_intp blocks = (call.batch + most - 1) / most;
  at_once = at_once < blocks ? at_once : blocks;
  conv_real* images = conv_packed_image.get(at_once * most * per_image);
  conv_real* outputs = conv_packed_output.get(at_once * most * per_output);
  if (images == NULL || outputs == NULL) return false;
  const npy_intp units = call.groups * (npy_intp) (b.f_start.size() - 1) * (npy_intp) (b.c_start.size() - 1);
  std::vector<ConvBlock> held;
  for (npy_intp n = 0; n < call.batch;) {
    held.clear();
    for (npy_intp k = 0; k < at_once && n < call.batch; k++) {
      const int lanes = conv_vectors(call.batch - n) * CONV_LANES;
      const npy_intp here = call.batch - n < lanes ? call.batch - n : lanes;
      conv_real *x = images + k * most * per_image, *y = outputs + k * most * per_output;
      conv_pack(image + n * per_image, x, here, call.image_channels(), call.image_places, lanes);
      conv_pack(output + n * per_output, y, here, call.output_channels(), call.output_places, lanes);
      held.push_back({x, y, lanes});
      n += here;
    }
    b.blocks = held.data();
    b.block_count = (int) held.size();
    threads_parallel(conv_backward_unit, &b, (int) units);
  }
  return true;
}

/* ---- the same, where there are channels enough to fill vectors ---- */

/* sum (ROWS x VECTORS) += outer products over images and places; runs hold offsets of the rows' side
   in `image` and of the vectors' side in `output` */
template <int ROWS, int VECTORS>
static void conv_outer(const ConvRun* runs, int count, npy_intp images, npy_intp row_step,
                       npy_intp vector_step, const conv_real* rows, const conv_real* vectors,
                       conv_vec* total) {
  conv_vec sum[ROWS][VECTORS];
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) sum[m][v] = total[m * VECTORS + v];
  for (int k = 0; k < count; k++)
    for (int p = 0; p < runs[k].length; p++) {
      const conv_real* x = rows + runs[k].image + p * row_step;
      const conv_real* y = vectors + runs[k].output + p * vector_step;
      for (npy_intp n = 0; n < images; n++) {
        conv_vec here[VECTORS];
        #pragma GCC unroll 2
        for (int v = 0; v < VECTORS; v++) here[v] = *(const conv_vec*) (y + v * CONV_LANES);
        #pragma GCC unroll 16
        for (int m = 0; m < ROWS; m++)
          #pragma GCC unroll 2
          for (int v = 0; v < VECTORS; v++) sum[m][v] += x[m] * here[v];
        x += ROWS;
        y += VECTORS * CONV_LANES;
      }
    }
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) total[m * VECTORS + v] = sum[m][v];
}

typedef void (*ConvOuter)(const ConvRun*, int, npy_intp, npy_intp, npy_intp, const conv_real*,
                          const conv_real*, conv_vec*);

template <int VECTORS>
static ConvOuter conv_outer_of(int rows) {
  switch (rows) {
    case 12: return conv_outer<CONV_ROWS, VECTORS>;
    case 8: return conv_outer<(CONV_ROWS > 8 ? 8 : CONV_ROWS), VECTORS>;
    case 6: return conv_outer<(CONV_ROWS == 6 ? 6 : 1), VECTORS>;
    case 4: return conv_outer<4, VECTORS>;
    case 2: return conv_outer<2, VECTORS>;
    default: return conv_outer<1, VECTORS>;
  }
}

/* One side of the outer products: tiles of channels, each laid out [place][image][channel]. */
struct ConvSide {
  const conv_real* from;
  conv_real* to;
  npy_intp images, all_channels, places;
  std::vector<npy_intp> start, width, offset;  /* of each tile: first channel, its width, its place */
  std::vector<npy_intp> count;                 /* channels that it holds; the rest are zeros */

  /* rows: tiles of conv_rows; else of one or two vectors, padded */
  ConvSide(npy_intp groups, npy_intp channels, npy_intp places_, npy_intp images_, bool rows)
      : from(NULL), to(NULL), images(images_), all_channels(groups * channels), places(places_) {
    npy_intp end = 0;
    for (npy_intp g = 0; g < groups; g++)
      for (npy_intp c = 0, n; c < channels; c += n) {
        n = rows ? conv_rows(channels - c) : channels - c < 2 * CONV_LANES ? channels - c : 2 * CONV_LANES;
        start.push_back(g * channels + c);
        count.push_back(n);
        width.push_back(rows ? n : n > CONV_LANES ? 2 * CONV_LANES : (npy_intp) CONV_LANES);
        offset.push_back(end);
        end += places * images * width.back();
      }
    offset.push_back(end);
  }
  npy_intp tiles() const { return (npy_intp) start.size(); }
};

template <int SIZE>
static inline void conv_store(const conv_vec* v, conv_real* to, npy_intp next, int width) {
  for (int i = 0; i < width; i++) memcpy(to + i * next, &v[i], SIZE * sizeof(conv_real));
}

enum { CONV_SIDE_TILES = 8 };

static void conv_side_unit(void* context, int unit, int) {
  const ConvSide& s = *(const ConvSide*) context;
  const npy_intp chunk = CONV_SIDE_TILES * CONV_LANES, chunks = (s.places + chunk - 1) / chunk;
  const npy_intp tile = unit / chunks, first = unit % chunks * chunk;
  const npy_intp last = first + chunk < s.places ? first + chunk : s.places;
  const npy_intp width = s.width[tile], next = s.images * width;
  for (npy_intp n = 0; n < s.images; n++)
    for (npy_intp sub = 0; sub < width; sub += CONV_LANES) {
      const npy_intp held = s.count[tile] - sub, size = width - sub;
      const conv_real* from = s.from + (n * s.all_channels + s.start[tile] + sub) * s.places;
      conv_real* to = s.to + s.offset[tile] + n * width + sub;
      for (npy_intp place = first; place < last; place += CONV_LANES) {
        const int here = last - place < CONV_LANES ? (int) (last - place) : (int) CONV_LANES;
        conv_vec v[CONV_LANES];
        if (here == CONV_LANES && held >= CONV_LANES) {
          #pragma GCC unroll 16
          for (int i = 0; i < CONV_LANES; i++) v[i] = conv_load(from + i * s.places + place);
          #pragma GCC unroll 16
          for (int i = 0; i < CONV_LANES; i++)
            __builtin_prefetch(from + (s.all_channels + i) * s.places + place);
        } else {
          for (int i = 0; i < CONV_LANES; i++) {
            conv_real line[CONV_LANES] = {0};
            if (i < held) memcpy(line, from + i * s.places + place, here * sizeof(conv_real));
            v[i] = conv_load(line);
          }
        }
        conv_transpose(v);
        conv_real* at = to + place * next;
        if (size >= CONV_LANES) conv_store<CONV_LANES>(v, at, next, here);
        else if (size == 12) conv_store<(CONV_LANES > 12 ? 12 : 1)>(v, at, next, here);
        else if (size == 8) conv_store<(CONV_LANES > 8 ? 8 : 1)>(v, at, next, here);
        else if (size == 6) conv_store<(CONV_LANES > 6 ? 6 : 1)>(v, at, next, here);
        else if (size == 4) conv_store<(CONV_LANES > 4 ? 4 : 1)>(v, at, next, here);
        else if (size == 2) conv_store<(CONV_LANES > 2 ? 2 : 1)>(v, at, next, here);
        else conv_store<1>(v, at, next, here);
      }
    }
}

static void conv_fill_side(ConvSide& side, const conv_real* from, conv_real* to) {
  const npy_intp chunk = CONV_SIDE_TILES * CONV_LANES;
  side.from = from;
  side.to = to;
  threads_parallel(conv_side_unit, &side, (int) (side.tiles() * ((side.places + chunk - 1) / chunk)));
}

struct ConvOuterWork {
  const ConvCall* call;
  const ConvSide *rows, *vectors;
  const std::vector<std::vector<ConvRun> >* runs;
  npy_intp chunks;
  bool swapped;  /* rows are filters, vectors channels */
  conv_real* result;
};

static void conv_outer_unit(void* context, int unit, int) {
  const ConvOuterWork& w = *(const ConvOuterWork*) context;
  const ConvCall& call = *w.call;
  const npy_intp per_group = (w.rows->tiles() / call.groups) * (w.vectors->tiles() / call.groups);
  const npy_intp g = unit / per_group, tile = unit % per_group;
  const npy_intp r = g * (w.rows->tiles() / call.groups) + tile % (w.rows->tiles() / call.groups);
  const npy_intp q = g * (w.vectors->tiles() / call.groups) + tile / (w.rows->tiles() / call.groups);
  const npy_intp taps = call.tap_count, images = w.rows->images;
  const int R = (int) w.rows->width[r], V = (int) (w.vectors->width[q] / CONV_LANES);
  const npy_intp row_place = images * R, vector_place = images * w.vectors->width[q];
  const npy_intp image_step = call.stride[2];
  std::vector<conv_real> memory((taps * R * V + 1) * CONV_LANES);
  conv_vec* sums = (conv_vec*) (((uintptr_t) memory.data() + CONV_BYTES - 1) / CONV_BYTES * CONV_BYTES);
  const ConvOuter outer = V == 2 ? conv_outer_of<2>(R) : conv_outer_of<1>(R);
  std::vector<ConvRun> scaled;
  for (npy_intp chunk = 0; chunk < w.chunks; chunk++)
    for (npy_intp t = 0; t < taps; t++) {
      const std::vector<ConvRun>& runs = (*w.runs)[chunk * taps + t];
      scaled.resize(runs.size());
      for (size_t k = 0; k < runs.size(); k++) {
        const npy_intp row = w.swapped ? runs[k].output : runs[k].image;
        const npy_intp vector = w.swapped ? runs[k].image : runs[k].output;
        scaled[k] = {vector * vector_place, row * row_place, runs[k].length};
      }
      outer(scaled.data(), (int) scaled.size(), images, row_place * (w.swapped ? 1 : image_step),
            vector_place * (w.swapped ? image_step : 1), w.rows->to + w.rows->offset[r],
            w.vectors->to + w.vectors->offset[q], sums + t * R * V);
    }
  for (npy_intp m = 0; m < R; m++)
    for (npy_intp i = 0; i < w.vectors->count[q]; i++) {
      const npy_intp row = w.rows->start[r] + m, vector = w.vectors->start[q] + i;
      const npy_intp f = w.swapped ? row : vector, c = (w.swapped ? vector : row) % call.channels;
      conv_real* to = w.result + (f * call.channels + c) * taps;
      const conv_real* from = (const conv_real*) sums + m * V * CONV_LANES + i;
      for (npy_intp t = 0; t < taps; t++)
        to[call.flip ? taps - 1 - t : t] += from[t * R * V * CONV_LANES];
    }
}

static npy_intp conv_vectors_for(npy_intp count) { return (count + CONV_LANES - 1) / CONV_LANES; }

/* Vector operations of the outer products for a place and image; times CONV_LANES. */
static npy_intp conv_outer_cost(const ConvCall& call, bool swapped) {
  return CONV_LANES * (swapped ? conv_vectors_for(call.channels) * call.filters
                               : conv_vectors_for(call.filters) * call.channels);
}

static bool conv_backward_outer(const ConvCall& call, const conv_real* image, const conv_real* output,
                                conv_real* result) {
  ConvOuterWork w;
  w.call = &call;
  w.result = result;
  w.swapped = conv_outer_cost(call, true) < conv_outer_cost(call, false);
  const npy_intp per_image = call.image_places * call.image_channels();
  const npy_intp per_output = call.output_places * call.output_channels();
  npy_intp at_once = (16 << 20) / ((per_image + per_output) * (npy_intp) sizeof(conv_real));
  at_once = at_once < 4 ? 4 : at_once < call.batch ? at_once : call.batch;
  /* as even blocks as that allows */
  const npy_intp blocks = (call.batch + at_once - 1) / at_once;
  at_once = (call.batch + blocks - 1) / blocks;
  const npy_intp per_place = (CONV_ROWS + 2 * CONV_LANES) * call.stride[2] * at_once * (npy_intp) sizeof(conv_real);
  npy_intp places = (160 << 10) / per_place;
  const std::vector<std::vector<ConvRun> > runs = conv_runs(call, places < 4 ? 4 : places, &w.chunks);
  w.runs = &runs;
  for (npy_intp n = 0; n < call.batch; n += at_once) {
    const npy_intp here = call.batch - n < at_once ? call.batch - n : at_once;
    ConvSide of_image(call.groups, call.channels, call.image_places, here, !w.swapped);
    ConvSide of_output(call.groups, call.filters, call.output_places, here, w.swapped);
    conv_real* x = conv_packed_image.get(of_image.offset.back());
    conv_real* y = conv_packed_output.get(of_output.offset.back());
    if (x == NULL || y == NULL) return false;
    conv_fill_side(of_image, image + n * per_image, x);
    conv_fill_side(of_output, output + n * per_output, y);
    w.rows = w.swapped ? &of_output : &of_image;
    w.vectors = w.swapped ? &of_image : &of_output;
    const npy_intp tiles = (w.rows->tiles() / call.groups) * (w.vectors->tiles() / call.groups);
    threads_parallel(conv_outer_unit, &w, (int) (tiles * call.groups));
  }
  return true;
}

/* ---- the same by patches, where channels are few ---- */

/* result (ROWS filters x VECTORS of taps) += output (filters x places) times patches (places x taps), for
   places of several images; the filters of the output are `step` apart */
template <int ROWS, int VECTORS>
static void conv_patch_product(npy_intp images, npy_intp places, const conv_real* output, npy_intp next,
                               npy_intp step, const conv_real* patches, conv_real* result) {
  conv_vec sum[ROWS][VECTORS];
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) sum[m][v] = conv_vec{0};
  for (npy_intp n = 0; n < images; n++, output += next)
    for (npy_intp p = 0; p < places; p++, patches += VECTORS * CONV_LANES) {
      conv_vec patch[VECTORS];
      #pragma GCC unroll 2
      for (int v = 0; v < VECTORS; v++) patch[v] = *(const conv_vec*) (patches + v * CONV_LANES);
      #pragma GCC unroll 16
      for (int m = 0; m < ROWS; m++)
        #pragma GCC unroll 2
        for (int v = 0; v < VECTORS; v++) sum[m][v] += output[m * step + p] * patch[v];
    }
  #pragma GCC unroll 16
  for (int m = 0; m < ROWS; m++)
    #pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++)
      *(conv_vec*) (result + (m * VECTORS + v) * CONV_LANES) += sum[m][v];
}

typedef void (*ConvPatchProduct)(npy_intp, npy_intp, const conv_real*, npy_intp, npy_intp,
                                 const conv_real*, conv_real*);

template <int VECTORS>
static ConvPatchProduct conv_patch_product_of(int rows) {
  switch (rows) {
    case 12: return conv_patch_product<CONV_ROWS, VECTORS>;
    case 8: return conv_patch_product<(CONV_ROWS > 8 ? 8 : CONV_ROWS), VECTORS>;
    case 6: return conv_patch_product<(CONV_ROWS == 6 ? 6 : 1), VECTORS>;
    case 4: return conv_patch_product<4, VECTORS>;
    case 2: return conv_patch_product<2, VECTORS>;
    default: return conv_patch_product<1, VECTORS>;
  }
}

/* A column of the patches is a pair of a channel and a tap. Columns go by tiles of two vectors; a unit
   has some tiles and a part of the batch, whose sums are its own. */
enum { CONV_TILE = 2 * CONV_LANES, CONV_PLACES = 128, CONV_TILES = 8, CONV_UNITS = 32 };

struct ConvPatchWork {
  const ConvCall* call;
  const conv_real *image, *output;
  conv_real *scratch, *sums;
  npy_intp scratch_size, columns, tiles, sets, parts, per_part;
  npy_intp images_per_chunk;
  npy_intp padded[3], plane, held;  /* sizes of a padded channel, its numbers; channels of a unit */
  npy_intp run;                     /* places of one phase in a padded line */
  std::vector<npy_intp> of_column, of_line;  /* where they begin in the padded channels */
};

/* Places of the output: some lines, or part of one line. */
struct ConvPlaces { npy_intp line, lines, from, width; };

/* A channel with its zeros; columns that a stride takes together lie side by side: those that leave the
   same remainder (phase) one after the other. The zeros are there already. */
static void conv_pad_channel(const ConvPatchWork& w, const conv_real* from, conv_real* to) {
  const ConvCall& call = *w.call;
  const npy_intp s = call.stride[2], left = call.before[2], width = call.image[2];
  for (npy_intp a = 0; a < call.image[0]; a++)
    for (npy_intp b = 0; b < call.image[1]; b++, from += width) {
      conv_real* line = to + ((a + call.before[0]) * w.padded[1] + b + call.before[1]) * w.padded[2];
      if (s == 1) memcpy(line + left, from, width * sizeof(conv_real));
      else
        for (npy_intp first = 0; first < s && first < width; first++) {
          conv_real* phase = line + (first + left) % s * w.run + (first + left) / s;
          for (npy_intp x = first; x < width; x += s) *phase++ = from[x];
        }
    }
}

/* Patches (places x taps) for the columns of a tile, at some places of so many images. */
static void conv_patch_tile(const ConvPatchWork& w, npy_intp column, int vectors, const ConvPlaces& at,
                            npy_intp images, const conv_real* padded, conv_real* rows,
                            conv_real* patches) {
  const npy_intp row_size = CONV_PLACES + CONV_TILE, places = images * at.lines * at.width;
  for (int v = 0; v < vectors; v++) {
    for (int i = 0; i < CONV_LANES; i++) {
      const npy_intp k = column + v * CONV_LANES + i;
      conv_real* to = rows + i * row_size;
      if (k >= w.columns) { memset(to, 0, row_size * sizeof(conv_real)); continue; }
      const conv_real* source = padded + w.of_column[k] + at.from;
      for (npy_intp n = 0; n < images; n++, source += w.held * w.plane)
        for (npy_intp line = at.line; line < at.line + at.lines; line++, to += at.width) {
          const conv_real* from = source + w.of_line[line];
          for (npy_intp e = 0; e < at.width; e += CONV_LANES) {  /* the next line covers the excess */
            const conv_vec here = conv_load(from + e);
            memcpy(to + e, &here, sizeof here);
          }
        }
    }
    for (npy_intp place = 0; place < places; place += CONV_LANES) {
      conv_vec square[CONV_LANES];
      #pragma GCC unroll 16
      for (int i = 0; i < CONV_LANES; i++) square[i] = conv_load(rows + i * row_size + place);
      conv_transpose(square);
      conv_real* to = patches + (place * vectors + v) * CONV_LANES;
      #pragma GCC unroll 16
      for (int i = 0; i < CONV_LANES; i++) *(conv_vec*) (to + i * vectors * CONV_LANES) = square[i];
    }
  }
}

static void conv_patch_unit(void* context, int unit, int thread) {
  const ConvPatchWork& w = *(const ConvPatchWork*) context;
  const ConvCall& call = *w.call;
  const npy_intp part = unit % w.parts, set = unit / w.parts % w.sets, g = unit / w.parts / w.sets;
  const npy_intp tile = set * CONV_TILES, tiles = w.tiles - tile < CONV_TILES ? w.tiles - tile : CONV_TILES;
  const npy_intp end = (tile + tiles) * CONV_TILE < w.columns ? (tile + tiles) * CONV_TILE : w.columns;
  const npy_intp channel = tile * CONV_TILE / call.tap_count;
  const npy_intp channels = (end - 1) / call.tap_count + 1 - channel;
  const npy_intp per_image = call.image_channels() * call.image_places;
  const npy_intp per_output = call.output_channels() * call.output_places;
  conv_real* rows = w.scratch + thread * w.scratch_size;
  conv_real* patches = rows + CONV_LANES * (CONV_PLACES + CONV_TILE);
  conv_real* padded = patches + (CONV_PLACES + CONV_LANES) * CONV_TILE;
  conv_real* sums = w.sums + ((part * call.groups + g) * w.tiles + tile) * call.filters * CONV_TILE;
  memset(sums, 0, tiles * call.filters * CONV_TILE * sizeof(conv_real));
  bool zeros = false;
  for (int k = 0; k < 3; k++) zeros = zeros || call.before[k] > 0 || call.after[k] > 0;
  if (zeros) memset(padded, 0, w.images_per_chunk * w.held * w.plane * sizeof(conv_real));
  const npy_intp lines = call.output[0] * call.output[1], width = call.output[2];
  const npy_intp at_once = width < CONV_PLACES ? CONV_PLACES / width : 1;
  const npy_intp last = (part + 1) * w.per_part < call.batch ? (part + 1) * w.per_part : call.batch;
  for (npy_intp n = part * w.per_part; n < last; n += w.images_per_chunk) {
    const npy_intp images = last - n < w.images_per_chunk ? last - n : w.images_per_chunk;
    for (npy_intp i = 0; i < images; i++)
      for (npy_intp c = 0; c < channels; c++)
        conv_pad_channel(w, w.image + (n + i) * per_image
                            + (g * call.channels + channel + c) * call.image_places,
                         padded + (i * w.held + c) * w.plane);
    const conv_real* output = w.output + n * per_output + g * call.filters * call.output_places;
    for (npy_intp line = 0; line < lines; line += at_once)
      for (npy_intp from = 0; from < width; from += CONV_PLACES) {
        const ConvPlaces at = {line, lines - line < at_once ? lines - line : at_once, from,
                               width - from < CONV_PLACES ? width - from : (npy_intp) CONV_PLACES};
        for (npy_intp k = 0; k < tiles; k++) {
          const npy_intp column = (tile + k) * CONV_TILE;
          const int vectors = w.columns - column > CONV_LANES ? 2 : 1;
          conv_patch_tile(w, column, vectors, at, images, padded - channel * w.plane, rows,
                          patches);
          npy_intp size;
          for (npy_intp f = 0; f < call.filters; f += size) {
            size = conv_rows(call.filters - f);
            const ConvPatchProduct product =
                vectors == 2 ? conv_patch_product_of<2>((int) size) : conv_patch_product_of<1>((int) size);
            product(images, at.lines * at.width, output + f * call.output_places + line * width + from,
                    per_output, call.output_places, patches,
                    sums + k * call.filters * CONV_TILE + f * vectors * CONV_LANES);
          }
        }
      }
  }
}

/* Whether laying out both sides anew, as the others do, takes longer than half of the products; and the
   filters are enough to pay for the patches. By measurement. */
static bool conv_patches_pay(const ConvCall& call) {
  const bool wide = call.filters > CONV_LANES
                    || (call.channels < CONV_LANES / 2 && call.filters >= CONV_LANES / 2);
  if (!wide || call.channels > CONV_TILE) return false;
  const npy_intp one = conv_outer_cost(call, false), other = conv_outer_cost(call, true);
  const npy_intp numbers = call.channels * call.image_places + call.filters * call.output_places;
  return 13 * CONV_LANES * numbers > call.tap_count * call.output_places * (one < other ? one : other);
}

static bool conv_backward_patches(const ConvCall& call, const conv_real* image, const conv_real* output,
                                  conv_real* result) {
  ConvPatchWork w;
  w.call = &call;
  w.image = image;
  w.output = output;
  w.columns = call.channels * call.tap_count;
  w.tiles = (w.columns + CONV_TILE - 1) / CONV_TILE;
  w.sets = (w.tiles + CONV_TILES - 1) / CONV_TILES;
  /* parts of the batch: by the sizes alone, so that every number of threads sums alike */
  const npy_intp wanted = CONV_UNITS / (w.sets * call.groups);
  w.parts = wanted < 1 ? 1 : wanted < call.batch ? wanted : call.batch;
  w.per_part = (call.batch + w.parts - 1) / w.parts;
  w.parts = (call.batch + w.per_part - 1) / w.per_part;
  w.images_per_chunk = CONV_PLACES / call.output_places;
  w.images_per_chunk = w.images_per_chunk < 1 ? 1 : w.images_per_chunk < w.per_part ? w.images_per_chunk
                                                                                   : w.per_part;
  const npy_intp s = call.stride[2];
  for (int k = 0; k < 3; k++) w.padded[k] = call.image[k] + call.before[k] + call.after[k];
  w.run = (w.padded[2] + s - 1) / s;
  w.padded[2] = w.run * s;
  w.plane = w.padded[0] * w.padded[1] * w.padded[2];
  for (npy_intp k = 0; k < w.columns; k++) {
    const npy_intp t = k % call.tap_count, x = t % call.taps[2] * call.dilation[2];
    const npy_intp a = t / (call.taps[1] * call.taps[2]) * call.dilation[0];
    const npy_intp b = t / call.taps[2] % call.taps[1] * call.dilation[1];
    w.of_column.push_back(k / call.tap_count * w.plane + (a * w.padded[1] + b) * w.padded[2]
                          + x % s * w.run + x / s);
  }
  for (npy_intp a = 0; a < call.output[0]; a++)
    for (npy_intp b = 0; b < call.output[1]; b++)
      w.of_line.push_back((a * call.stride[0] * w.padded[1] + b * call.stride[1]) * w.padded[2]);
  const npy_intp most = CONV_TILES * CONV_TILE < w.columns ? CONV_TILES * CONV_TILE : w.columns;
  w.held = (most + call.tap_count - 2) / call.tap_count + 1;
  w.held = w.held < call.channels ? w.held : call.channels;
  w.scratch_size = CONV_LANES * (CONV_PLACES + CONV_TILE) + (CONV_PLACES + CONV_LANES) * CONV_TILE
                   + (w.images_per_chunk * w.held * w.plane + 2 * CONV_LANES - 1) / CONV_LANES * CONV_LANES;
  const npy_intp per_part = call.groups * w.tiles * call.filters * CONV_TILE;
  w.scratch = conv_chunks.get(threads_count() * w.scratch_size);
  w.sums = conv_packed_output.get(w.parts * per_part);
  if (w.scratch == NULL || w.sums == NULL) return false;
  threads_parallel(conv_patch_unit, &w, (int) (call.groups * w.sets * w.parts));
  for (npy_intp part = 0; part < w.parts; part++)
    for (npy_intp g = 0; g < call.groups; g++)
      for (npy_intp f = 0; f < call.filters; f++) {
        conv_real* to = result + (g * call.filters + f) * w.columns;
        for (npy_intp k = 0; k < w.columns; k++) {
          const npy_intp tile = k / CONV_TILE, i = k % CONV_TILE;
          const npy_intp width = w.columns - tile * CONV_TILE > CONV_LANES ? CONV_TILE : CONV_LANES;
          const npy_intp t = k % call.tap_count;
          to[call.flip ? k - t + call.tap_count - 1 - t : k] +=
              w.sums[part * per_part + ((g * w.tiles + tile) * call.filters) * CONV_TILE + f * width + i];
        }
      }
  return true;
}

#endif

/* ---- small batches: patches and the BLAS ---- */

/* patches (channels, taps, places) of `lines` lines of the output from `first` on; with `back` the
   patches are added to where they came from instead */
static void conv_patches(const ConvCall& call, npy_intp first, npy_intp lines, conv_real* image,
                         conv_real* patches, bool back) {
  const npy_intp width = call.output[2], s = call.stride[2];
  for (npy_intp c = 0; c < call.channels; c++)
    for (npy_intp t = 0; t < call.tap_count; t++) {
      const npy_intp i = t / (call.taps[1] * call.taps[2]), j = t / call.taps[2] % call.taps[1];
      const npy_intp shift = t % call.taps[2] * call.dilation[2] - call.before[2];
      npy_intp from = 0, to = width;
      while (from < to && from * s + shift < 0) from++;
      while (to > from && (to - 1) * s + shift >= call.image[2]) to--;
      for (npy_intp line = first; line < first + lines; line++, patches += width) {
        const npy_intp a = line / call.output[1] * call.stride[0] + i * call.dilation[0] - call.before[0];
        const npy_intp b = line % call.output[1] * call.stride[1] + j * call.dilation[1] - call.before[1];
        const bool inside = a >= 0 && a < call.image[0] && b >= 0 && b < call.image[1];
        if (!inside) {
          if (!back) memset(patches, 0, width * sizeof(conv_real));
          continue;
        }
        conv_real* pixels = image + ((c * call.image[0] + a) * call.image[1] + b) * call.image[2] + shift;
        if (back) {
          for (npy_intp e = from; e < to; e++) pixels[e * s] += patches[e];
          continue;
        }
        for (npy_intp e = 0; e < from; e++) patches[e] = 0;
        if (s == 1 && to > from) memcpy(patches + from, pixels + from, (to - from) * sizeof(conv_real));
        else for (npy_intp e = from; e < to; e++) patches[e] = pixels[e * s];
        for (npy_intp e = to; e < width; e++) patches[e] = 0;
      }
    }
}

/* C (m, n) = op(A) op(B) + beta C, all in rows; ld: elements between rows */
static void conv_gemm(bool ta, bool tb, npy_intp m, npy_intp n, npy_intp k, const conv_real* a,
                      npy_intp lda, const conv_real* b, npy_intp ldb, conv_real beta, conv_real* c,
                      npy_intp ldc) {
  threads_serve_blas();
  char of_a = ta ? 'T' : 'N', of_b = tb ? 'T' : 'N';
  const int M = (int) m, N = (int) n, K = (int) k, A = (int) lda, B = (int) ldb, C = (int) ldc;
  const conv_real one = 1;
  CONV_GEMM(&of_b, &of_a, &N, &M, &K, &one, b, &B, a, &A, &beta, c, &C);
}

static bool conv_by_patches(const ConvCall& call, int task, conv_real* image, conv_real* filters,
                            conv_real* output) {
  const npy_intp lines = call.output[0] * call.output[1], width = call.output[2];
  const npy_intp rows = call.channels * call.tap_count;
  npy_intp at_once = (1 << 18) / (rows * width > 0 ? rows * width : 1);
  at_once = at_once < 1 ? 1 : at_once > lines ? lines : at_once;
  conv_real* patches = conv_chunks.get(rows * at_once * width);
  conv_real* w = conv_packed_filters.get(call.output_channels() * rows);
  if (patches == NULL || w == NULL) return false;
  const bool of_filters = task == CONV_TASK_GRAD_WEIGHTS;
  if (of_filters) memset(w, 0, call.output_channels() * rows * sizeof(conv_real));
  for (npy_intp r = 0; !of_filters && r < call.output_channels() * call.channels; r++)
    for (npy_intp t = 0, T = call.tap_count; t < T; t++)
      w[r * T + t] = filters[r * T + (call.flip ? T - 1 - t : t)];
  for (npy_intp n = 0; n < call.batch; n++)
    for (npy_intp g = 0; g < call.groups; g++) {
      conv_real* x = image + (n * call.groups + g) * call.channels * call.image_places;
      conv_real* y = output + (n * call.groups + g) * call.filters * call.output_places;
      conv_real* matrix = w + g * call.filters * rows;
      for (npy_intp line = 0; line < lines; line += at_once) {
        const npy_intp here = lines - line < at_once ? lines - line : at_once, p = here * width;
        conv_real* places = y + line * width;
        if (task != CONV_TASK_GRAD_INPUTS) conv_patches(call, line, here, x, patches, false);
        if (task == CONV_TASK_CONV)
          conv_gemm(false, false, call.filters, p, rows, matrix, rows, patches, p, 0, places,
                    call.output_places);
        else if (of_filters)
          conv_gemm(false, true, call.filters, rows, p, places, call.output_places, patches, p, 1,
                    matrix, rows);
        else {
          conv_gemm(true, false, rows, p, call.filters, matrix, rows, places, call.output_places, 0,
                    patches, p);
          conv_patches(call, line, here, x, patches, true);
        }
      }
    }
  for (npy_intp r = 0; of_filters && r < call.output_channels() * call.channels; r++)
    for (npy_intp t = 0, T = call.tap_count; t < T; t++)
      filters[r * T + (call.flip ? T - 1 - t : t)] = w[r * T + t];
  return true;
}
"""

_ENTRY = """
/* ---- from arrays to a call ---- */

/* Raises symgen's ShapeError; the text is built by PyUnicode_FromFormat. */
static void conv_shape_error(PyObject* expected, PyObject* got, const char* remedy) {
  PyObject* module = PyImport_ImportModule("symgen.errors");
  PyObject* type = module ? PyObject_GetAttrString(module, "ShapeError") : NULL;
  PyObject* error =
      type && expected && got ? PyObject_CallFunction(type, "OOs", expected, got, remedy) : NULL;
  if (error) PyErr_SetObject(type, error);
  Py_XDECREF(error);
  Py_XDECREF(type);
  Py_XDECREF(module);
  Py_XDECREF(expected);
  Py_XDECREF(got);
}

/* An array's sizes with `idle` ones before the spatial axes from `first` on. */
static void conv_sizes(const npy_intp* dims, int first, int idle, int nd, npy_intp* sizes) {
  for (int k = 0; k < idle; k++) sizes[k] = 1;
  for (int k = 0; k < nd; k++) sizes[idle + k] = dims[first + k];
}

/* Computes into *result, which is allocated where it does not fit. Returns -1 with an error set.

   geometry: as ConvOp.geometry says. sizes: of the image's or the filters' spatial axes where the task
   has to be told them. */
static int conv_run(const npy_int64* geometry, int nd, PyArrayObject* first, PyArrayObject* second,
                    const npy_int64* sizes, PyArrayObject** result) {
  const int task = (int) geometry[16], idle = 3 - nd;
  const bool unshared = geometry[2] != 0;
  ConvCall call;
  call.groups = geometry[0];
  call.flip = geometry[1] != 0;
  call.unshared = unshared;
  PyArrayObject *image = task == CONV_TASK_GRAD_INPUTS ? NULL : first;
  PyArrayObject *filters = task == CONV_TASK_CONV ? second : task == CONV_TASK_GRAD_INPUTS ? first : NULL;
  PyArrayObject *output = task == CONV_TASK_CONV ? NULL : second;
  npy_intp batch = image ? PyArray_DIM(image, 0) : PyArray_DIM(output, 0);
  npy_intp all_channels, all_filters, places[3] = {-1, -1, -1};
  const int last = unshared ? 1 + nd : 1;  /* axis of the filters' channels */
  for (int k = 0; k < 3; k++) call.image[k] = call.taps[k] = 1;
  if (image) conv_sizes(PyArray_DIMS(image), 2, idle, nd, call.image);
  else for (int k = 0; k < nd; k++) call.image[idle + k] = sizes[k];
  if (filters) {
    conv_sizes(PyArray_DIMS(filters), last + 1, idle, nd, call.taps);
    if (unshared) conv_sizes(PyArray_DIMS(filters), 1, idle, nd, places);
    all_filters = PyArray_DIM(filters, 0);
    call.channels = PyArray_DIM(filters, last);
  } else {
    for (int k = 0; k < nd; k++) call.taps[idle + k] = sizes[k];
    all_filters = PyArray_DIM(output, 1);
    call.channels = PyArray_DIM(image, 1) / call.groups;
  }
  all_channels = image ? PyArray_DIM(image, 1) : call.channels * call.groups;
  if (call.channels * call.groups != all_channels || all_filters % call.groups != 0) {
    conv_shape_error(
        PyUnicode_FromFormat("channels and filters that %zd groups share out evenly, filters having "
                             "the image's channels / num_groups", call.groups),
        PyUnicode_FromFormat("an image of %zd channels, and %zd filters of %zd", all_channels,
                             all_filters, call.channels),
        "Filters have the axes (filters, channels / num_groups, *taps).");
    return -1;
  }
  call.filters = all_filters / call.groups;
  call.batch = batch;
  call.image_places = call.output_places = call.tap_count = 1;
  for (int k = 0; k < 3; k++) {
    const npy_int64* axis = geometry + 4 + 4 * k;
    call.stride[k] = axis[0];
    call.dilation[k] = axis[1];
    const npy_intp span = (call.taps[k] - 1) * call.dilation[k] + 1;
    call.before[k] = geometry[3] == 0 ? axis[2] : geometry[3] == 2 ? span - 1 : geometry[3] == 3 ? span / 2 : 0;
    call.after[k] = geometry[3] == 0 ? axis[3] : call.before[k];
    const npy_intp room = call.image[k] + call.before[k] + call.after[k] - span;
    if (call.taps[k] < 1 || room < 0 || call.image[k] < 0) {
      conv_shape_error(
          PyUnicode_FromString("a filter of at least one tap that fits into the padded image"),
          PyUnicode_FromFormat("an image of %zd with padding (%zd, %zd) and %zd taps of dilation %zd "
                               "along an axis", call.image[k], call.before[k], call.after[k],
                               call.taps[k], call.dilation[k]),
          "Use a larger image, a smaller filter, or more padding (border_mode='half' or 'full').");
      return -1;
    }
    call.output[k] = room / call.stride[k] + 1;
    const npy_intp given = output && k >= idle ? PyArray_DIM(output, 2 + k - idle) : call.output[k];
    if (given != call.output[k] || (places[k] != -1 && places[k] != call.output[k])) {
      conv_shape_error(
          PyUnicode_FromFormat("an output of %zd along an axis, as an image of %zd and %zd taps give",
                               call.output[k], call.image[k], call.taps[k]),
          given != call.output[k] ? PyUnicode_FromFormat("one of %zd", given)
                                  : PyUnicode_FromFormat("unshared filters for %zd", places[k]),
          "Pass the shape of the image or the filters that this output came from.");
      return -1;
    }
    call.image_places *= call.image[k];
    call.output_places *= call.output[k];
    call.tap_count *= call.taps[k];
  }
  call.fields = unshared ? call.output_places : 1;
  if (output && (PyArray_DIM(output, 0) != batch || PyArray_DIM(output, 1) != all_filters)) {
    conv_shape_error(
        PyUnicode_FromFormat("an output of %zd images and %zd filters", batch, all_filters),
        PyUnicode_FromFormat("one of %zd and %zd", PyArray_DIM(output, 0), PyArray_DIM(output, 1)),
        "Pass the output of this image and these filters.");
    return -1;
  }
  npy_intp shape[8];
  int ndim = 2 + nd;
  if (task == CONV_TASK_GRAD_WEIGHTS) {
    ndim = 0;
    shape[ndim++] = all_filters;
    for (int k = idle; unshared && k < 3; k++) shape[ndim++] = call.output[k];
    shape[ndim++] = call.channels;
    for (int k = idle; k < 3; k++) shape[ndim++] = call.taps[k];
  } else {
    shape[0] = batch;
    shape[1] = task == CONV_TASK_CONV ? all_filters : all_channels;
    for (int k = 0; k < nd; k++)
      shape[2 + k] = task == CONV_TASK_CONV ? call.output[idle + k] : call.image[idle + k];
  }
  bool fits = *result != NULL && PyArray_IS_C_CONTIGUOUS(*result) && *result != first && *result != second;
  for (int k = 0; fits && k < ndim; k++) fits = PyArray_DIM(*result, k) == shape[k];
  if (!fits) {
    Py_XDECREF(*result);
    *result = (PyArrayObject*) PyArray_SimpleNew(ndim, shape, CONV_NPY);
    if (*result == NULL) return -1;
  }
  conv_real* to = (conv_real*) PyArray_DATA(*result);
  const bool empty = PyArray_SIZE(first) == 0 || PyArray_SIZE(second) == 0;
  const bool small = !unshared && batch < CONV_LANES / 2;
  if (empty || (small && task == CONV_TASK_GRAD_INPUTS) || task == CONV_TASK_GRAD_WEIGHTS)
    memset(to, 0, PyArray_NBYTES(*result));
  if (empty) return 0;
  PyArrayObject* a = PyArray_GETCONTIGUOUS(first);
  PyArrayObject* b = PyArray_GETCONTIGUOUS(second);
  bool done = false;
  if (a != NULL && b != NULL) {
    conv_real *x = (conv_real*) PyArray_DATA(a), *y = (conv_real*) PyArray_DATA(b);
    const bool points = conv_is_pointwise(call);
    if (points && task == CONV_TASK_CONV) done = conv_points(call, false, x, y, to);
    #if CONV_GRADIENTS
    else if (points && task == CONV_TASK_GRAD_INPUTS) done = conv_points(call, true, y, x, to);
    else if (points) done = conv_points_backward(call, x, y, to);
    #endif
    else if (small && task == CONV_TASK_CONV) done = conv_by_patches(call, task, x, y, to);
    else if (small && task == CONV_TASK_GRAD_INPUTS) done = conv_by_patches(call, task, to, x, y);
    else if (small) done = conv_by_patches(call, task, x, to, y);
    else if (task == CONV_TASK_CONV) done = conv_forward(call, false, x, y, to);
    #if CONV_GRADIENTS
    else if (task == CONV_TASK_GRAD_INPUTS) done = conv_forward(call, true, y, x, to);
    else {
      const npy_intp one = conv_outer_cost(call, false), other = conv_outer_cost(call, true);
      const bool fills = (one < other ? one : other) < 2 * call.filters * call.channels;
      if (unshared) done = conv_backward(call, x, y, to);
      else if (conv_patches_pay(call)) done = conv_backward_patches(call, x, y, to);
      else done = fills ? conv_backward_outer(call, x, y, to) : conv_backward(call, x, y, to);
    }
    #endif
    if (!done) PyErr_NoMemory();
  }
  Py_XDECREF(a);
  Py_XDECREF(b);
  return done ? 0 : -1;
}
"""

_C_TYPES = {
    "float32": ("npy_float32", "npy_int32", "NPY_FLOAT32", "sgemm_"),
    "float64": ("npy_float64", "npy_int64", "NPY_FLOAT64", "dgemm_"),
}


def support_code(dtype, gradients):
    """The kernels for a dtype; those of the gradients by the filters only where they are asked for."""
    real, integer, number, gemm = _C_TYPES[dtype]
    head = f"""
    typedef {real} conv_real;
    typedef {integer} conv_int;
    #define CONV_NPY {number}
    #define CONV_GEMM {gemm}
    #define CONV_GRADIENTS {int(gradients)}
    """
    transpose = transpose_code("conv_transpose", "conv_real", "CONV_LANES", "conv_vec", "conv_mask")
    shared = aligned.SUPPORT_CODE + threads.SUPPORT_CODE + threads.BLAS_SUPPORT_CODE
    return "\n".join([shared, head, _SIZES, transpose, _KERNELS, pointwise.CODE, _ENTRY])


def call_code(ndim, inames, oname, sub):
    """The call of a module's one entry."""
    first, second, *sizes = inames
    values = ", ".join(f"((npy_int64*) PyArray_DATA({size}))[0]" for size in sizes) or "0"
    return f"""
    {{
      const npy_int64 sizes[] = {{{values}}};
      const npy_int64* geometry = (npy_int64*) PyArray_DATA({sub["params"]}->geometry);
      if (conv_run(geometry, {ndim}, {first}, {second}, sizes, &{oname}) != 0) {{ {sub["fail"]} }}
    }}
    """
