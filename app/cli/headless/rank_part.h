// This process's part in a run that several processes train: alone, rank 0, or one that follows it.
//
// Thread safety: the main thread.
#pragma once

#include <optional>

#include "app/cli/words/options.h"
#include "core/train/interface/engine_loader.h"

namespace switchyard::app {

class RankPart {
 public:
  // Joins the others, or starts them where --ranks asks for it. Nothing where there are none. usage, failure: as
  // Engine::join.
  static Result<std::unique_ptr<RankPart>> take(const Options& options);
  // Rank 0: the others end, with the same exit code.
  void leave(int code);
  ~RankPart();

  // Another rank than 0: what it does until rank 0 leaves, and its exit code. None: this process is to run the
  // run.
  std::optional<Result<int>> follow();

  // Rank 0: whether all of them do what one process does, as text; progress on standard error.
  struct Checked {
    std::string text;
    bool good = true;
  };
  Result<Checked> self_check();

 private:
  RankPart() = default;
  class Started;
  Engine* engine_ = nullptr;
  std::int64_t rank_ = 0, size_ = 1;
  std::unique_ptr<Started> started_;
};

}  // namespace switchyard::app
