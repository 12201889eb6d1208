// One trial after another: whoever asks what causes what says how many there will be, is told of each, and may end
// it between two. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/result.h"
#include "core/train/interface/intervention.h"
#include "core/train/interface/trial.h"

namespace switchyard {

// Whether entry a of a layer's table [T k] is a choice: where experts choose, rows are filled up with others,
// which weigh nothing and are not kept.
inline bool is_choice(const TrialLayer& layer, std::size_t a) {
  return layer.kept[a] != 0 || layer.weight[a] != 0;
}

// What becomes of one fixed look under an intervention: Trainer::try_out, or a fake.
using TryOut = std::function<Result<Trial>(const Intervention&)>;
// After each trial; false: no further one.
using TrialsTold = std::function<bool(std::int64_t done, std::int64_t planned)>;

class Trials {
 public:
  explicit Trials(TryOut try_out, TrialsTold told = {}) : try_out_(std::move(try_out)), told_(std::move(told)) {}

  // So many more will come.
  void plan(std::int64_t more) { planned_ += more; }
  // interrupted: no further one was wanted. Else what the trial says.
  Result<Trial> run(const Intervention& asked) {
    auto trial = try_out_(asked);
    if (!trial) return trial;
    if (auto go_on = count(); !go_on) return go_on.error();
    return trial;
  }
  // Work that is no trial, but takes about as long.
  Result<void> count() {
    if (told_ && !told_(++done_, planned_)) return Error{ErrorKind::interrupted, "ended between two trials"};
    return {};
  }

 private:
  TryOut try_out_;
  TrialsTold told_;
  std::int64_t done_ = 0, planned_ = 0;
};

}  // namespace switchyard
