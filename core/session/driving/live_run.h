// A run while it happens, without a loop of its own: hears what its Link brings, trains a slice when it is its turn,
// publishes what it did. The Lab (lab.h) gives it turns, beside other runs.
//
// Nothing throws: what goes wrong is the run's failure, told over its Link, and no other run's.
//
// Thread safety: one thread, the lab's; everything else reaches it through the Link.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/session/driving/driver.h"
#include "core/session/driving/run_to_go_on.h"
#include "core/session/meeting/link.h"
#include "core/session/meeting/options.h"

namespace switchyard {

class LiveRun {
 public:
  LiveRun(Link& link, Config config, MakeTrainer make_trainer, LiveRunOptions options);

  // The first of what waits: the model to be made, or one command. False: nothing waits.
  bool obey();
  // A Stop was heard: finish() is next.
  bool is_stopping() const { return stopping_; }
  std::int64_t step() const { return trainer_ ? trainer_->step() : 0; }
  std::uint32_t model() const {
    return trainer_ ? trainer_->model_id() : 0;
  }  // its number: another one, a new model
  bool catches_up() const { return options_.catches_up; }
  std::string run() const { return driver_ ? driver_->run() : std::string(); }  // its id; empty before its model
  // Its model as of the end of the last step. usage: there is none yet.
  Result<TrainerState> state() const;
  // The file that it learns from, as it was read.
  Fingerprint data() const { return trainer_ ? trainer_->data().text.source : Fingerprint{}; }
  bool can_train() const { return !stopping_ && driver_ && state_ == RunState::playing; }
  // One slice, and what goes with it. True when that was the last of an optimizer step.
  bool train();
  // Some of the text or the counterfactual that somebody waits for, in a run that does not train. False: there is none.
  bool serve();
  // While nothing else happens: what waits to be recorded. True: to be called again soon, something still does.
  bool tend();
  // The weights written, the last words said. The last call.
  void finish();

 private:
  void take_next();
  void load();
  bool train_slice();
  void generate();
  void inspect();
  void save_all();
  // What is thrown becomes the run's failure.
  template <class Call>
  void guarded(Call call);

  void take(const SetConfig& command);
  void take(const Operate& command);
  void take(const Play&);
  void take(const Pause&);
  void take(const StepSome& command);
  void take(const ResetModel& command);
  void take(const BringBack& command);
  void take(const GoOn& command);
  void take(const Keep& command);
  void take(const ChangeKept& command);
  void take(const Generate& command);
  void take(const Watch& command);
  void take(const Inspect& command);
  void take(const ExportWeights&);
  void take(const RecordRoutes& command);
  void take(const FollowRoutes& command);
  void take(const Stop&);

  // past: what the run had told before; null: nothing, or it was told by this session.
  void after_new_model(std::shared_ptr<const RunPast> past = nullptr);
  const Driver::Ended* ended_by(std::uint64_t revision) const;
  bool note_ended(std::uint64_t first, std::uint64_t last);
  void say_ended();
  void show_past(const RunToGoOn& run);
  void say_where_it_goes_on(const RunToGoOn& run);
  void show_model();  // a snapshot out of turn
  void end_generation();
  void end_inspection(const char* why);
  void fail(std::string message);
  void tell_where_it_was_sane();
  void tell_of_recording();
  void tell_of_replayed();
  void set_state(RunState state, std::string message = {});
  void publish_status();
  template <class Message>
  void publish(Message message) {
    double unused = 0;
    const CpuSpan span(driver_ ? driver_->cost().streaming : unused);
    link_.publish(std::move(message));
  }

  Link& link_;
  Config config_;  // asked for, until there is a trainer
  MakeTrainer make_trainer_;
  LiveRunOptions options_;

  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<Observer> observer_;
  std::optional<Driver> driver_;

  // What commands ended, by their numbers, first to last.
  struct Ended {
    std::uint64_t first = 0, last = 0;
    Driver::Ended model;
  };
  std::set<std::uint64_t> exact_;  // commands that the model itself alone takes back: operations on experts
  std::deque<Ended> ended_;

  RunState state_ = RunState::loading;
  std::string message_;
  std::string not_recorded_ = "This run is not recorded";  // and why
  std::uint64_t revision_ = 0;
  std::optional<std::int64_t> steps_left_;  // none: until paused
  std::deque<Command> commands_;
  RunStatus status_;
  bool must_load_ = true, stopping_ = false;

  struct Generation {
    std::uint64_t id = 0;
    std::int64_t tokens_left = 0;
  };
  std::optional<Generation> generation_;
  std::optional<Inspection> inspection_;  // under way
  Watch watch_;
};

}  // namespace switchyard
