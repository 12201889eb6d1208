// The trainer thread's loop, as an object that any thread can run: takes commands from the Link, drives
// the trainer, publishes what it did. Session is the thread around it.
//
// Thread safety: run() on one thread, once; everything else reaches it through the Link.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/session/driver.h"
#include "core/session/link.h"
#include "core/session/options.h"
#include "core/session/run_to_go_on.h"

namespace switchyard {

class Worker {
 public:
  Worker(Link& link, Config config, MakeTrainer make_trainer, SessionOptions options);
  // Returns after a Stop, with the weights written.
  void run();

 private:
  void turn();  // one round of the loop
  void load();
  void train();
  void generate();
  void inspect();
  void finish();

  void take(const SetConfig& command);
  void take(const Play&);
  void take(const Pause&);
  void take(const StepSome& command);
  void take(const ResetModel& command);
  void take(const BringBack& command);
  void take(const GoOn& command);
  void take(const Keep& command);
  void take(const Generate& command);
  void take(const Watch& command);
  void take(const Inspect& command);
  void take(const ExportWeights&);
  void take(const Stop&);

  bool can_train() const { return driver_ && state_ == RunState::playing; }
  // past: what the run had told before; null: nothing, or it was told by this session.
  void after_new_model(std::shared_ptr<const RunPast> past = nullptr);
  const Driver::Ended* ended_by(std::uint64_t revision) const;
  bool note_ended(std::uint64_t first, std::uint64_t last);
  void say_ended();
  void show_past(const RunToGoOn& run);
  void show_model();  // a snapshot out of turn
  void end_generation();
  void end_inspection(const char* why);
  void fail(std::string message);
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
  Config config_;  // asked for; the trainer's own once there is one
  MakeTrainer make_trainer_;
  SessionOptions options_;

  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<Observer> observer_;
  std::optional<Driver> driver_;

  // What commands ended, by their numbers, first to last.
  struct Ended {
    std::uint64_t first = 0, last = 0;
    Driver::Ended model;
  };
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
