// Weights in the safetensors format (https://github.com/huggingface/safetensors, format.md): 8 bytes of
// little-endian header length, a JSON header { name: { dtype, shape, data_offsets } } padded with spaces
// to 8 bytes, then the numbers. Every common Python library reads it. F32 here, and other types where the reader
// asks for them.
//
// With checksums the metadata begins with "xxh3_header" and "xxh3_data" (checksum.h): of all bytes up to the end
// of the header, its own 16 digits as zeros, and of all numbers. The first is held against the file when it is
// opened.
//
// A file is read in two steps: the header, held against the file's size and all its tensors against each other;
// then the numbers, when it is known that they are wanted. What a header claims never decides how much memory is
// taken: that is at most what the file holds.
//
// Thread safety: an object belongs to one thread; the functions are pure. Files are replaced whole (files.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/input_file.h"
#include "core/base/records.h"
#include "core/base/result.h"
#include "core/record/files/dtype.h"

namespace switchyard {

using Metadata = std::map<std::string, std::string>;  // the format allows strings only

// Numbers of any type as they lie in memory.
struct TypedBytes {
  Dtype dtype = Dtype::f32;
  std::span<const std::byte> bytes;
};

// A tensor that lies elsewhere, row-major.
struct TensorView {
  std::string_view name;
  std::span<const std::int64_t> shape;
  std::variant<std::span<const float>, std::span<const double>, TypedBytes> values;
};

// In this order, nothing copied. failure: cannot be written; a file that was there stays.
Result<void> write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                               const Metadata& metadata, bool with_checksums);
Result<void> write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                               const Metadata& metadata);

class SafetensorsFile;
// A file with checksums anew with other metadata; its numbers are copied as they are, and held against their
// checksum. Whole or not at all, in place of `path`. usage: the file changed since it was opened, or its numbers
// are damaged. failure: cannot be written. Either way what was there stays.
Result<void> write_with_metadata(const std::filesystem::path& path, const SafetensorsFile& file,
                                 const Metadata& metadata);

class SafetensorsFile {
 public:
  struct Entry {
    std::string name;
    std::vector<std::int64_t> shape;
    Dtype dtype = Dtype::f32;
    std::uint64_t begin = 0, end = 0;  // bytes of the data
    std::uint64_t count() const { return (end - begin) / size_of(dtype); }
  };
  struct Expected {
    std::vector<Dtype> dtypes = {Dtype::f32};  // another is refused
    bool checksums = false;                    // a file without them is refused
    InputFile::Links links = InputFile::Links::followed;
    // Asked before anything is made of the tensors: a file of another kind or of a later format is told as such.
    std::function<Result<void>(const Metadata&)> check = {};
  };

  // Reads the header. usage: missing, no regular file, truncated or not such a file, a header that its checksum does not
  // fit, another dtype, shapes or offsets that do not fit the data, overlap or leave holes. The message names the file and
  // the tensor.
  static Result<SafetensorsFile> open(const std::filesystem::path& path, const Expected& expected);
  static Result<SafetensorsFile> open(const std::filesystem::path& path) { return open(path, Expected()); }

  const std::filesystem::path& path() const { return file_.path(); }
  const Metadata& metadata() const { return metadata_; }                         // the checksums too
  const std::vector<Entry>& entries() const { return entries_; }                 // in the order of the file's bytes
  std::uint64_t data_bytes() const { return file_.size() - data_begin_; }        // of all tensors
  std::uint64_t bytes() const { return file_.size(); }
  // All tensors. usage: unreadable, changed since, no memory for them.
  Result<std::vector<NamedTensor>> read() const;
  // Fills `bytes` from this byte of the data on. usage: unreadable.
  Result<void> read_data(std::uint64_t begin, std::span<std::byte> bytes) const {
    return file_.read(data_begin_ + begin, bytes);
  }
  // usage: the file changed since it was opened.
  Result<void> check_unchanged() const { return file_.check_unchanged(); }

 private:
  explicit SafetensorsFile(InputFile file) : file_(std::move(file)) {}
  static Result<Entry> entry_of(const std::string& name, const class Json& value, std::span<const Dtype> dtypes,
                                const std::string& where);
  Result<void> read_header(const Expected& expected);

  InputFile file_;
  Metadata metadata_;
  std::vector<Entry> entries_;
  std::uint64_t data_begin_ = 0;
};

}  // namespace switchyard
