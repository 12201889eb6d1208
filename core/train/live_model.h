// A model that learns, with everything that begins afresh with a new one; and its state out and in (state.h). A
// state that came in goes on as the one it was taken from would have: to the bit, with the same threads, BLAS and
// processor. Thread safety: the trainer's thread.
#pragma once

#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/train/interface/state.h"
#include "core/train/optimizer/adamw.h"
#include "core/train/step_sums.h"
#include "core/train/tasks/task.h"

namespace switchyard {

// Weights drawn from the seed; or none yet, for those of a state.
enum class FirstWeights { drawn, none };

struct LiveModel {
  // `config` settled (means.h). `layout`: this rank's place; the mesh outlives the model.
  LiveModel(const Config& config, std::shared_ptr<const TaskData> data, FirstWeights weights,
            const Layout& layout = {});

  Layout layout;
  std::unique_ptr<Task> task;
  std::vector<Parameter*> parameters;  // of its model
  AdamW optimizer;
  StepSums partial;
  std::int64_t step = 0, tokens = 0;
  std::int64_t drawn = 0;  // examples of the training split, up to the end of the last step
  double wall_s = 0;
  std::vector<std::vector<double>> loads;  // [layers][N] assignments, decayed: who is busy, for surgery

  void note_loads(const StepRecord& record);
  void forget_partial_step();

  // All of a state that is the model's: as of the end of its last step, whatever of the next one is done.
  // Collective where ranks share out experts; only the first of all has a whole state then.
  void save(TrainerState& into) const;
  // usage, naming the tensor or number: it is not of a model like this. Nothing is promised of the model then.
  Result<void> load(const TrainerState& state);
};

}  // namespace switchyard
