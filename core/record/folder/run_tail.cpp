#include "core/record/folder/run_tail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>

#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/files/files.h"
#include "core/record/folder/run_place.h"
#include "core/record/folder/run_tape.h"
#include "core/record/tensorboard/event_file.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLost = "lost-", kCheckpoint = "step-";
constexpr const char* kLostEvents = "tensorboard-events.bin";
constexpr std::size_t kCopied = std::size_t{1} << 20;

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// One of the files, and where it is cut.
struct Recorded {
  fs::path path;
  std::string lost_name;
  Descriptor file;
  std::int64_t size = 0, keep = 0;
};

// Bytes from `begin` on, at most what `bytes` has; fewer at the end or where it cannot be read.
std::string_view read_at(int file, std::int64_t begin, std::string& bytes) {
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t now =
        ::pread(file, bytes.data() + got, bytes.size() - got, begin + static_cast<std::int64_t>(got));
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0) break;
    got += static_cast<std::size_t>(now);
  }
  return {bytes.data(), got};
}

// Where the last whole line up to `end` ends.
std::int64_t whole_until(int file, std::int64_t end) {
  std::string bytes;
  while (end > 0) {
    const std::int64_t begin = std::max<std::int64_t>(0, end - static_cast<std::int64_t>(kCopied));
    bytes.resize(static_cast<std::size_t>(end - begin));
    const std::size_t newline = read_at(file, begin, bytes).rfind('\n');
    if (newline != std::string_view::npos) return begin + static_cast<std::int64_t>(newline) + 1;
    end = begin;
  }
  return 0;
}

std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || number < 0) return std::nullopt;
  return number;
}

// The step of the last whole row between where the file is cut and its end.
std::optional<std::int64_t> last_step_in(const Recorded& metrics) {
  const std::int64_t begin = std::max(metrics.keep, metrics.size - static_cast<std::int64_t>(kCopied));
  std::string bytes(static_cast<std::size_t>(metrics.size - begin), '\0');
  std::string_view text = read_at(metrics.file.get(), begin, bytes);
  text = text.substr(0, text.rfind('\n') == text.npos ? 0 : text.rfind('\n'));
  if (text.empty()) return std::nullopt;
  const std::size_t line = text.rfind('\n');
  return leading_number(line == text.npos ? text : text.substr(line + 1));
}

// Of a checkpoint's file name: its step, and whether a person named it.
struct NamedStep {
  std::int64_t step = 0;
  bool has_name = false;
};
std::optional<NamedStep> step_of(const std::string& file) {
  if (!file.starts_with(kCheckpoint) || !file.ends_with(".safetensors")) return std::nullopt;
  const auto step = leading_number(std::string_view(file).substr(kCheckpoint.size()));
  if (!step) return std::nullopt;
  return NamedStep{*step, file.find('-', kCheckpoint.size()) != file.npos};
}

std::vector<fs::path> later_checkpoints(const fs::path& folder, std::int64_t step, std::int64_t& last) {
  std::vector<fs::path> later;
  std::error_code code;
  for (fs::directory_iterator at(folder / kCheckpointFolder, code), end; !code && at != end; at.increment(code))
    if (const auto found = step_of(at->path().filename().native()); found && found->step > step) {
      later.push_back(at->path());
      last = std::max(last, found->step);
    }
  return later;
}

Result<void> copy_tail(const Recorded& from, const fs::path& to) {
  const Descriptor file(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (file.get() < 0) return system_failure(to, "write");
  std::string bytes;
  for (std::int64_t at = from.keep; at < from.size;) {
    bytes.resize(std::min(kCopied, static_cast<std::size_t>(from.size - at)));
    std::string_view text = read_at(from.file.get(), at, bytes);
    if (text.empty()) return system_failure(from.path, "read");
    at += static_cast<std::int64_t>(text.size());
    while (!text.empty()) {
      const ssize_t written = ::write(file.get(), text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_failure(to, "write");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  if (::fsync(file.get()) != 0) return system_failure(to, "write");
  return {};
}

Result<fs::path> make_lost_folder(const fs::path& folder, std::int64_t step) {
  for (int number = 1;; ++number) {
    const fs::path path =
        folder / (number == 1 ? fmt::format("{}{}", kLost, step) : fmt::format("{}{}-{}", kLost, step, number));
    if (::mkdir(path.c_str(), 0777) == 0) return path;
    if (errno != EEXIST) return system_failure(path, "make the folder");
  }
}

Result<void> set_aside(const std::vector<Recorded>& files, const std::vector<fs::path>& later,
                       const fs::path& lost) {
  for (const Recorded& file : files)
    if (file.size > file.keep)
      if (auto copied = copy_tail(file, lost / file.lost_name); !copied) return copied;
  sync_folder(lost);
  sync_folder(lost.parent_path());
  if (later.empty()) return {};
  // Only now: with the newest gone a run would go on from an older one.
  const fs::path checkpoints = lost / kCheckpointFolder;
  if (::mkdir(checkpoints.c_str(), 0777) != 0) return system_failure(checkpoints, "make the folder");
  for (const fs::path& file : later)
    if (::rename(file.c_str(), (checkpoints / file.filename()).c_str()) != 0)
      return system_failure(file, "set it aside");
  sync_folder(checkpoints);
  sync_folder(lost);
  sync_folder(later.front().parent_path());
  return {};
}

}  // namespace

Result<TailCut> cut_tail(const fs::path& folder, std::int64_t step, const RecordingState& recording) {
  TailCut cut;
  std::vector<Recorded> files;
  std::int64_t last = step;
  const std::array recorded{recording.metrics_bytes, recording.routing_bytes, recording.events_bytes,
                            recording.tensorboard_bytes};
  for (std::size_t f = 0; f < recorded.size(); ++f) {
    const bool is_lines = f < kRunFileNames.size();
    const std::string name = is_lines ? kRunFileNames[f] : find_event_file(folder);
    if (name.empty()) {
      if (recorded[f] > 0)
        cut.missing.push_back(
            fmt::format("{}: the file for TensorBoard is gone, the checkpoint of step {} recorded {} bytes "
                        "of it: what is missing stays missing",
                        folder.native(), step, recorded[f]));
      continue;
    }
    const fs::path path = folder / name;
    const auto short_of = [&](std::int64_t bytes) {
      cut.missing.push_back(
          fmt::format("{}: ends at byte {}, the checkpoint of step {} recorded {}: what is missing stays missing",
                      path.native(), bytes, step, recorded[f]));
    };
    Descriptor descriptor(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat at {};
    if (descriptor.get() < 0) {
      if (errno != ENOENT) return system_failure(path, "open it");
      if (recorded[f] > 0) short_of(0);
      continue;
    }
    if (::fstat(descriptor.get(), &at) != 0 || !S_ISREG(at.st_mode))
      return failure(path.native() + ": is no regular file");
    const std::int64_t size = at.st_size;
    // Of events too: those that waited when it was recorded may never have been written, and others are there.
    const std::int64_t end = recorded[f] < 0 && !is_lines ? size : std::min(size, recorded[f]);
    const std::int64_t keep =
        is_lines ? whole_until(descriptor.get(), end) : extent_of_events(descriptor.get(), 0, end).whole;
    if (keep < recorded[f]) short_of(keep);
    files.push_back({path, is_lines ? name : kLostEvents, std::move(descriptor), size, keep});
    const auto found = f == 0     ? last_step_in(files.back())
                       : is_lines ? std::nullopt
                                  : extent_of_events(files.back().file.get(), keep, size).last_step;
    if (found) last = std::max(last, *found);
  }
  const std::vector<fs::path> later = later_checkpoints(folder, step, last);
  const bool has_tail =
      std::any_of(files.begin(), files.end(), [](const Recorded& file) { return file.size > file.keep; });
  TapeCut tape = find_tape_cut(folder, step, recording.tape_events);
  last = std::max(last, tape.last_step);
  const auto tell_of_tape = [&] {
    cut.tape_events = tape.events;
    if (!tape.missing.empty()) cut.missing.push_back(tape.missing);
  };
  if (!has_tail && later.empty() && !tape.has_tail) return tell_of_tape(), cut;
  // What a person did between the checkpoint's step and the next is passed with that one.
  cut.last_lost_step = std::max(last, step + 1);
  auto lost = make_lost_folder(folder, cut.last_lost_step);
  if (!lost) return lost.error();
  if (auto aside = set_aside(files, later, *lost); !aside) return aside.error();
  cut_tape_into(folder, step, recording.tape_events, *lost, tape);
  tell_of_tape();
  cut.lost = std::move(*lost);
  for (const Recorded& file : files) {
    if (file.size <= file.keep) continue;
    const bool is_events = file.lost_name == kLostEvents;
    cut.cut_event_file = cut.cut_event_file || is_events;
    const bool is_cut = is_events && file.keep == 0
                            ? ::unlink(file.path.c_str()) == 0
                            : ::ftruncate(file.file.get(), file.keep) == 0 && ::fsync(file.file.get()) == 0;
    if (!is_cut) return system_failure(file.path, "cut it");
  }
  return cut;
}

std::optional<std::int64_t> remove_passed_tails(const fs::path& folder, std::int64_t step) {
  std::optional<std::int64_t> next;
  std::vector<fs::path> passed;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    const std::string name = at->path().filename().native();
    const auto last =
        name.starts_with(kLost) ? leading_number(std::string_view(name).substr(kLost.size())) : std::nullopt;
    std::error_code ignored;
    if (!last || at->symlink_status(ignored).type() != fs::file_type::directory) continue;
    if (*last <= step) passed.push_back(at->path());
    else next = next ? std::min(*next, *last) : *last;
  }
  for (const fs::path& lost : passed) {
    bool has_named = false;
    std::error_code none;
    for (fs::directory_iterator at(lost / kCheckpointFolder, none), end; !none && at != end; at.increment(none)) {
      const auto found = step_of(at->path().filename().native());
      has_named = has_named || !found || found->has_name;
    }
    if (!has_named) fs::remove_all(lost, none);
  }
  return next;
}

}  // namespace switchyard
