// llama.cpp's importance matrix as GGUF (llama-imatrix): how often each expert of each layer was chosen over the
// whole calibration text, blk.L.ffn_*_exps.weight.counts F32 [1, N]. Loads alone, all of one step, number 1.
//
// The matrices of a layer (gate, up, down) see the same tokens and have the same counts. Where they do not, one of
// them was not watched all the time: the one with the most tokens is taken, and that is said. Layers keep their
// numbers, which may have holes: dense layers have none. A layer whose counts are no whole numbers from 0 on, or
// no F32 [1, N], is left out and said. Takes the key k.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

// Any GGUF file: one of another kind is told as such when it is opened.
bool is_imatrix(const std::filesystem::path& path);
Result<std::unique_ptr<RecordingReader>> open_imatrix(const std::filesystem::path& path,
                                                      const RecordingKeys& keys);

}  // namespace switchyard
