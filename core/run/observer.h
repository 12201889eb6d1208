// What a run tells whoever records it. Called on the thread that drives the trainer, between steps.
//
// What is told only informs: it has no answer and never ends or holds up what it is about. What goes wrong with it
// is the observer's to get over; people read of it in its news. Weights alone are asked for, and written or not.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/base/run_point.h"
#include "core/config/config.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

// Something a person should know of the recording.
struct RecordingNews {
  bool trouble = true;  // else that it is over, or what was done
  std::string message;
  std::optional<RunEvent> event{};  // that the recording made of it itself
  bool quiet = false;               // for the log alone
};

class Observer {
 public:
  virtual ~Observer() = default;
  // Once before the first step of a model, and again for every new model (rebuild, reset), which is a run of its own.
  virtual void on_model(const Trainer& trainer) = 0;
  virtual void on_step(const StepRecord& record) = 0;
  // Every probe_interval steps, after on_step. Null: nobody wanted the look at the probe tokens.
  virtual void on_probe(const Snapshot* snapshot) = 0;
  // A look out of turn, at the model as it is: it takes the place of an earlier one of its step.
  virtual void on_look(const Snapshot&) {}
  virtual void on_event(const RunEvent& event) = 0;
  // The weights of now, written with all that was gathered for later, and where they lie: at the end of a run,
  // before a new model takes the place of one, and when the user asks for an export. failure: they are not
  // written.
  virtual Result<std::string> on_weights(const Trainer& trainer) = 0;
  // Whether the weights of now are written already and still there.
  virtual bool holds_weights(const Trainer&) const { return false; }
  // Called while nothing happens, where is_behind(): something waits to be written.
  virtual void on_idle() {}
  virtual bool is_behind() const { return false; }
  // After everything else.
  virtual void on_end() {}

  // The run that records what is told now: its id; empty: none.
  virtual std::string run() const { return {}; }
  // Of a child: the checkpoint it began from.
  virtual std::optional<RunPoint> parent() const { return std::nullopt; }
  // How far its record reaches, with a folder for its checkpoints at place(): asked for at the end of a step, for a
  // checkpoint. Changes nothing of what is recorded.
  virtual RecordingState recording_state() { return {}; }
  // The model of which on_model tells next goes on from a checkpoint of a run, in that run's own folder. usage, failure: it
  // cannot; the present run goes on.
  virtual Result<void> go_on(const RunPoint&, const RecordingState&, const std::filesystem::path&) { return {}; }

  // The model of which on_model tells next goes on from a checkpoint in a run of its own, a child of that one.
  virtual void begin_child(const RunPoint&) {}

  // Whether it holds the run in this folder, the one of now or one before it.
  virtual bool holds(const std::filesystem::path&) const { return false; }

  // Since the last call.
  virtual std::vector<RecordingNews> take_news() { return {}; }
  // Where the present run is recorded, for people; empty: nowhere.
  virtual std::string place() const { return {}; }
};

}  // namespace switchyard
