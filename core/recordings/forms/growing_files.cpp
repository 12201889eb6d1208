#include "core/recordings/forms/growing_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace switchyard {

namespace fs = std::filesystem;

GrowingFiles::GrowingFiles(std::string_view form, const fs::path& path) : path_(path) {
  if (form == "megatron") prefix_ = "router_trace_rank";
  else if (form == "megatron-loads") prefix_ = "rank";
  std::error_code code;
  if (prefix_.empty()) return;
  if (!fs::is_directory(path_, code)) path_ = path_.parent_path();
  // As the reader has it: no link.
  if (form == "megatron-loads" && fs::is_directory(fs::symlink_status(path_ / "tokens_per_expert", code)))
    path_ /= "tokens_per_expert";
}

std::map<std::string, GrowingFiles::Stamp> GrowingFiles::stamps() const {
  std::map<std::string, Stamp> made;
  std::error_code code;
  std::vector<fs::path> files;
  if (fs::is_directory(path_, code)) {
    for (fs::directory_iterator at(path_, code), end; !code && at != end && files.size() < kMostFiles;
         at.increment(code))
      if (const fs::path& file = at->path();
          prefix_.empty() || (file.filename().native().starts_with(prefix_) && file.extension() == ".jsonl"))
        files.push_back(file);
  } else {
    files.push_back(path_);
  }
  for (const fs::path& file : files) {
    if (!fs::is_regular_file(file, code)) continue;
    const auto identity = identity_of(file);
    Stamp stamp;
    stamp.bytes = fs::file_size(file, code);
    if (!code) stamp.written = fs::last_write_time(file, code);
    if (!identity || code) continue;  // gone meanwhile
    stamp.identity = *identity;
    made.emplace(file.native(), stamp);
  }
  return made;
}

std::string GrowingFiles::stamp_text() const {
  std::string text;
  for (const auto& [path, stamp] : known_)
    text += fmt::format("{} {} {} {} {}\n", path, stamp.identity.device, stamp.identity.inode, stamp.bytes,
                        stamp.written.time_since_epoch().count());
  return text;
}

std::uintmax_t GrowingFiles::bytes() const {
  std::uintmax_t sum = 0;
  for (const auto& [path, stamp] : known_) sum += stamp.bytes;
  return sum;
}

GrowingFiles::Growth GrowingFiles::look() {
  std::map<std::string, Stamp> now = stamps();
  const std::map<std::string, Stamp> before = std::exchange(known_, now);
  if (now == before) return Growth::nothing;
  const bool goes_on = std::all_of(before.begin(), before.end(), [&](const auto& known) {
    const auto at = now.find(known.first);
    return at != now.end() && at->second.identity == known.second.identity &&
           (at->second.bytes > known.second.bytes || at->second == known.second);
  });
  return goes_on ? Growth::more : Growth::begun_anew;
}

}  // namespace switchyard
