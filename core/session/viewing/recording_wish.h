// Which recording of another program's is to be shown, and how it is read. Thread safety: a value.
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

}  // namespace switchyard
