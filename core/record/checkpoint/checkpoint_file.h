// A checkpoint (checkpoint.h) in one file in the safetensors format
// with checksums of header and numbers. Every common Python library reads its tensors: the weights under the names
// of model.safetensors, AdamW's moments behind "adam.first/" and "adam.second/", and before them F64 blocks of
// sums.
//
//   metadata   checkpoint  { format, program, run, name, why, written_unix_s, step, val_loss }: what a list shows
//              state, config, vocabulary, health, recording: the rest, as JSON (checkpoint_parts.h)
//
// Every number reads back to the bit. A flipped bit anywhere is told. Reading takes no more memory than the file
// holds; the header alone is read without the numbers. Of the run's text it has the name; where that lies config.json alone says.
//
// Thread safety: pure functions of the file system; writing one may happen on any thread that holds the
// checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/result.h"
#include "core/record/checkpoint/checkpoint.h"

namespace switchyard {

// Whole or not at all. failure: cannot be written; a file that was there stays.
Result<CheckpointHeader> write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

// The same file with another name in its label; empty: none. Whole or not at all: its numbers are copied, and held
// against their checksum. usage: as read_checkpoint. failure: cannot be written. Either way what was there stays.
Result<void> name_checkpoint_file(const std::filesystem::path& path, const std::string& name);

// usage: missing, damaged, weights alone (of a model.safetensors), of a later format, no memory for it.
Result<Checkpoint> read_checkpoint(const std::filesystem::path& path);
// Without the numbers, so only the header is known to be whole. usage: as above.
Result<CheckpointHeader> read_checkpoint_header(const std::filesystem::path& path);
// Whether a later version of the program says it wrote it, readable here or not.
bool is_of_later_version(const std::filesystem::path& path);

}  // namespace switchyard
