// Weights in the safetensors format (https://github.com/huggingface/safetensors, format.md): 8 bytes of
// little-endian header length, a JSON header { name: { dtype, shape, data_offsets } } padded with spaces
// to 8 bytes, then the numbers. Every common Python library reads it. Only F32 here.
//
// Thread safety: pure functions. Files are replaced whole (files.h).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"

namespace switchyard {

struct Safetensors {
  std::map<std::string, std::string> metadata;  // the format allows strings only
  std::vector<NamedTensor> tensors;             // in the order of the file's bytes
};

// failure: cannot be written; a file that was there stays.
Result<void> write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                               const std::map<std::string, std::string>& metadata);

// usage: missing, truncated or not such a file, a dtype other than F32, shapes or offsets that do not fit
// the data, overlap or leave holes. The message names the file and the tensor.
Result<Safetensors> read_safetensors(const std::filesystem::path& path);

}  // namespace switchyard
