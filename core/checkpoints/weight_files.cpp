#include "core/checkpoints/weight_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/checkpoints/shard_index.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndexEnding = ".safetensors.index.json";

bool is_index(const fs::path& path) { return path.filename().native().ends_with(kIndexEnding); }

bool lies_in(const fs::path& root, const fs::path& path) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

// Whether a link from `folder` may lead to `path`; both without links.
bool may_lead(const fs::path& folder, const fs::path& path) {
  const fs::path above = folder.parent_path();
  return lies_in(folder, path) ||
         (above.filename() == "snapshots" && lies_in(above.parent_path() / "blobs", path));
}

}  // namespace

std::optional<fs::path> WeightFiles::found_at(const fs::path& path) {
  std::error_code code;
  if (!fs::is_directory(path, code)) {
    const bool is_one = path.extension() == ".safetensors" || is_index(path);
    return is_one && fs::exists(path, code) ? std::optional(path) : std::nullopt;
  }
  for (const std::string_view name : {kShardIndexFile, std::string_view("model.safetensors")})
    if (fs::exists(path / name, code)) return path / name;
  return std::nullopt;
}

Result<WeightFiles> WeightFiles::open(const fs::path& path, const GoesOn& goes_on) {
  const auto found = found_at(path);
  if (!found)
    return usage_error(
        fmt::format("{}: no checkpoint; allowed is a .safetensors file, or a folder with {} or "
                    "model.safetensors",
                    path.native(), kShardIndexFile));
  WeightFiles files;
  files.path_ = *found;
  auto added = is_index(*found) ? files.add_shards(goes_on) : files.add_single(*found != path, goes_on);
  if (!added) return added.error();
  return files;
}

Result<void> WeightFiles::add_single(bool in_folder, const GoesOn& goes_on) {
  // A link that somebody names is followed; one within a folder that they name may not lead out of it.
  auto file = in_folder ? open_inside(path_.parent_path(), path_.filename().native(), "it was there a moment ago")
                        : keep_place(path_, [&] { return InputFile::open(path_); });
  if (!file) return file.error();
  auto head = read_tensor_head(*file, goes_on);
  if (!head) return head.error();
  written_here_ = head->written_here;
  for (HeadTensor& tensor : head->tensors) tensors_.push_back({std::move(tensor), 0});
  files_.push_back(std::move(*file));
  return {};
}

Result<InputFile> WeightFiles::open_inside(const fs::path& folder, const std::string& name,
                                           std::string_view asked_by) {
  const fs::path file = folder / name;
  std::error_code code;
  const fs::path root = fs::canonical(folder, code);
  if (code) return usage_error(fmt::format("{}: {}", folder.native(), code.message()));
  const fs::path there = fs::canonical(file, code);
  if (code)
    return usage_error(fmt::format("{}: {}; {}", file.native(),
                                   code == std::errc::no_such_file_or_directory ? "no such file" : code.message(),
                                   asked_by));
  if (!may_lead(root, there))
    return usage_error(
        fmt::format("{}: leads out of the folder, to {}; allowed are files in it", file.native(), there.native()));
  return keep_place(file, [&] { return InputFile::open_as(file, there, InputFile::Links::refused); });
}

Result<void> WeightFiles::add_shards(const GoesOn& goes_on) {
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  const auto index_file = open_inside(folder, path_.filename().native(), "it was there a moment ago");
  if (!index_file) return index_file.error();
  auto index = read_shard_index(*index_file, goes_on);
  if (!index) return index.error();
  std::vector<std::vector<std::string>> wanted(index->shards.size());  // of each shard, by name
  for (ShardIndex::Tensor& tensor : index->tensors) wanted[tensor.shard].push_back(std::move(tensor.name));
  index->tensors = {};
  for (std::size_t s = 0; s < wanted.size(); ++s) {
    auto file = open_inside(folder, index->shards[s],
                            fmt::format("the index has {} tensors in it, such as '{}'", wanted[s].size(),
                                        shown_name(wanted[s].front())));
    if (!file) return file.error();
    auto head = read_tensor_head(*file, goes_on);
    if (!head) return head.error();
    auto at = head->tensors.begin();
    for (const std::string& name : wanted[s]) {
      at = std::lower_bound(at, head->tensors.end(), name,
                            [](const HeadTensor& tensor, const std::string& text) { return tensor.name < text; });
      if (at == head->tensors.end() || at->name != name)
        return usage_error(fmt::format("{}: tensor '{}' is not in it; {} says it is", file->path().native(),
                                       shown_name(name), path_.native()));
      tensors_.push_back({std::move(*at++), static_cast<std::uint32_t>(s)});
    }
    files_.push_back(std::move(*file));
  }
  std::sort(tensors_.begin(), tensors_.end(),
            [](const WeightTensor& a, const WeightTensor& b) { return a.head.name < b.head.name; });
  return {};
}

std::uint64_t WeightFiles::bytes() const {
  std::uint64_t sum = 0;
  for (const InputFile& file : files_) sum += file.size();
  return sum;
}

WeightFiles::Place WeightFiles::place_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {path};
  return {path,
          status.st_dev,
          status.st_ino,
          static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec};
}

// Of what was replaced while it was opened nobody knows which is open: it is in no place.
Result<InputFile> WeightFiles::keep_place(const fs::path& path, const std::function<Result<InputFile>()>& open) {
  Place before = place_of(path);
  auto file = open();
  if (place_of(path) != before) before.inode = 0;
  places_.push_back(std::move(before));
  return file;
}

Result<void> WeightFiles::check_in_place() const {
  for (const Place& place : places_)
    if (place.inode == 0 || place_of(place.path) != place)
      return usage_error(place.path.native() + ": is another file by now");
  return check_unchanged();
}

Result<void> WeightFiles::check_unchanged() const {
  for (const InputFile& file : files_)
    if (auto same = file.check_unchanged(); !same) return same;
  return {};
}

}  // namespace switchyard
