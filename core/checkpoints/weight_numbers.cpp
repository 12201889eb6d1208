#include "core/checkpoints/weight_numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace switchyard {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers of files are taken as they lie");

// IEEE binary16, denormal numbers, infinities and NaN too, without a branch: the exponent is moved by multiplying.
float float_of_half(std::uint16_t bits) {
  const std::uint32_t unsigned_bits = static_cast<std::uint32_t>(bits & 0x7FFFU) << 13U;
  constexpr float up = 0x1p112F;
  const float value = std::bit_cast<float>(unsigned_bits) * up;
  const std::uint32_t special = (bits & 0x7C00U) == 0x7C00U ? 0x7F800000U : 0;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) | special |
                              static_cast<std::uint32_t>(bits & 0x8000U) << 16U);
}

}  // namespace

void to_floats(Dtype type, const std::byte* raw, std::span<float> to) {
  float* const out = to.data();
  const std::size_t count = to.size();
  if (type == Dtype::f32) {
    std::memcpy(out, raw, count * sizeof(float));
    return;
  }
  const bool is_half = type == Dtype::f16;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, raw + 2 * i, 2);
    out[i] = is_half ? float_of_half(bits) : float_of_bf16(bits);
  }
}

double sum_of_squares(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return sum;
}

Result<void> each_piece(const WeightFiles& files, const WeightMatrix& matrix, const TakeNumbers& take,
                        const BytesTold& told) {
  if (auto read = check_read(files, matrix); !read) return read;
  const InputFile& file = files.file(matrix.file);
  const std::uint64_t size = matrix.type->bits / 8, end = matrix.begin + matrix.bytes();
  const Error ended{ErrorKind::interrupted, "ended between two pieces"};
  std::vector<std::byte> raw(kPieceNumbers * size);
  std::vector<float> values(kPieceNumbers);
  InputFile::Stretch stored = file.stored_from(matrix.begin);
  for (std::uint64_t at = matrix.begin; at < end;) {
    if (stored.end <= at) stored = file.stored_from(at);
    if (stored.begin > at) {
      // To the number that the stored part begins in.
      const std::uint64_t to = std::min(end, at + (stored.begin - at) / size * size);
      if (to > at) {
        if (told && !told(to - at)) return ended;
        at = to;
        continue;
      }
    }
    // Past the stored part up to a whole number: zeros are read as well as any.
    const std::uint64_t until = std::max(stored.end, at + size);
    const std::uint64_t wanted =
        std::min({(until - at + size - 1) / size, (end - at) / size, std::uint64_t{kPieceNumbers}});
    const std::span<std::byte> piece(raw.data(), static_cast<std::size_t>(wanted * size));
    if (auto done = file.read(at, piece); !done) return done;
    const std::span<float> numbers(values.data(), static_cast<std::size_t>(wanted));
    to_floats(*matrix.type->reads, piece.data(), numbers);
    take(static_cast<std::int64_t>((at - matrix.begin) / size), numbers);
    at += piece.size();
    if (told && !told(piece.size())) return ended;
  }
  return {};
}

Result<std::vector<float>> all_numbers(const WeightFiles& files, const WeightMatrix& matrix,
                                       const BytesTold& told) {
  std::vector<float> all(static_cast<std::size_t>(matrix.count()));
  const auto take = [&](std::int64_t first, std::span<const float> values) {
    std::copy(values.begin(), values.end(), all.begin() + first);
  };
  const auto done = each_piece(files, matrix, take, told);
  if (!done) return done.error();
  return all;
}

Result<void> read_columns(const WeightFiles& files, const WeightMatrix& matrix, std::int64_t first,
                          std::int64_t count, std::span<float> to, const BytesTold& told) {
  if (auto read = check_read(files, matrix); !read) return read;
  const std::uint64_t size = matrix.type->bits / 8;
  std::vector<std::byte> raw(static_cast<std::size_t>(count) * size);
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    const auto from = static_cast<std::uint64_t>(row * matrix.columns + first) * size;
    if (auto done = files.file(matrix.file).read(matrix.begin + from, raw); !done) return done;
    to_floats(*matrix.type->reads, raw.data(),
              to.subspan(static_cast<std::size_t>(row * count), static_cast<std::size_t>(count)));
    if (told && !told(raw.size())) return Error{ErrorKind::interrupted, "ended between two rows"};
  }
  return {};
}

}  // namespace switchyard
