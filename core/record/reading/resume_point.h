// What a person names to go on from: a run's folder, DIR@STEP or DIR@NAME, a checkpoint's file, a
// model.safetensors.
//
// Thread safety: pure functions of the file system. Errors: usage, naming what was looked for and what there is.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/record/checkpoint/checkpoint.h"

namespace switchyard {

struct ResumePoint {
  // The run's folder, in which it can go on. Empty: a checkpoint or weights that lie elsewhere begin a run of
  // their own.
  std::filesystem::path folder;
  std::filesystem::path file;            // what was found: a checkpoint or a model.safetensors
  std::optional<Checkpoint> checkpoint;  // nothing: weights alone, in `file`; the optimizer's state was not saved
  std::vector<std::string> notes;        // for a person: what was passed over, what was not saved
};

// A name that is there is taken as it is; else what stands behind its last @ is a step or a checkpoint's name. Of
// a folder the newest checkpoint that is whole, else its model.safetensors; a model.safetensors in a run's folder
// stands for that. usage: also, of either, that a later version of the program went on with the run.
Result<ResumePoint> find_resume_point(std::string_view named);

}  // namespace switchyard
