// Products with panels and the laying out of them (panels.cpp alone), compiled once for each vector unit: the includer sets kLanes,
// kRows and the target in a namespace of its own, so this file has no guard and includes nothing.
// A tile is up to kRows rows by two vectors of columns, summed in registers over the whole inner side.

typedef float Vector __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
constexpr std::int64_t kTileColumns = 2 * kLanes;

template <int kHigh, bool kFlipped, bool kFetches>
inline void tile(const TileTask& t) {
  Vector low[kHigh], high[kHigh];
#pragma GCC unroll 16
  for (int i = 0; i < kHigh; ++i) low[i] = high[i] = Vector{} + (t.bias ? t.bias[i] : 0.0F);
  const float *a = t.a, *b = t.b;
  for (std::int64_t part = 0; part < t.parts; ++part, a += t.a_jump) {
    if constexpr (kFlipped) {
      const float* down = a;
      for (std::int64_t k = 0; k < t.inner; ++k, down += t.a_stride, b += t.b_stride) {
        if constexpr (kFetches) __builtin_prefetch(down + 2 * kHigh - 1);
        const Vector b0 = *reinterpret_cast<const Vector*>(b), b1 = *reinterpret_cast<const Vector*>(b + kLanes);
#pragma GCC unroll 16
        for (int i = 0; i < kHigh; ++i) {
          low[i] += down[i] * b0;
          high[i] += down[i] * b1;
        }
      }
    } else {
      // Three rows to a pointer: more would not fit the registers.
      const float* along[(kHigh + 2) / 3];
#pragma GCC unroll 16
      for (int g = 0; g < (kHigh + 2) / 3; ++g) along[g] = a + 3 * g * t.a_stride;
      for (std::int64_t k = 0; k < t.inner; ++k, b += t.b_stride) {
        if constexpr (kFetches)
          if (k % kLine == 0)
#pragma GCC unroll 16
            for (int i = 0; i < kHigh; ++i) __builtin_prefetch(&along[i / 3][(kHigh + i % 3) * t.a_stride + k]);
        const Vector b0 = *reinterpret_cast<const Vector*>(b), b1 = *reinterpret_cast<const Vector*>(b + kLanes);
#pragma GCC unroll 16
        for (int i = 0; i < kHigh; ++i) {
          const float left = along[i / 3][(i % 3) * t.a_stride + k];
          low[i] += left * b0;
          high[i] += left * b1;
        }
      }
    }
  }
  float* out = t.out;
  if (t.columns == kTileColumns) {
#pragma GCC unroll 16
    for (int i = 0; i < kHigh; ++i, out += t.out_stride) {
      Vector *to0 = reinterpret_cast<Vector*>(out), *to1 = reinterpret_cast<Vector*>(out + kLanes);
      *to0 = t.add ? *to0 + low[i] : low[i];
      *to1 = t.add ? *to1 + high[i] : high[i];
    }
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kHigh; ++i, out += t.out_stride) {
    float edge[kTileColumns];
    *reinterpret_cast<Vector*>(edge) = low[i];
    *reinterpret_cast<Vector*>(edge + kLanes) = high[i];
    for (std::int64_t j = 0; j < t.columns; ++j) out[j] = t.add ? out[j] + edge[j] : edge[j];
  }
}

template <bool kFlipped, bool kFetches>
inline void tile_of(std::int64_t rows, const TileTask& task) {
  switch (rows) {
#define SWITCHYARD_HIGH(n) \
  case n: if constexpr (n <= kRows) return tile<n, kFlipped, kFetches>(task); break;
    SWITCHYARD_HIGH(1) SWITCHYARD_HIGH(2) SWITCHYARD_HIGH(3) SWITCHYARD_HIGH(4) SWITCHYARD_HIGH(5) SWITCHYARD_HIGH(6) SWITCHYARD_HIGH(7)
    SWITCHYARD_HIGH(8) SWITCHYARD_HIGH(9) SWITCHYARD_HIGH(10) SWITCHYARD_HIGH(11) SWITCHYARD_HIGH(12) SWITCHYARD_HIGH(13)
    SWITCHYARD_HIGH(14)
#undef SWITCHYARD_HIGH
    default: break;
  }
}

// The whole product: rows in nearly equal strips, each against every panel. While a strip is done for the first panel, the lines of
// the next one are fetched: a weight comes from memory in more streams than the processor follows by itself.
inline void product(const ProductTask& p) {
  const std::int64_t strips = (p.rows + kRows - 1) / kRows, panels = p.right.count();
  for (std::int64_t s = 0; s < strips; ++s) {
    const std::int64_t begin = p.rows * s / strips, high = p.rows * (s + 1) / strips - begin;
    for (std::int64_t panel = 0; panel < panels; ++panel) {
      const std::int64_t width = p.right.width(panel);
      for (std::int64_t c = 0; c < width; c += kTileColumns) {
        TileTask task = p.task;
        task.a += begin * (p.flipped ? 1 : task.a_stride);
        task.b = p.right.panel(panel) + p.skip * width + c;
        task.b_stride = width;
        task.columns = std::min(kTileColumns, width - c);
        if (p.out_panels) {
          task.out = p.out_panels->panel(panel) + begin * width + c;
          task.out_stride = width;
        } else {
          task.out += begin * task.out_stride + panel * kPanel + c;
        }
        if (task.bias) task.bias += begin;
        const bool fetches = p.cold && panel == 0 && c == 0 && s + 1 < strips;
        if (p.flipped) fetches ? tile_of<true, true>(high, task) : tile_of<true, false>(high, task);
        else fetches ? tile_of<false, true>(high, task) : tile_of<false, false>(high, task);
      }
    }
  }
}

// --- laying out

// A square of kLanes rows. Seen as bits, an element's place is row then lane; every round turns that by one bit, and after all
// of the lane's bits have gone round, row and lane have changed places.
inline void transpose(Vector (&v)[kLanes]) {
  typedef int Mask __attribute__((vector_size(kLanes * 4)));
  Mask low{}, high{};
#pragma GCC unroll 16
  for (int i = 0; i < kLanes / 2; ++i) {
    low[2 * i] = i, low[2 * i + 1] = kLanes + i;
    high[2 * i] = kLanes / 2 + i, high[2 * i + 1] = kLanes + kLanes / 2 + i;
  }
#pragma GCC unroll 4
  for (int done = 1; done < kLanes; done *= 2) {
    Vector turned[kLanes];
#pragma GCC unroll 16
    for (int i = 0; i < kLanes / 2; ++i) {
      turned[2 * i] = __builtin_shuffle(v[i], v[i + kLanes / 2], low);
      turned[2 * i + 1] = __builtin_shuffle(v[i], v[i + kLanes / 2], high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) v[i] = turned[i];
  }
}

// to[c, r] = from[r][c]
inline void flip_in(float* to, std::int64_t to_stride, const float* const* from, std::int64_t rows, std::int64_t columns) {
  const std::int64_t whole = columns / kLanes * kLanes;
  for (std::int64_t c = 0; c < whole; c += kLanes)
    for (std::int64_t r = 0; r < rows; r += kLanes) {
      const std::int64_t high = std::min<std::int64_t>(kLanes, rows - r);
      Vector v[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) v[i] = i < high ? *reinterpret_cast<const Vector*>(from[r + i] + c) : Vector{};
      transpose(v);
      float* at = to + c * to_stride + r;
      if (high == kLanes)
#pragma GCC unroll 16
        for (int i = 0; i < kLanes; ++i) *reinterpret_cast<Vector*>(at + i * to_stride) = v[i];
      else
        for (int i = 0; i < kLanes; ++i)
          for (std::int64_t j = 0; j < high; ++j) at[i * to_stride + j] = v[i][j];
    }
  for (std::int64_t c = whole; c < columns; ++c)
    for (std::int64_t r = 0; r < rows; ++r) to[c * to_stride + r] = from[r][c];
}

// to[c][r] = from[r, c]; from is read up to a vector past its end.
inline void flip_out(float* const* to, const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns) {
  const std::int64_t whole = rows / kLanes * kLanes;
  for (std::int64_t r = 0; r < whole; r += kLanes)
    for (std::int64_t c = 0; c < columns; c += kLanes) {
      const std::int64_t wide = std::min<std::int64_t>(kLanes, columns - c);
      Vector v[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) v[i] = *reinterpret_cast<const Vector*>(from + (r + i) * from_stride + c);
      transpose(v);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i)
        if (i < wide) *reinterpret_cast<Vector*>(to[c + i] + r) = v[i];
    }
  for (std::int64_t r = whole; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) to[c][r] = from[r * from_stride + c];
}
