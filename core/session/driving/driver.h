// What a run does beyond training, the same in the window's thread and in a headless program: probe at
// its interval, watch over the health of routing, tell the observer, turn changes into events.
//
// The observer only informs: nothing that goes wrong there, an exception included, ends the run or keeps the
// weights from being written. take_news() says it.
//
// No model ends unkept: before another takes its place it is kept whole (keeper.h), with its weights, and where that cannot be
// written the other is refused. Of a run that has no folder it is kept in memory.
//
// Thread safety: one thread, the trainer's. The trainer and the observer must outlive it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/caught.h"
#include "core/base/records.h"
#include "core/base/result.h"
#include "core/base/run_point.h"
#include "core/insight/health.h"
#include "core/insight/operation_verdict.h"
#include "core/record/checkpoint/checkpoint.h"
#include "core/run/kept_change.h"
#include "core/run/observer.h"
#include "core/session/driving/keeper.h"
#include "core/session/driving/replay.h"
#include "core/session/driving/run_routes.h"
#include "core/session/driving/run_to_go_on.h"
#include "core/session/driving/shadow_fork.h"
#include "core/session/meeting/cpu_clock.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

class Driver {
 public:
  // Looking may cost this share of what training has cost, in CPU time and since the model began, beyond a start that
  // is free: a probe step that would exceed it passes without a look. A small model steps hundreds of times while one look is taken.
  static constexpr double kLookShare = 0.02;
  static constexpr double kFreeLooks_s = 0.5;

  // observer may be null. want_snapshot is asked at each probe step whether to look at the probe tokens;
  // empty: always.
  Driver(Trainer& trainer, Observer* observer, std::function<bool()> want_snapshot = {});

  // How a shadow of the model is made (shadow_fork.h); without it there is none. of_replay: of a replay's
  // operations too.
  using MakeShadow = std::function<Result<ShadowFork>(const Trainer&)>;
  void shadow_by(MakeShadow make, bool of_replay = false) {
    make_shadow_ = std::move(make), shadows_replay_ = of_replay;
  }

  // Tells the observer of the model. Once, before anything else. from: the checkpoint it goes on from, its run, or a child of
  // it; the trainer and the observer are there already.
  enum class As { same_run, child };
  void start(const Checkpoint* from = nullptr, As as = As::same_run);
  // Tells it that there is nothing more to come.
  void finish();
  // This step is validated whatever val_interval says: the last one of a run, so that its record has the figure.
  void validate_at(std::int64_t step) { validate_at_ = step; }

  // Makes the edits of a recorded run before the steps they act on, each an event like any other, from this step
  // on and as long as this model learns. After start().
  void replay(Replay edits);
  // The events of the edits it has made since the last call; the observer knows.
  std::vector<RunEvent> take_replayed() { return std::exchange(replayed_, {}); }

  struct Slice {
    std::optional<StepRecord> record;          // when an optimizer step was completed
    std::shared_ptr<const Snapshot> snapshot;  // when that was a probe step, somebody wanted it and it is affordable
    std::vector<RunEvent> health;  // alerts of routing that began or ended with it; the observer knows
    std::vector<RunEvent> verdicts;  // on operations that are kOperationSteps old; the observer knows
  };
  // One slice of training. failure, diverged: the trainer's; the model is as before the step and a further call
  // tries again. usage: an edit of the replay is refused, which ends the replay; a further call goes on without
  // it. A probe that fails costs the snapshot only. All leave an alert.
  Result<Slice> advance();
  // The alert event of the last failure, once; the observer has been told.
  std::optional<RunEvent> take_alert() { return std::exchange(alert_, std::nullopt); }

  // What looks hold from now on. True if that is more than before.
  bool watch(const Watch& watch);
  // A look at the probe tokens out of turn.
  Result<std::shared_ptr<const Snapshot>> look();
  // One with all that views and figures show, of the first MoE layer its router's inputs too: a record that ends with it
  // needs its model for no view of its last step but text it writes and routes it did not take.
  Result<std::shared_ptr<const Snapshot>> look_at_all();

  // Makes `config` the current one. The event (set, rebuild) names the changed knobs; none where
  // nothing changed. Errors: the trainer's; failure where a model would end whose weights cannot be written;
  // nothing changed.
  Result<std::optional<RunEvent>> apply(const Config& config, std::uint64_t revision);
  // Does this to experts of the model, which is kept before, to be asked back by take_ended(); a transplant's
  // donor is read here. The event's message is the operation's line, its changes those of the settings that
  // follow. against_shadow: what comes of it is held against a copy that learns beside it untouched, until the
  // verdict or the next change; where there can be none the news say why, and the operation is done all the same.
  struct Operated {
    RunEvent event;
    std::string done;  // for a person
    bool shadowed = false;
  };
  Result<Operated> operate(Operation operation, std::uint64_t revision, bool against_shadow = false);
  Result<RunEvent> reset();

  // As RunRoutes says, from the next step on; an empty folder ends it. What was done, and later its end, is told
  // as news, with an event that the observer knows. While routes are followed no shadow learns: it would choose
  // for itself.
  Result<void> record_routes(const std::filesystem::path& folder);
  Result<void> follow_routes(const std::filesystem::path& folder);
  // Begun before there was a driver; after start().
  void take_routes(RunRoutes routes);
  // The record of the run that goes on says that it follows routes: an event, where it follows none.
  void say_router_chooses();
  RoutesStatus routes() const { return routes_.status(); }

  // A model that has ended, to be asked back. Where routes are followed meanwhile it follows them on.
  struct Ended {
    RunPoint point;
    Config config;
    std::filesystem::path file;                  // its checkpoint
    std::shared_ptr<const Checkpoint> unwritten;  // of a run that nobody records
    bool followed = false;                        // recorded routes, when it ended
  };
  // What the last apply(), operate(), reset() or bring_back() ended; once. None where it had not learned anything.
  std::optional<Ended> take_ended() { return std::exchange(ended_, std::nullopt); }
  // The model of a checkpoint takes the place of the one of now, and its run goes on; where that is the run of
  // now, it stays as it is and a child of it begins. The event is the ended run's. Errors: as
  // apply(); usage where the checkpoint cannot be gone on from; nothing changed.
  Result<RunEvent> bring_back(const Ended& model);
  // The same of a run that may be another's; of weights alone a new run begins. It chooses its own routes, until
  // it is told to follow some. revision: as in apply().
  Result<RunEvent> go_on(const RunToGoOn& run, std::uint64_t revision);

  // Keeps the model of now, whole, under a name; `file`: where.
  struct Kept {
    RunEvent event;
    std::filesystem::path file;
  };
  Result<Kept> keep(const std::string& name);

  // Of this run, one before it, or one that nobody holds (core/record/reading/kept_changes.h).
  KeptChanged change_kept(const KeptChange& change);

  // The newest checkpoint of this run that was taken before it went wrong: its validation loss within kSane of the best one's.
  // What a diverging model kept at intervals may be ruined already.
  static constexpr double kSane = 0.25;
  std::optional<CheckpointHeader> sane_checkpoint() const;

  // Keeps the last step, so that the run can go on from it. What goes wrong is news: the weights are written apart from it.
  void keep_last();

  struct Exported {
    RunEvent event;
    std::string folder;  // where they lie
  };
  // Has the observer write the weights. failure: they are not written.
  Result<Exported> export_weights();

  // What a person should know of the recording, since the last call.
  std::vector<RecordingNews> take_news() { return std::exchange(news_, {}); }
  // To be called now and then while nothing else is, as long as it returns true: something waits to be written.
  bool tend_recording();

  // A stronger balance has this many steps to act before a stronger one still is advised.
  static constexpr std::int64_t kRemedySteps = 200;
  // Alerts of routing that go on, with advice by the configuration of now.
  std::vector<HealthAlert> alerts() const;
  bool observed() const { return observer_ != nullptr; }
  // The id of the run of now.
  const std::string& run() const { return run_; }
  // Where it began; none at step 0.
  const std::optional<RunPoint>& parent() const { return parent_; }
  // Bytes of its checkpoints.
  std::uint64_t kept_bytes() { return keeper_ ? keeper_->kept_bytes(run_) : 0; }
  const Trainer& trainer() const { return trainer_; }
  double wall_s() const { return wall_s_; }  // of the last step
  CpuCost& cost() { return cost_; }

 private:
  // Calls the observer, if there is one, and keeps what it has to say.
  template <class Call>
  void tell(Call call) {
    if (!observer_) return;
    const CpuSpan span(cost_.recording);
    const Result<void> told = caught("recording", [&]() -> Result<void> {
      call(*observer_);
      for (RecordingNews& news : observer_->take_news()) say(std::move(news));
      return {};
    });
    if (!told) say({true, told.error().message});
  }
  void say(RecordingNews news);
  // Before a model ends: all of it, and its weights, unless they are written already.
  enum class Keeps {
    shape,
    model,
    weights
  };  // what can be undone without it; what cannot; with its weights written
  // name: of what a later one of the same step must not replace.
  Result<std::optional<Ended>> keep_model(const char* why, Keeps keeps, std::string name = {});
  // The same, with a number behind it where this step is kept under it already.
  std::string free_name(const std::string& name) const;
  // Whether there is a run folder to keep it in.
  bool keeps() const { return keeper_ && !observer_->run().empty(); }
  Result<RunEvent> bring_back_from(const Ended& model);
  Result<RunEvent> go_on_with(const RunToGoOn& run, std::uint64_t revision);
  Result<RunEvent> go_on_from(const Checkpoint& from, const std::filesystem::path& folder, As as);
  // The run as it is at the end of this step.
  Result<std::filesystem::path> fill(Checkpoint& into);
  Result<std::shared_ptr<const Snapshot>> look_at_model();
  void end_step(const StepRecord& record, Slice& slice);
  // The edits that act on the step that begins.
  Result<void> make_due_edits();
  Result<std::optional<RunEvent>> edited(const Replay::Edit& edit);
  Result<std::optional<RunEvent>> operated(const Operation& operation);
  // Puts what is held out into a record that is to have it.
  void validate(StepRecord& record);
  RunEvent event(EventKind kind) const;
  void raise_alert(const Error& error);
  void tell_of_routes();
  std::vector<RunEvent> watch_health(const StepRecord& record);
  // Says which verdicts will never come.
  void leave_operations();
  std::vector<RunEvent> judge_operations(const StepRecord& record, const StepRecord* shadow);
  // Before a model takes its place, or another shadow: none of them needs room for it too.
  void drop_shadow(const std::string& why);
  // What a shadow made of the step that the run has done last.
  std::optional<StepRecord> follow_with_shadow();
  // Advice and remedy of an alert, by the configuration of now and what was done for it already.
  void counsel(HealthAlert& alert) const;
  // Another model, or the same with other experts: what the one before cost says nothing of it.
  void begin_costs() { before_ = cost_; }
  bool can_look() const {
    return cost_.looking - before_.looking <= kFreeLooks_s + kLookShare * (cost_.training - before_.training);
  }

  Trainer& trainer_;
  RunRoutes routes_;
  bool leaves_routes_ = false;  // the next model to begin is one that is gone on with
  Observer* observer_;
  std::function<bool()> want_snapshot_;
  std::vector<RecordingNews> news_;
  std::string last_trouble_;  // said once
  std::int64_t validate_at_ = -1;
  std::optional<RunEvent> alert_;
  double wall_s_ = 0;
  Watch watch_;
  HealthWatch health_;
  OperationWatch operations_;
  MakeShadow make_shadow_;
  bool shadows_replay_ = false;
  std::optional<ShadowFork> shadow_;
  std::int64_t balanced_at_ = -1;  // step at which balancing was made stronger; -1: it was not
  CpuCost cost_, before_;  // in all, and until the model of now
  std::string run_;
  std::optional<RunPoint> parent_;
  double last_val_loss_ = kMissing;
  std::optional<Ended> ended_;
  std::optional<Keeper> keeper_;  // where there is an observer
  std::uint64_t revision_ = 0;    // of the settings in force
  std::optional<Replay> replay_;
  std::vector<RunEvent> replayed_;
};

}  // namespace switchyard
