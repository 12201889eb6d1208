// Which recording of another program's is to be shown, and how it is read. Thread safety: values and pure
// functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace switchyard {

struct RecordingWish {
  std::filesystem::path path;
  std::string form;               // RecordingForm::name; empty: by its looks
  std::vector<std::string> keys;  // "experts=8"
  bool waits = false;             // for a path that is not there yet, or is of no form yet
};

// The id of the run that shows it: its path, and of one that began anew for the begun-th time "PATH (begun)".
std::string run_of_recording(const std::filesystem::path& path, int begun);
// The path again. Where both a path with such an end and one without it are there, the whole is meant.
std::filesystem::path path_of_recording(const std::string& run);

}  // namespace switchyard
