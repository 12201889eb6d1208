// The head of a safetensors file of anybody's: which tensors it holds, and where. Beside core/record/files, which
// reads heads of our own writing, this one takes heads of up to 100 MB, every type of the format, and keeps no
// more of them than the tensors' list.
//
// Nothing is believed before it is held against the file: the length, each tensor's size against shape and type,
// and all of them against one another; they lie without a gap or an overlap from the head to the file's end, as
// the format demands.
//
// Thread safety: pure functions of the file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/input_file.h"
#include "core/base/result.h"
#include "core/checkpoints/goes_on.h"
#include "core/checkpoints/tensor_type.h"

namespace switchyard {

inline constexpr std::uint64_t kMostHeadBytes = 100'000'000;  // the format's own limit
inline constexpr std::size_t kMostTensors = 1'000'000;

struct HeadTensor {
  std::string name;
  std::vector<std::int64_t> shape;   // [out, in] and such, each at least 0
  const TensorType* type = nullptr;  // never null
  std::uint64_t begin = 0, end = 0;  // bytes of the file
};

struct TensorHead {
  std::vector<HeadTensor> tensors;  // by name
  bool written_here = false;        // its metadata are those of a model that this program trained
  bool goes_on = false;             // of a glance: there is more of it
};

// usage: too short, not such a file, beyond a limit, or what it says does not fit; the message names file and
// tensor, and what is allowed. interrupted: `goes_on` said so.
Result<TensorHead> read_tensor_head(const InputFile& file, const GoesOn& goes_on = {});

// What its first 256 KiB tell, for whoever may not wait for the rest: tensors as they come, not held against the
// file, their offsets those of the head. usage: as above, where that much says so.
Result<TensorHead> glance_at_head(const InputFile& file);

// A name of unknown origin, for a message: ASCII, at most 60 characters.
std::string shown_name(const std::string& name);

}  // namespace switchyard
