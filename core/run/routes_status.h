// What a run does with routes beside choosing them: it records them, and it follows what was recorded.
//
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <string>

namespace switchyard {

struct RoutesStatus {
  std::string recorded_in;  // the folder; empty: they are not recorded
  std::int64_t recorded_steps = 0;
  std::uint64_t recorded_bytes = 0;  // about
  std::string followed;              // the folder; empty: the router chooses
  std::int64_t followed_steps = 0;   // since that began

  bool operator==(const RoutesStatus&) const = default;
};

}  // namespace switchyard
