// A checkpoint's files: one .safetensors, or the shards that an index names, held open; and the tensors in them.
//
// A shard, or the link that stands for it, may not lead out of the index's folder. One exception, since most
// checkpoints lie there: in the cache of the Hugging Face hub (REPO/snapshots/REVISION beside REPO/blobs) it may
// lead to REPO/blobs. Messages name the shard as the index does, not what its link leads to.
//
// Thread safety: const members from any thread; the rest belongs to one. Errors: usage, naming the file and the
// tensor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/input_file.h"
#include "core/base/result.h"
#include "core/checkpoints/goes_on.h"
#include "core/checkpoints/tensor_head.h"

namespace switchyard {

struct WeightTensor {
  HeadTensor head;
  std::uint32_t file = 0;
};

class WeightFiles {
 public:
  // What would be read of a path: itself where it ends in .safetensors or is an index, of a folder its index, else
  // its model.safetensors. Nothing: neither is there. What lies in the files is not looked at.
  static std::optional<std::filesystem::path> found_at(const std::filesystem::path& path);

  // `path`: as found_at() takes it. Reads heads alone. interrupted: `goes_on` said so.
  static Result<WeightFiles> open(const std::filesystem::path& path, const GoesOn& goes_on = {});

  const std::filesystem::path& path() const { return path_; }         // the file, or the index
  std::span<const WeightTensor> tensors() const { return tensors_; }  // by name, each once
  std::size_t file_count() const { return files_.size(); }
  const InputFile& file(std::uint32_t number) const { return files_[number]; }
  std::uint64_t bytes() const;                         // of all files
  bool written_here() const { return written_here_; }  // by this program
  // usage: a file changed since it was opened.
  Result<void> check_unchanged() const;
  // usage: as that, or another file lies at the path of one by now; the index, too.
  Result<void> check_in_place() const;

 private:
  Result<void> add_single(bool in_folder, const GoesOn& goes_on);
  Result<void> add_shards(const GoesOn& goes_on);
  Result<InputFile> open_inside(const std::filesystem::path& folder, const std::string& name,
                                std::string_view asked_by);

  std::filesystem::path path_;
  // What lay at a path when it was opened, its link followed.
  struct Place {
    std::filesystem::path path;
    std::uint64_t device = 0, inode = 0, bytes = 0;
    std::int64_t changed_s = 0, changed_ns = 0;
    bool operator==(const Place&) const = default;
  };
  static Place place_of(const std::filesystem::path& path);
  Result<InputFile> keep_place(const std::filesystem::path& path, const std::function<Result<InputFile>()>& open);

  std::vector<InputFile> files_;
  std::vector<Place> places_;  // of the index, too
  std::vector<WeightTensor> tensors_;
  bool written_here_ = false;
};

}  // namespace switchyard
