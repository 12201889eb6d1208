// Weights in the safetensors format (https://github.com/huggingface/safetensors, format.md): 8 bytes of
// little-endian header length, a JSON header { name: { dtype, shape, data_offsets } } padded with spaces
// to 8 bytes, then the numbers. Every common Python library reads it. Only F32 here.
//
// A file is read in two steps: the header, held against the file's size and all its tensors against each other; then the
// numbers, when it is known that they are wanted. What a header claims never decides how much memory is taken: that is at
// most what the file holds.
//
// Thread safety: an object belongs to one thread; the functions are pure. Files are replaced whole (files.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/input_file.h"
#include "core/base/records.h"
#include "core/base/result.h"

namespace switchyard {

// failure: cannot be written; a file that was there stays.
Result<void> write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                               const std::map<std::string, std::string>& metadata);

class SafetensorsFile {
 public:
  // Reads the header. usage: missing, no regular file, truncated or not such a file, a dtype other than F32, shapes or
  // offsets that do not fit the data, overlap or leave holes. The message names the file and the tensor.
  static Result<SafetensorsFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }  // the format allows strings only
  std::uint64_t data_bytes() const { return file_.size() - data_begin_; }           // of all tensors
  // All tensors, in the order of the file's bytes. usage: unreadable, changed since, no memory for them.
  Result<std::vector<NamedTensor>> read() const;

 private:
  struct Entry {
    std::string name;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;  // bytes of the data
  };

  explicit SafetensorsFile(InputFile file) : file_(std::move(file)) {}
  static Result<Entry> entry_of(const std::string& name, const class Json& value, const std::string& where);
  Result<void> read_header();

  InputFile file_;
  std::map<std::string, std::string> metadata_;
  std::vector<Entry> entries_;
  std::uint64_t data_begin_ = 0;
};

}  // namespace switchyard
