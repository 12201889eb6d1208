#include "core/record/checkpoint/checkpoint_store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "core/record/files/files.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-", kEnding = ".safetensors";
constexpr std::size_t kLongestFileName = 60, kMostNamed = 12;

std::string name_in_file(std::string_view name) {
  std::string text(name.substr(0, kLongestFileName));
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_') c = '-';
  return text;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    const std::string name = at->path().filename().native();
    if (name.starts_with(kPrefix) && name.ends_with(kEnding)) files.push_back(at->path());
  }
  return files;
}

// A later version of the program went on behind this file (behind none: all that is here is its). What it learned
// would be put aside, and go once the run has passed it.
std::optional<Error> later_than(const fs::path& folder, const fs::path& file) {
  for (const fs::path& other : files_in(folder)) {
    if (other.filename() <= file.filename() || !is_of_later_version(other)) continue;  // steps have leading zeros
    const auto read = read_checkpoint(other);
    if (read) continue;
    if (file.empty()) return usage_error(fmt::format("{}; none that is here can be read", read.error().message));
    return usage_error(
        fmt::format("{}; {} is the newest that can be read here: {}@STEP goes on from it or an older one",
                    read.error().message, file.filename().native(), folder.parent_path().native()));
  }
  return std::nullopt;
}

// The first, second, ... name of its file.
fs::path file_called(const fs::path& folder, const CheckpointLabel& label, int number) {
  const std::string begin = fmt::format("{}{:09}", kPrefix, label.step);
  const std::string name = label.name.empty() ? begin : begin + "-" + name_in_file(label.name);
  return folder /
         (number == 1 ? fmt::format("{}{}", name, kEnding) : fmt::format("{}-{}{}", name, number, kEnding));
}

// Where none is, or one of the same name.
fs::path file_for(const fs::path& folder, const CheckpointLabel& label) {
  for (int number = 1;; ++number) {
    const fs::path file = file_called(folder, label, number);
    if (!identity_of(file)) return file;
    const auto there = read_checkpoint_header(file);
    // What cannot be read is damaged, or of a later version, which reads it.
    if (there ? there->label.name == label.name : !is_of_later_version(file)) return file;
  }
}

std::string shown_as(const CheckpointHeader& checkpoint) {
  return checkpoint.label.name.empty() ? fmt::format("{}", checkpoint.label.step)
                                       : fmt::format("{} ({})", checkpoint.label.step, checkpoint.label.name);
}

}  // namespace

Result<CheckpointHeader> CheckpointStore::write(Checkpoint& checkpoint) const {
  if (::mkdir(folder_.c_str(), 0777) == 0) {
    sync_folder(folder_.parent_path());
    sync_folder(folder_.parent_path() / "..");
  } else if (errno != EEXIST) {
    return system_failure(folder_, "make the folder");
  }
  if (checkpoint.label.written_unix_s == 0)
    checkpoint.label.written_unix_s =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
  checkpoint.label.step = checkpoint.trainer.step;
  return write_checkpoint(file_for(folder_, checkpoint.label), checkpoint);
}

CheckpointStore::Listing CheckpointStore::list() const {
  Listing found;
  for (const fs::path& file : files_in(folder_)) {
    auto header = read_checkpoint_header(file);
    if (header) found.checkpoints.push_back(std::move(*header));
    else found.damaged.push_back(header.error().message);
  }
  std::sort(found.damaged.begin(), found.damaged.end());
  std::sort(found.checkpoints.begin(), found.checkpoints.end(),
            [](const CheckpointHeader& a, const CheckpointHeader& b) {
              return std::tie(a.label.step, a.label.events_bytes, a.label.name, a.file) <
                     std::tie(b.label.step, b.label.events_bytes, b.label.name, b.file);
            });
  return found;
}

std::optional<CheckpointHeader> CheckpointStore::newest() const {
  std::vector<fs::path> files = files_in(folder_);
  std::sort(files.rbegin(), files.rend());  // steps have leading zeros
  std::optional<CheckpointHeader> newest;
  for (const fs::path& file : files) {
    auto header = read_checkpoint_header(file);
    if (!header) continue;
    if (newest && header->label.step != newest->label.step) break;
    if (!newest || header->label.events_bytes > newest->label.events_bytes) newest = std::move(*header);
  }
  return newest;
}

Result<CheckpointHeader> CheckpointStore::find(std::string_view which) const {
  const Listing all = list();
  const auto refuse = [&](std::string_view what) {
    std::vector<std::string> there;
    for (auto at = all.checkpoints.rbegin(); at != all.checkpoints.rend() && there.size() < kMostNamed; ++at)
      there.push_back(shown_as(*at));
    std::string message = fmt::format("{}: {}", folder_.native(), what);
    if (!there.empty())
      message += fmt::format("; there are {}{}", fmt::join(there, ", "),
                             there.size() < all.checkpoints.size()
                                 ? fmt::format(" and {} older ones", all.checkpoints.size() - there.size())
                                 : "");
    for (std::size_t i = 0; i < std::min<std::size_t>(all.damaged.size(), 3); ++i)
      message += "; " + all.damaged[i];
    return usage_error(std::move(message));
  };
  if (which.empty()) {
    if (all.checkpoints.empty()) return refuse("holds no checkpoint");
    return all.checkpoints.back();
  }
  for (auto at = all.checkpoints.rbegin(); at != all.checkpoints.rend(); ++at)
    if (at->label.name == which || (!at->label.name.empty() && name_in_file(at->label.name) == which)) return *at;
  std::int64_t step = 0;
  const auto [end, code] = std::from_chars(which.data(), which.data() + which.size(), step);
  if (code == std::errc() && end == which.data() + which.size()) {
    // Of those that are alike the one without a name; of a step in which experts were operated on what came of it.
    const CheckpointHeader* found = nullptr;
    for (const CheckpointHeader& header : all.checkpoints)
      if (header.label.step == step && (!found || header.label.events_bytes > found->label.events_bytes))
        found = &header;
    if (found) return *found;
  }
  return refuse(fmt::format("holds no checkpoint '{}'", which));
}

std::optional<Error> CheckpointStore::gone_on_by_later() const {
  const Listing all = list();
  for (auto at = all.checkpoints.rbegin(); at != all.checkpoints.rend(); ++at)
    if (read_checkpoint(at->file)) return later_than(folder_, at->file);
  return later_than(folder_, {});
}

Result<CheckpointStore::Found> CheckpointStore::read(std::string_view which) const {
  Found found;
  const auto take = [&](const fs::path& file) -> Result<void> {
    auto read = read_checkpoint(file);
    if (!read) return read.error();
    found.checkpoint = std::move(*read);
    found.file = file;
    return {};
  };
  if (!which.empty()) {
    const auto header = find(which);
    if (!header) return header.error();
    if (auto taken = take(header->file); !taken) return taken.error();
    return found;
  }
  Listing all = list();
  found.passed_over = std::move(all.damaged);
  for (auto at = all.checkpoints.rbegin(); at != all.checkpoints.rend(); ++at) {
    const auto taken = take(at->file);
    if (taken) {
      if (const auto later = later_than(folder_, found.file)) return *later;
      return found;
    }
    found.passed_over.push_back(taken.error().message);
  }
  if (found.passed_over.empty()) return usage_error(folder_.native() + ": holds no checkpoint");
  if (const auto later = later_than(folder_, {})) return *later;
  return usage_error(
      fmt::format("{}: holds no checkpoint that is whole: {}", folder_.native(), found.passed_over.front()));
}

Result<CheckpointHeader> CheckpointStore::name(const CheckpointHeader& checkpoint, const std::string& name) const {
  struct stat at {};
  if (::lstat(checkpoint.file.c_str(), &at) == 0 && !S_ISREG(at.st_mode))
    return usage_error(checkpoint.file.native() + ": is no regular file");
  auto now = read_checkpoint_header(checkpoint.file);
  if (!now || now->label.name == name) return now;
  if (!name.empty())
    for (const CheckpointHeader& other : list().checkpoints)
      if (other.label.step == now->label.step && other.label.name == name)
        return usage_error(fmt::format("step {} is kept as '{}' already", now->label.step, name));
  if (auto written = name_checkpoint_file(checkpoint.file, name); !written) return written.error();
  auto named = read_checkpoint_header(checkpoint.file);
  if (!named) return named;
  // What counts is the name in it: where its file cannot be called so, all is well.
  for (int number = 1;; ++number) {
    const fs::path file = file_called(folder_, named->label, number);
    if (file == named->file) break;
    if (move_to_free_name(named->file, file)) {
      named->file = file;
      sync_folder(folder_);
    } else if (errno == EEXIST) {
      continue;
    }
    break;
  }
  return named;
}

Result<void> CheckpointStore::remove(const CheckpointHeader& checkpoint) const {
  if (::unlink(checkpoint.file.c_str()) != 0 && errno != ENOENT)
    return system_failure(checkpoint.file, "remove it");
  return {};
}

CheckpointStore::Kept CheckpointStore::keep_within(std::uint64_t budget_bytes,
                                                   std::span<const std::int64_t> pinned_steps) const {
  const Listing all = list();
  std::vector<KeptCheckpoint> kept;
  for (const CheckpointHeader& at : all.checkpoints) {
    const bool pinned = !at.label.name.empty() ||
                        std::find(pinned_steps.begin(), pinned_steps.end(), at.label.step) != pinned_steps.end();
    kept.push_back({at.label.step, at.bytes, at.label.val_loss, pinned});
  }
  const Thinning plan = thin_checkpoints(std::span(&kept, 1), budget_bytes);
  Kept done{plan.bytes, 0, thinning_warning(plan, budget_bytes, folder_.native())};
  for (const auto& [run, index] : plan.drop) {
    if (remove(all.checkpoints[index])) ++done.dropped;
    else done.bytes += kept[index].bytes;
  }
  return done;
}

}  // namespace switchyard
