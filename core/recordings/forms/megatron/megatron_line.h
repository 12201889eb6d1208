// A line of Megatron-LM's router trace. Thread safety: values, pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/recordings/forms/megatron/megatron_blobs.h"

namespace switchyard {

struct TraceLine {
  std::int64_t step = 0;
  std::string block;
  std::int32_t layer = 0, top_k = 0;
  std::vector<std::int32_t> experts;  // [T, k]
  BlobPlace logits, hidden;           // [T, N] and [T, d]
  std::uint64_t bytes() const { return sizeof(TraceLine) + experts.size() * sizeof(std::int32_t); }
  std::size_t tokens() const { return top_k > 0 ? experts.size() / static_cast<std::size_t>(top_k) : 0; }
};

// Most of a line are its experts, which are read as they stand where they are written plainly. usage: naming what
// is wrong with it.
Result<TraceLine> parse_trace_text(std::string_view text, const std::string& where);

}  // namespace switchyard
