// Numbers of a checkpoint as floats, piece after piece, and sums over them. The files are larger than memory: no
// more than a piece of them is held.
//
// Thread safety: pure functions; what is called is called on the same thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/checkpoints/expert_model.h"

namespace switchyard {

// Numbers as they lie in a file (little-endian, `type` one that is read) as floats, all of them exact.
void to_floats(Dtype type, const std::byte* raw, std::span<float> to);

// In double.
double sum_of_squares(std::span<const float> values);

// Some numbers of a matrix, from this one on.
using TakeNumbers = std::function<void(std::int64_t first, std::span<const float> values)>;
// Bytes that have been read or skipped; false: it ends there.
using BytesTold = std::function<bool(std::uint64_t bytes)>;

inline constexpr std::size_t kPieceNumbers = std::size_t{1} << 16;

// A matrix from front to back. What is not stored at all (a hole of the file) is left out, and is zeros. usage:
// the type is not read, the file is cut off or cannot be read. interrupted: `told` said so.
Result<void> each_piece(const WeightFiles& files, const WeightMatrix& matrix, const TakeNumbers& take,
                        const BytesTold& told = {});
// All of it [rows columns]; for what is small.
Result<std::vector<float>> all_numbers(const WeightFiles& files, const WeightMatrix& matrix,
                                       const BytesTold& told = {});
// Columns first to first + count - 1 of it, [rows count] into `to`. interrupted: `told` said so.
Result<void> read_columns(const WeightFiles& files, const WeightMatrix& matrix, std::int64_t first,
                          std::int64_t count, std::span<float> to, const BytesTold& told = {});

}  // namespace switchyard
