// What a path stands for that somebody types behind the program, drops on the window or chooses: one answer for
// all of them. A folder is a run's by its marks (run_place.h), whatever of it is recorded; what lies in a file is
// not looked at.
//
// Thread safety: pure function of the file system.
#pragma once

#include <filesystem>

namespace switchyard {

enum class PathKind {
  missing,
  run,       // a folder with the record of a run: to be looked at
  weights,   // .safetensors, or a folder that holds a model.safetensors alone: to be gone on with
  settings,  // .json, or a folder that holds a config.json alone
  points,    // .csv, .tsv
  text,      // any other file
  folder     // of none of these
};

struct NamedPath {
  PathKind kind = PathKind::missing;
  std::filesystem::path path;  // as it was given; of a folder of settings its config.json
};
NamedPath named_path(const std::filesystem::path& path);

}  // namespace switchyard
