// The file that TensorBoard reads: events one behind the other, each framed as a TFRecord,
//
//   length u64 | masked CRC-32C of these 8 bytes u32 | the event | masked CRC-32C of it u32      (little-endian)
//
// so that what a kill cut off is told from what is whole. Its name says when it was made, and names no host.
//
// Thread safety: pure functions. Errors: what cannot be read counts as torn.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard {

// "events.out.tfevents.1796000000.switchyard"
std::string event_file_name(std::int64_t made_unix_s);
// The name of the one in a run's folder, the newest of several; empty: there is none.
std::string find_event_file(const std::filesystem::path& folder);

// Files of that kind without an event, older than the one of this name.
void remove_earlier_empty_ones(const std::filesystem::path& folder, const std::string& name);

std::string framed(std::string_view event);

struct EventExtent {
  std::int64_t whole = 0;                 // where the last whole one up to the end ends
  std::optional<std::int64_t> last_step;  // the greatest of them
};
// Of an open file between `begin`, where one begins, and `end`. Their sums are not checked, only the lengths'.
EventExtent extent_of_events(int file, std::int64_t begin, std::int64_t end);

}  // namespace switchyard
