// The text of the run that is recorded, kept with it (kept_text.h) on a thread of its own as soon as it has a
// folder; and texts that no run has any more removed, when a run begins.
//
// Thread safety: one thread. Nothing here fails or holds up training: a text that cannot be kept is news.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/text_facts.h"
#include "core/run/observer.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

class RunText {
 public:
  // Of the model whose steps come from here on.
  void begin(const Trainer& trainer);
  // Its run's folder, once there is one.
  void keep_in(const std::filesystem::path& folder);
  // Waits for what is under way; what was not kept, or is gone with the folder since, is tried once more.
  void end();

  std::vector<RecordingNews> take_news();

 private:
  struct Text {
    std::filesystem::path name;
    Fingerprint print;
    std::shared_ptr<const std::string> bytes;
  };
  // Empty, or why it is not kept.
  static std::string keep(const std::filesystem::path& folder, const std::optional<Text>& text);
  void say(const std::string& why);

  std::optional<Text> text_;  // nothing: none that is kept
  std::string folder_;        // where it is, or will be
  std::string said_;          // once
  std::vector<std::future<std::string>> under_way_;
  std::vector<RecordingNews> news_;
};

}  // namespace switchyard
