// What an expert is called wherever it is told of: "E03" among at most 100, "E003" among more. Thread safety: pure.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>

namespace switchyard {

inline std::string expert_label(std::int64_t expert, std::size_t experts) {
  return experts > 100 ? fmt::format("E{:03}", expert) : fmt::format("E{:02}", expert);
}

}  // namespace switchyard
