// load.py beside the weights of a run (core/record/script/load_script.h): written after them, and only where it is
// not what lies there.
//
// Thread safety: one thread. Nothing here fails: a script that cannot be written is news, and is tried again with
// the next weights and at the end.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/record/files/files.h"
#include "core/run/observer.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

class RunScript {
 public:
  // Of weights that lie in `folder` now.
  void write(const Trainer& trainer, const std::vector<NamedTensor>& weights, const std::filesystem::path& folder);
  // What could not be written is tried once more.
  void end() { write_waiting(); }

  std::vector<RecordingNews> take_news();

 private:
  void write_waiting();
  void say(const std::string& why);

  std::filesystem::path file_;
  std::string text_;
  std::optional<FileIdentity> lies_;  // the file, while it holds text_
  bool waits_ = false;
  std::string said_;  // once
  std::vector<RecordingNews> news_;
};

}  // namespace switchyard
