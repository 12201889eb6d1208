#include "core/session/driving/run_routes.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "core/base/caught.h"

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
  auto made = RouteRecorder::create(
      folder, is_text ? std::optional(static_cast<std::int64_t>(data.outputs.size())) : std::nullopt,
      "switchyard " + data.name);
  if (!made) return made.error();
  std::filesystem::path into = folder;
  News begun{false,
             fmt::format("Whom the tokens of step {} and later ones go to is written into {}",
                         trainer_->step() + 1, folder.native()),
             fmt::format("records routes into {}", short_name(folder))};
  if (auto tells = trainer_->tell_routes(made->get()); !tells) return tells;
  // What goes wrong with the end of the one before does not keep this one from its steps.
  (void)caught("", [&]() -> Result<void> {
    end_recording();
    return {};
  });
  (void)trainer_->tell_routes(made->get());
  recorder_ = std::move(*made);
  into_ = std::move(into);
  model_ = trainer_->model_id();
  news_.push_back(std::move(begun));
  return {};
}

Result<void> RunRoutes::follow(const std::filesystem::path& folder, bool must) {
  if (recorder_ && is_same_folder(folder, into_))
    return usage_error(fmt::format("{}: this run's own routes are being written there", folder.native()));
  auto opened = RecordedRoutes::open(folder);
  if (!opened) return opened.error();
  std::filesystem::path from = folder;
  News begun{false,
             fmt::format("From step {} on every token goes to the experts recorded in {}; the router learns "
                         "through their weights",
                         trainer_->step() + 1, folder.native()),
             std::string(kFollows) + short_name(folder)};
  news_.reserve(news_.size() + 1);
  // Whether this model has routes at all comes before what those are.
  if (auto can = trainer_->follow_routes(opened->get()); !can) return can;
  const auto fit = [&]() -> Result<void> {
    const auto asked = (*opened)->routes_of(trainer_->step() + 1);
    if (!asked) return asked.error();
    if (auto good = fits(**asked, trainer_->config()); !good)
      return usage_error(fmt::format("{}: {}", folder.native(), good.error().message));
    return {};
  };
  if (auto good = caught("recorded routes", fit); !good) {
    (void)trainer_->follow_routes(recorded_.get());
    return good;
  }
  recorded_ = std::move(*opened);
  from_ = std::move(from);
  model_ = trainer_->model_id();
  must_ = must;
  followed_ = 0;
  begins_ = {};
  news_.push_back(std::move(begun));
  return {};
}

void RunRoutes::end_recording() { end_recording({}); }

void RunRoutes::end_recording(const std::string& why) {
  if (!recorder_) return;
  (void)trainer_->tell_routes(nullptr);
  const std::unique_ptr<RouteRecorder> recorder = std::move(recorder_);
  const std::filesystem::path into = std::exchange(into_, {});
  std::vector<RouteRecorder::News> told = recorder->take_news();
  for (RouteRecorder::News& one : told) news_.push_back({one.trouble, std::move(one.message)});
  const bool cannot = recorder->has_ended();  // be written, as was told when it came
  const auto finished = recorder->finish();
  const std::int64_t made = recorder->steps(), there = recorder->written_steps();
  if (!finished && !(cannot && there < made)) news_.push_back({true, finished.error().message});
  // What is on disk, and no more. The time axis may be the next model's by then.
  std::string event = there == 0
                          ? fmt::format("no routes are recorded in {}", short_name(into))
                          : fmt::format("routes of {} are recorded in {}", steps_text(there), short_name(into));
  if (cannot) event = "the recording of routes ended: it cannot be written";
  if (!why.empty() && !cannot) event.clear();
  std::string text;
  if (there > 0) text = fmt::format("{}Routes of {} are in {}", why, steps_text(there), into.native());
  else if (made == 0 && !cannot)
    text = fmt::format("{}Nothing was recorded in {}: no step with routes was made", why, into.native());
  else if (!why.empty()) text = fmt::format("{}No routes are in {}", why, into.native());
  if (!text.empty() || !event.empty()) news_.push_back({false, std::move(text), std::move(event)});
}

void RunRoutes::let_choose() { end_following(false, "The router chooses again"); }

void RunRoutes::say_it_chooses() { news_.push_back({false, {}, std::string(kChooses)}); }

void RunRoutes::end_following(bool trouble, const std::string& why, bool is_on_axis) {
  if (!recorded_) return;
  (void)trainer_->follow_routes(nullptr);
  recorded_.reset();
  from_.clear();
  // A model that has not followed yet has nothing of it on its time axis.
  const bool told = is_on_axis && begins_.event.empty();
  begins_ = {};
  news_.push_back({trouble,
                   fmt::format("{}, from step {} on; recorded routes were followed for {}", why,
                               trainer_->step() + 1, steps_text(followed_)),
                   told ? std::string(kChooses) : std::string()});
}

bool RunRoutes::after_step(const Error* error) {
  if (recorder_) {
    std::vector<RouteRecorder::News> told = recorder_->take_news();
    for (RouteRecorder::News& one : told) news_.push_back({one.trouble, std::move(one.message)});
    if (recorder_->has_ended()) end_recording({});
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

void RunRoutes::begin_model(bool follows_on) {
  if (trainer_->model_id() == model_) return;
  model_ = trainer_->model_id();
  if (recorder_) end_recording("Another model has taken the place of the one whose routes were recorded. ");
  if (!recorded_) return;
  if (!follows_on) return end_following(false, "The router of the model that is gone on with chooses", false);
  const std::filesystem::path from = from_;
  const bool must = must_;
  const std::int64_t followed = followed_;
  if (auto again = follow(from, must)) {
    followed_ = followed;
    begins_ = {false, {}, std::exchange(news_.back().event, {}), trainer_->step() + 1};
  } else if (!must) {  // else its next step says so
    end_following(true, fmt::format("{}. The router of the new model chooses", again.error().message), false);
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
