// What a rank says of itself when it comes, and whether all that came can train one model: the same version of the
// program, the same settings. Thread safety: pure functions of values.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace switchyard {

struct Hello {
  std::string version, host, process;  // one line each
  std::string config;                  // as JSON, one knob a line; empty: it has no say

  std::string text() const;
  static Hello of(const std::string& text);
  // "rank 2 (name, process 4711)".
  std::string name(std::size_t rank) const;
};

// In the order of ranks. usage: the first that differs from rank 0, with what both have.
Result<void> check_alike(const std::vector<Hello>& hellos);

}  // namespace switchyard
