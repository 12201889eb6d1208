// Looks at a model as bytes, and what they look at, which is kept once: a look names it by the checksum of its
// bytes.
//
// Thread safety: pure functions. Errors: usage, without the file's name.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/record/tape/bytes.h"

namespace switchyard {

// What a look's tokens or points are named by; 0: it has none.
struct ProbeName {
  bool of_points = false;
  std::uint64_t checksum = 0;
  bool operator==(const ProbeName&) const = default;
};

Bytes encode(const ProbeTokens& tokens);
Result<ProbeTokens> decode_tokens(std::span<const std::byte> content);
Bytes encode(const ProbePoints& points);
Result<ProbePoints> decode_points(std::span<const std::byte> content);

// Without what the look points at.
Bytes encode(const Snapshot& look, const ProbeName& probe);
struct Look {
  ProbeName probe;
  Snapshot snapshot;
};
Result<Look> decode_look(std::span<const std::byte> content);

}  // namespace switchyard
