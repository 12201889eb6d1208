#include "core/record/tensorboard/event_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>
#include <vector>

#include "core/record/tensorboard/crc32c.h"

namespace switchyard {
namespace {

constexpr std::string_view kBegin = "events.out.tfevents.", kEnd = ".switchyard";
constexpr std::size_t kLength = 8, kSum = 4;
constexpr std::size_t kStepWithin = 1 + 8 + 1 + 10;  // of an event: its time, and the longest step
constexpr std::size_t kReadAtOnce = std::size_t{256} << 10;

template <class Unsigned>
void append_le(std::string& out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(value); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}
template <class Unsigned>
Unsigned from_le(std::string_view bytes) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(value); ++i)
    value |= static_cast<Unsigned>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

bool is_event_file(std::string_view name) {
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd) || name.size() <= kBegin.size() + kEnd.size())
    return false;
  name = name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd.size());
  return name.find_first_not_of("0123456789") == name.npos;
}

std::vector<std::string> event_files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (std::filesystem::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    if (std::string name = at->path().filename().native(); is_event_file(name)) names.push_back(std::move(name));
  return names;
}

// By their numbers.
bool is_older(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// As event_bytes.h writes it: the time, then the step where it is not 0.
std::int64_t step_within(std::string_view event) {
  if (event.size() < 11 || event[0] != 0x09 || event[9] != 0x10) return 0;
  std::uint64_t step = 0;
  for (std::size_t i = 10; i < event.size() && i < 20; ++i) {
    const auto byte = static_cast<unsigned char>(event[i]);
    step |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * (i - 10));
    if (byte < 0x80) break;
  }
  return static_cast<std::int64_t>(step);
}

// A file read forwards, little by little.
class Ahead {
 public:
  explicit Ahead(int file) : file_(file) {}
  // So many bytes from there; fewer where they end or cannot be read.
  std::string_view at(std::int64_t offset, std::size_t bytes) {
    if (offset < begin_ || offset + static_cast<std::int64_t>(bytes) > begin_ + static_cast<std::int64_t>(held_)) {
      text_.resize(std::max(kReadAtOnce, bytes));
      begin_ = offset, held_ = 0;
      while (held_ < bytes) {
        const ssize_t got =
            ::pread(file_, text_.data() + held_, text_.size() - held_, offset + static_cast<std::int64_t>(held_));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        held_ += static_cast<std::size_t>(got);
      }
    }
    const auto from = static_cast<std::size_t>(offset - begin_);
    return std::string_view(text_).substr(from, std::min(bytes, held_ - from));
  }

 private:
  int file_;
  std::string text_;
  std::int64_t begin_ = 0;
  std::size_t held_ = 0;
};

}  // namespace

std::string event_file_name(std::int64_t made_unix_s) { return fmt::format("{}{}{}", kBegin, made_unix_s, kEnd); }

std::string find_event_file(const std::filesystem::path& folder) {
  std::string found;
  for (std::string& name : event_files_in(folder))
    if (is_older(found, name)) found = std::move(name);
  return found;
}

void remove_earlier_empty_ones(const std::filesystem::path& folder, const std::string& name) {
  for (const std::string& other : event_files_in(folder)) {
    struct stat at {};
    const std::filesystem::path file = folder / other;
    if (is_older(other, name) && ::lstat(file.c_str(), &at) == 0 && S_ISREG(at.st_mode) && at.st_size == 0)
      ::unlink(file.c_str());
  }
}

std::string framed(std::string_view event) {
  std::string record;
  record.reserve(kLength + kSum + event.size() + kSum);
  append_le(record, static_cast<std::uint64_t>(event.size()));
  append_le(record, masked_crc32c(record));
  record += event;
  append_le(record, masked_crc32c(event));
  return record;
}

EventExtent extent_of_events(int file, std::int64_t begin, std::int64_t end) {
  EventExtent extent{begin, std::nullopt};
  Ahead ahead(file);
  while (extent.whole < end) {
    const std::string_view head = ahead.at(extent.whole, kLength + kSum + kStepWithin);
    if (head.size() < kLength + kSum) break;
    const auto length = from_le<std::uint64_t>(head);
    if (from_le<std::uint32_t>(head.substr(kLength)) != masked_crc32c(head.substr(0, kLength))) break;
    const auto room = static_cast<std::uint64_t>(end - extent.whole);
    if (length > room || room - length < kLength + kSum + kSum) break;
    const std::string_view event = head.substr(kLength + kSum);
    const std::int64_t step =
        step_within(event.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(length, event.size()))));
    extent.last_step = std::max(extent.last_step.value_or(0), step);
    extent.whole += static_cast<std::int64_t>(kLength + kSum + length + kSum);
  }
  return extent;
}

}  // namespace switchyard
