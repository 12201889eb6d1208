// What a run does with routes beside choosing them: those of its steps go into a folder, and its tokens to the
// experts recorded in one (route_files.h). Both begin and end between two steps, whenever somebody asks.
//
// Recording ends with the model whose steps they are, or where it cannot be written. After a reset, a rebuild or
// an undo following goes on with the model that takes the place, from that one's step, as long as the recording
// has routes for it that fit. Neither is part of a checkpoint: a run that somebody goes on with, a child and a run
// beside choose for themselves and record nothing until they are told to.
//
// Thread safety: one thread, the trainer's. The trainer must outlive it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/run/routes_status.h"
#include "core/session/driving/route_files.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

class RunRoutes {
 public:
  explicit RunRoutes(Trainer& trainer) : trainer_(&trainer) {}
  ~RunRoutes();
  RunRoutes(RunRoutes&& other) noexcept;
  RunRoutes& operator=(RunRoutes&& other) noexcept;

  // Into a new or empty folder, from the next step on. Errors: usage, failure: nothing is recorded by it, and what
  // was recorded before goes on.
  Result<void> record(const std::filesystem::path& folder);
  // must: a step without routes that fit ends the run, by the trainer's error; else the router chooses from there
  // on, and the news say why. usage: this model cannot, or not at its next step; what was followed before goes on.
  Result<void> follow(const std::filesystem::path& folder, bool must = false);
  // They tell what they did as news.
  void end_recording();
  void let_choose();

  bool records() const { return recorder_ != nullptr; }
  bool follows() const { return recorded_ != nullptr; }
  RoutesStatus status() const;

  // A whole step was made, or, with its error, was not. True: the step was refused for its routes, which are not
  // followed any more; it can be tried again.
  bool after_step(const Error* error);
  // Another model may have taken its place in the trainer. follows_on: it follows what the one before did.
  void begin_model(bool follows_on = true);
  // A run goes on whose record says that it follows routes, and it follows none: what the time axes say then.
  void say_it_chooses();

  struct News {
    bool trouble = false;
    std::string message;
    std::string event{};    // what the time axes say; empty: nothing
    std::int64_t step = 0;  // at this step; 0: the next one
  };
  std::vector<News> take_news() { return std::exchange(news_, {}); }

 private:
  void end_recording(const std::string& why);
  void end_following(bool trouble, const std::string& why, bool is_on_axis = true);
  void let_go();

  Trainer* trainer_;
  std::filesystem::path into_, from_;
  std::unique_ptr<RouteRecorder> recorder_;
  std::unique_ptr<RecordedRoutes> recorded_;
  bool must_ = false;
  std::int64_t followed_ = 0;
  std::uint32_t model_ = 0;  // whose routes those are
  std::vector<News> news_;
  News begins_;  // said with the first step of a model, which has no record before
};

// Whether a run that told these events followed routes after the last of them.
bool follows_at_end(const std::vector<RunEvent>& events);

}  // namespace switchyard
