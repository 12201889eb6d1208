#include "core/recordings/forms/form_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>
#include <span>
#include <utility>

#include "core/base/json.h"
#include "core/record/files/checksum.h"
#include "core/record/files/files.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAbout = "about.json";
constexpr std::string_view kPart = ".part-";
constexpr std::uintmax_t kLeastFree = std::uintmax_t{1} << 30;  // bytes that a disk keeps for others
constexpr auto kPartIsForgotten = std::chrono::hours(24);

std::string folder_of_key(const std::string& key) {
  Checksum sum;
  sum.add(std::as_bytes(std::span(key)));
  return sum.text();
}

struct Kept {
  fs::path folder;
  fs::file_time_type used;
  std::uint64_t bytes = 0;
};

// Of what an ended process left a day ago nobody is the writer any more.
std::vector<Kept> kept_in(const fs::path& cache) {
  std::vector<Kept> all;
  std::error_code code;
  for (fs::directory_iterator at(cache, code), end; !code && at != end; at.increment(code)) {
    Kept one{at->path(), fs::last_write_time(at->path() / kAbout, code)};
    if (code) one.used = fs::last_write_time(at->path(), code);
    const bool is_part = at->path().filename().native().starts_with(kPart);
    if (is_part && fs::file_time_type::clock::now() - one.used > kPartIsForgotten)
      fs::remove_all(at->path(), code);
    else if (!is_part)
      for (fs::directory_iterator file(at->path(), code), last; !code && file != last; file.increment(code))
        if (const auto bytes = file->file_size(code); !code) one.bytes += bytes;
    if (!is_part) all.push_back(std::move(one));
    code.clear();
  }
  return all;
}

void thin(const fs::path& cache, const fs::path& newest, std::uint64_t most) {
  std::vector<Kept> all = kept_in(cache);
  std::sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return a.used > b.used; });
  std::uint64_t bytes = 0;
  std::error_code code;
  for (const Kept& one : all) {
    bytes += one.bytes;
    if (bytes > most && one.folder != newest) fs::remove_all(one.folder, code);
  }
}

}  // namespace

fs::path recording_cache() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return fs::path(cache) / "switchyard" / "recordings";
  if (const char* home = std::getenv("HOME"); home && *home == '/')
    return fs::path(home) / ".cache" / "switchyard" / "recordings";
  return {};
}

std::string cache_key(std::string_view form, const fs::path& path, const std::vector<std::string>& keys) {
  GrowingFiles files(form, path);
  (void)files.look();
  // The number stands for how the forms are read: another one where that changes.
  std::string key = fmt::format("2\n{}\n{}\n{}", form, fmt::join(keys, " "), files.stamp_text());
  // Logits and hidden states lie beside the lines that name them.
  std::error_code code;
  const fs::path folder = fs::is_directory(path, code) ? path : path.parent_path();
  std::set<fs::path> beside;
  for (fs::directory_iterator at(folder, code), end; form == "megatron" && !code && at != end; at.increment(code))
    if (const std::string name = at->path().filename().native();
        name.starts_with("logits_rank") || name.starts_with("hidden_states_rank"))
      beside.insert(at->path());
  for (const fs::path& one : beside) {
    GrowingFiles file(one);
    (void)file.look();
    key += file.stamp_text();
  }
  return key;
}

std::optional<CachedRecording> find_cached(const fs::path& cache, const std::string& key) {
  if (cache.empty()) return std::nullopt;
  CachedRecording found{cache / folder_of_key(key), {}};
  std::error_code code;
  if (!fs::is_regular_file(found.routes / kAbout, code)) return std::nullopt;
  const auto about = read_json_file(found.routes / kAbout);
  if (!about || !(*about)["key"].text() || *(*about)["key"].text() != key) return std::nullopt;
  if (const Json::Array* notes = (*about)["notes"].array_items())
    for (const Json& note : *notes)
      if (note.text()) found.notes.push_back(*note.text());
  fs::last_write_time(found.routes / kAbout, fs::file_time_type::clock::now(), code);
  return found;
}

CacheWriter::CacheWriter(fs::path cache, std::string key, std::uint64_t most)
    : cache_(std::move(cache)), key_(std::move(key)), most_(most) {
  if (cache_.empty()) return;
  std::error_code code;
  fs::create_directories(cache_, code);
  part_ = cache_ / (std::string(kPart) + random_name(12));
  if (auto writer = RoutesWriter::create(part_)) writer_.emplace(std::move(*writer));
}

CacheWriter::~CacheWriter() {
  std::error_code code;
  if (!part_.empty()) fs::remove_all(part_, code);
}

void CacheWriter::write(const RecordingHead& head, RecordedChunk chunk) {
  if (!writer_) return;
  written_ += bytes_of(chunk);
  // A copy that is never used is worth no room that something else needs.
  std::error_code code;
  const fs::space_info space = fs::space(cache_, code);
  const bool fits = !code && written_ <= most_ && space.available > kLeastFree;
  if (fits && writer_->write(head, std::move(chunk))) return;
  writer_.reset();
  fs::remove_all(part_, code);
}

bool CacheWriter::finish(const RecordingHead& head, const std::vector<std::string>& notes, const std::string& key,
                         std::uint64_t most_cached) {
  if (!writer_ || key != key_ || !writer_->finish(head)) return false;
  writer_.reset();
  Json list = Json::array();
  for (const std::string& note : notes) list.push_back(note);
  const Json about{{"key", key_}, {"notes", std::move(list)}};
  if (!replace_file(part_ / kAbout, dump_json(about) + '\n')) return false;
  const fs::path to = cache_ / folder_of_key(key_);
  // Another program may have been faster, and a third one reads what it made.
  if (find_cached(cache_, key_)) return true;
  std::error_code code;
  fs::remove_all(to, code);
  fs::rename(part_, to, code);
  if (code) return false;
  part_.clear();
  thin(cache_, to, most_cached);
  return true;
}

}  // namespace switchyard
