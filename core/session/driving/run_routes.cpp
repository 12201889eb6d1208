#include "core/session/driving/run_routes.h"

#include <fmt/format.h>

#include <system_error>

namespace switchyard {
namespace {

// Of a folder, for a line on a time axis: "first/routes-1".
std::string short_name(const std::filesystem::path& folder) {
  const std::filesystem::path whole = folder.has_filename() ? folder : folder.parent_path();
  const std::filesystem::path above = whole.parent_path().filename();
  return above.empty() ? whole.filename().native() : (above / whole.filename()).native();
}

bool is_same_folder(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code code;
  return std::filesystem::equivalent(a, b, code) && !code;
}

constexpr std::string_view kFollows = "follows the routes in ", kChooses = "the router chooses again";

std::string steps_text(std::int64_t steps) { return fmt::format("{} step{}", steps, steps == 1 ? "" : "s"); }

}  // namespace

RunRoutes::RunRoutes(RunRoutes&& other) noexcept
    : trainer_(std::exchange(other.trainer_, nullptr)),
      into_(std::move(other.into_)),
      from_(std::move(other.from_)),
      recorder_(std::move(other.recorder_)),
      recorded_(std::move(other.recorded_)),
      must_(other.must_),
      followed_(other.followed_),
      model_(other.model_),
      news_(std::move(other.news_)),
      begins_(std::move(other.begins_)) {}

RunRoutes& RunRoutes::operator=(RunRoutes&& other) noexcept {
  if (this == &other) return *this;
  let_go();
  trainer_ = std::exchange(other.trainer_, nullptr);
  into_ = std::move(other.into_), from_ = std::move(other.from_);
  recorder_ = std::move(other.recorder_), recorded_ = std::move(other.recorded_);
  must_ = other.must_, followed_ = other.followed_, model_ = other.model_;
  news_ = std::move(other.news_), begins_ = std::move(other.begins_);
  return *this;
}

RunRoutes::~RunRoutes() { let_go(); }

void RunRoutes::let_go() {
  if (!trainer_) return;
  if (recorder_) (void)trainer_->tell_routes(nullptr), (void)recorder_->finish();
  if (recorded_) (void)trainer_->follow_routes(nullptr);
  recorder_.reset(), recorded_.reset();
}

Result<void> RunRoutes::record(const std::filesystem::path& folder) {
  const DataInfo& data = trainer_->data();
  const bool is_text = trainer_->config().task == TaskKind::language;
  std::error_code code;
  const bool was_there = std::filesystem::exists(folder, code);
  auto made = RouteRecorder::create(
      folder, is_text ? std::optional(static_cast<std::int64_t>(data.outputs.size())) : std::nullopt,
      "switchyard " + data.name);
  if (!made) return made.error();
  if (auto tells = trainer_->tell_routes(made->get()); !tells) {
    if (!was_there) std::filesystem::remove(folder, code);  // empty still
    return tells;
  }
  if (recorder_) end_recording();
  (void)trainer_->tell_routes(made->get());
  recorder_ = std::move(*made);
  into_ = folder;
  model_ = trainer_->model_id();
  const std::int64_t step = trainer_->step() + 1;
  news_.push_back(
      {false,
       fmt::format("Whom the tokens of step {} and later ones go to is written into {}", step, folder.native()),
       fmt::format("records routes into {}", short_name(folder))});
  return {};
}

Result<void> RunRoutes::follow(const std::filesystem::path& folder, bool must) {
  if (recorder_ && is_same_folder(folder, into_))
    return usage_error(fmt::format("{}: this run's own routes are being written there", folder.native()));
  auto opened = RecordedRoutes::open(folder);
  if (!opened) return opened.error();
  const auto asked = (*opened)->routes_of(trainer_->step() + 1);
  if (!asked) return asked.error();
  if (auto good = fits(**asked, trainer_->config()); !good)
    return usage_error(fmt::format("{}: {}", folder.native(), good.error().message));
  if (auto follows = trainer_->follow_routes(opened->get()); !follows) return follows;
  recorded_ = std::move(*opened);
  from_ = folder;
  model_ = trainer_->model_id();
  must_ = must;
  followed_ = 0;
  begins_ = {};
  news_.push_back({false,
                   fmt::format("From step {} on every token goes to the experts recorded in {}; the router learns "
                               "through their weights",
                               trainer_->step() + 1, folder.native()),
                   std::string(kFollows) + short_name(folder)});
  return {};
}

void RunRoutes::end_recording() { end_recording({}); }

void RunRoutes::end_recording(const std::string& why) {
  if (!recorder_) return;
  (void)trainer_->tell_routes(nullptr);
  const std::string steps = steps_text(recorder_->steps()),
                    event = fmt::format("routes of {} are recorded in {}", steps, short_name(into_));
  const auto finished = recorder_->finish();
  bool lost = false;
  for (RouteRecorder::News& one : recorder_->take_news()) {
    news_.push_back({true, std::move(one.message)});
    lost = lost || one.ends;
  }
  if (lost) {
    news_.push_back({false, {}, "the recording of routes ended: it cannot be written"});
  } else {
    if (!finished) news_.push_back({true, finished.error().message});
    // The time axis is the next model's by then.
    news_.push_back({false, fmt::format("{}Routes of {} are in {}", why, steps, into_.native()),
                     why.empty() ? event : std::string()});
  }
  recorder_.reset();
  into_.clear();
}

void RunRoutes::let_choose() { end_following(false, "The router chooses again"); }

void RunRoutes::end_following(bool trouble, const std::string& why) {
  if (!recorded_) return;
  (void)trainer_->follow_routes(nullptr);
  news_.push_back({trouble,
                   fmt::format("{}, from step {} on; recorded routes were followed for {}", why,
                               trainer_->step() + 1, steps_text(followed_)),
                   std::string(kChooses)});
  recorded_.reset();
  from_.clear();
  begins_ = {};
}

bool RunRoutes::after_step(const Error* error) {
  if (recorder_) {
    bool ends = false;
    for (RouteRecorder::News& one : recorder_->take_news()) {
      news_.push_back({true, std::move(one.message)});
      ends = ends || one.ends;
    }
    if (ends) {
      (void)trainer_->tell_routes(nullptr);
      news_.push_back({false, {}, "the recording of routes ended: it cannot be written"});
      recorder_.reset();
      into_.clear();
    }
  }
  if (!recorded_) return false;
  if (!error) {
    ++followed_;
    if (!begins_.event.empty()) news_.push_back(std::exchange(begins_, {}));
    return false;
  }
  // Of the trainer's errors those of usage are about routes alone.
  if (must_ || (!recorded_->has_failed() && error->kind != ErrorKind::usage)) return false;
  if (recorded_->have_ended()) end_following(false, "The recorded routes have ended. The router chooses again");
  else end_following(true, error->message + ". The router chooses again");
  return true;
}

void RunRoutes::begin_model() {
  if (trainer_->model_id() == model_) return;
  model_ = trainer_->model_id();
  if (recorder_) end_recording("Another model has taken the place of the one whose routes were recorded. ");
  if (!recorded_) return;
  const std::filesystem::path from = from_;
  const bool must = must_;
  const std::int64_t followed = followed_;
  if (auto again = follow(from, must)) {
    followed_ = followed;
    begins_ = {false, {}, std::exchange(news_.back().event, {}), trainer_->step() + 1};
  } else if (!must) {  // else its next step says so
    end_following(true, fmt::format("{}. The router of the new model chooses", again.error().message));
  }
}

RoutesStatus RunRoutes::status() const {
  RoutesStatus status;
  if (recorder_)
    status.recorded_in = into_.native(), status.recorded_steps = recorder_->steps(),
    status.recorded_bytes = recorder_->bytes();
  if (recorded_) status.followed = from_.native(), status.followed_steps = followed_;
  return status;
}

bool follows_at_end(const std::vector<RunEvent>& events) {
  bool follows = false;
  for (const RunEvent& event : events) {
    if (event.kind != EventKind::routes) continue;
    if (event.message.starts_with(kFollows)) follows = true;
    else if (event.message == kChooses) follows = false;
  }
  return follows;
}

}  // namespace switchyard
