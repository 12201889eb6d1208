// What a session is started with. Thread safety: values; their functions are called on the trainer's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/run/observer.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

using MakeTrainer = std::function<Result<std::unique_ptr<Trainer>>(const Config&)>;

// That goes on from a state: no weight is drawn for nothing.
using MakeTrainerFrom = std::function<Result<std::unique_ptr<Trainer>>(const TrainerState&)>;

struct LiveRunOptions {
  bool playing = true;  // train as soon as the model is there
  // Called on the trainer's thread when there is something new to receive, to wake the window. Null: nobody.
  void (*wake)() = nullptr;
  // The run that the first model goes on with; null: a new run, or one that is found on the trainer's thread by what
  // find_run_to_go_on() takes, as a child of it or itself. Then the configuration asked for is nobody's.
  std::shared_ptr<const struct RunToGoOn> go_on{};
  std::string go_on_where{};
  bool go_on_as_child = false;
  std::optional<Config> child_config{};  // of that child, from its first step on; none: as its parent was
  // Edits that the first model is given at their steps (replay.h); null: none.
  std::shared_ptr<const class Replay> replay{};
  bool shadows_replay = false;          // what comes of its operations is held against copies without them
  MakeTrainerFrom make_trainer_from{};  // empty: a new model, restored
  // Its models are numbered from here on, so that of several live runs no two have one number; 0: from 1.
  std::uint32_t first_model_id = 0;
  // Beside others it begins where it stands in its steps: of those that train the one with the fewest goes on, so
  // it catches up, or waits, and is in step with them from there on. False: it begins level.
  bool catches_up = false;
  // Who records the run, made on the trainer's thread once there is a trainer. Empty: nobody. An Error
  // becomes a Notice and the run goes on unrecorded.
  std::function<Result<std::unique_ptr<Observer>>(const Trainer&)> make_observer;
};

}  // namespace switchyard
