#include "core/record/folder/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/base/caught.h"
#include "core/base/json.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/files/safetensors.h"
#include "core/record/folder/data_record.h"
#include "core/record/folder/kept_text.h"
#include "core/record/lines/event_lines.h"
#include "core/record/lines/metrics_lines.h"

namespace switchyard {
namespace {

double steady_now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double system_unix_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The folder of this run, held.
Result<RunPlace> open_place(const std::filesystem::path& folder, const std::string& run) {
  auto place = RunPlace::open(folder);
  if (!place) return place;
  const auto description = read_run_description(place->path());
  if (description && description->run.id != run)
    return usage_error(fmt::format("{}: is the folder of run '{}', the checkpoint is of run '{}'", place->path().native(),
                                   description->run.id, run));
  clear_leftovers(place->path());
  clear_leftovers(place->path() / kCheckpointFolder);
  clear_leftovers(own_text(place->path(), {}));
  return place;
}

}  // namespace

RunFolder::RunFolder(std::filesystem::path path, Options options)
    : first_(std::move(path)), options_(std::move(options)) {
  if (!options_.now_s) options_.now_s = steady_now_s;
  if (!options_.unix_s) options_.unix_s = system_unix_s;
}

Result<std::unique_ptr<RunFolder>> RunFolder::create(const std::filesystem::path& path, Options options) {
  auto place = RunPlace::claim(path);
  if (!place) return place.error();
  std::unique_ptr<RunFolder> made(new RunFolder(place->path(), std::move(options)));
  made->taken_ = std::move(*place);
  return made;
}

// --- going on

Result<std::unique_ptr<RunFolder>> RunFolder::resume(const std::filesystem::path& path,
                                                     const Checkpoint& checkpoint, Options options) {
  auto place = open_place(path, checkpoint.label.run);
  if (!place) return place.error();
  std::unique_ptr<RunFolder> made(new RunFolder(place->path(), std::move(options)));
  const std::vector<std::int32_t> blocks = recorded_blocks(checkpoint.trainer.config);
  RunFiles::Head head;
  head.id = checkpoint.label.run;
  head.columns.blocks = blocks;
  head.headers = headers_of(blocks);
  const RunPoint point{checkpoint.label.run, checkpoint.trainer.step};
  if (auto going = made->go_on_in(*place, std::move(head), point, checkpoint.recording); !going)
    return going.error();
  made->wall_s_ = checkpoint.trainer.wall_s;
  return made;
}

Result<void> RunFolder::go_on(const RunPoint& point, const RecordingState& recording, const std::filesystem::path& folder) {
  end_window();
  write();
  tape_.end();
  const auto here =
      std::find_if(runs_.begin(), runs_.end(), [&](const RunFiles& run) { return run.id() == point.run; });
  if (here != runs_.end()) {
    if (!here->is_done())
      return failure(
          fmt::format("{}: lines of this run wait for room on its disk; it can go on once they are written",
                      here->path().native()));
    auto cut = cut_tail(here->path(), point.step, recording);
    if (!cut) return cut.error();
    if (auto taken = here->take_up(point.step, *cut); !taken) return taken;
    std::rotate(here, here + 1, runs_.end());
    begin_again(point, recording, *cut);
    return {};
  }
  const auto held =
      std::find_if(earlier_.begin(), earlier_.end(), [&](const Earlier& run) { return run.id == point.run; });
  if (held == earlier_.end()) {
    // One that another process recorded.
    auto place = open_place(folder, point.run);
    if (!place) return place.error();
    return go_on_in(*place, {point.run, 0, {}}, point, recording);
  }
  // The columns are those the file has: this very process wrote them.
  if (auto going = go_on_in(held->place, {point.run, 0, {}}, point, recording); !going) return going;
  earlier_.erase(held);
  return {};
}

Result<void> RunFolder::go_on_in(RunPlace& place, RunFiles::Head head, const RunPoint& point,
                                 const RecordingState& recording) {
  TailCut cut;
  auto files = RunFiles::go_on(std::move(head), place, point, recording, cut);
  if (!files) return files.error();
  runs_.push_back(std::move(*files));
  begin_again(point, recording, cut);
  return {};
}

void RunFolder::begin_again(const RunPoint& point, const RecordingState& recording, const TailCut& cut) {
  const std::filesystem::path folder = runs_.back().path();
  for (const RunFiles& run : runs_) run.record(&run == &runs_.back());
  // A config.json that is gone is written anew, without a parent that nobody knows any more.
  const auto description = read_run_description(folder);
  identity_ = {point.run, description ? description->run.parent : std::nullopt};
  announced_.reset();
  goes_on_ = true;
  windows_.restore(recording.windows);
  last_step_ = point.step;
  written_.reset();
  tape_events_ = cut.tape_events;
  lost_until_ = remove_passed_tails(folder, point.step);
  for (const std::string& missing : cut.missing) news_.push_back({true, missing, {}});
  if (cut.lost)
    news_.push_back({false,
                     fmt::format("What lay behind step {} is in {} until the run has passed step {}", point.step,
                                 cut.lost->native(), cut.last_lost_step),
                     {},
                     true});
}

RecordingState RunFolder::recording_state() {
  open_run();
  RecordingState state;
  if (runs_.empty()) return state;
  write();
  const RunFiles& files = runs_.back();
  state.metrics_bytes = files.bytes(RunFiles::File::metrics);
  state.routing_bytes = files.bytes(RunFiles::File::routing);
  state.events_bytes = files.bytes(RunFiles::File::events);
  state.tensorboard_bytes = files.bytes(RunFiles::File::tensorboard);
  state.tape_events = tape_.events();
  tape_.commit_soon();
  state.windows = windows_.state();
  return state;
}

RunFolder::~RunFolder() {
  (void)caught("the recording", [&]() -> Result<void> {
    if (is_behind()) write();
    return {};
  });
}

// --- what is told

void RunFolder::on_model(const Trainer& trainer) {
  if (!goes_on_) end_window();
  blocks_ = recorded_blocks(trainer.config());
  config_ = trainer.config();
  tensorboard_ = RunEvents(blocks_);
  text_.begin(trainer);
  if (goes_on_) {
    goes_on_ = false;
    tape_.begin(trainer, identity_, tape_events_);
    runs_.back().describe(trainer.model_id(), run_description(trainer, identity_), blocks_);
    runs_.back().want(wanted(), tensorboard_head());
    write_if_due();
    return;
  }
  windows_.restore({});
  const bool is_first = taken_.has_value();
  identity_ = {is_first ? new_run_id(taken_->path(), trainer.data().name) : new_run_name(trainer.data().name),
               std::exchange(next_parent_, std::nullopt)};
  announced_ = Announced{trainer.model_id(), run_description(trainer, identity_)};
  tape_.begin(trainer, identity_, 0);
  // It takes the place of these, which undo may go back to. Their tapes say by now that they have ended: who
  // follows one is told that and not that its process is gone.
  for (const RunFiles& run : runs_) run.record(false);
  // The first model's files are there from the start; those of later ones may never be needed.
  if (is_first) open_run();
  write_if_due();
}

void RunFolder::open_run() {
  if (!announced_) return;
  RunFiles::Head head;
  head.id = identity_.id;
  head.model_id = announced_->model_id;
  head.config = std::move(announced_->config);
  head.columns.blocks = blocks_;
  announced_.reset();
  last_step_ = identity_.parent ? identity_.parent->step : 0;
  head.tensorboard = tensorboard_head();
  head.wanted = wanted();
  if (taken_) runs_.emplace_back(std::move(head), *std::exchange(taken_, std::nullopt));
  else
    runs_.emplace_back(std::move(head), [first = first_, id = identity_.id] { return sibling_folder(first, id); });
  wall_s_ = 0;
  lost_until_.reset();
}

void RunFolder::on_step(const StepRecord& record) {
  open_run();
  last_step_ = record.step;
  wall_s_ = record.wall_s;
  windows_.add(record);
  if (record.step % config_.record_interval == 0 || !std::isnan(record.val_loss)) {
    if (config_.log_csv) add(RunFiles::File::metrics, metrics_row(record, runs_.back().columns()), record.step);
    if (config_.log_tensorboard)
      add(RunFiles::File::tensorboard, tensorboard_.scalars(record, options_.unix_s()), record.step);
  }
  tape_.add(record);
  write_if_due();
}

void RunFolder::on_probe(const Snapshot* snapshot) {
  if (snapshot) tape_.add(*snapshot);
  end_window();
  write_if_due();
}

void RunFolder::on_look(const Snapshot& snapshot) { tape_.add(snapshot); }

void RunFolder::end_window() {
  if (config_.log_tensorboard)
    if (std::string loads = RunEvents::loads(windows_.state(), last_step_, options_.unix_s()); !loads.empty())
      add(RunFiles::File::tensorboard, std::move(loads), last_step_);
  if (!config_.log_jsonl) return windows_.begin_anew();
  if (std::string lines = windows_.end(last_step_); !lines.empty())
    add(RunFiles::File::routing, std::move(lines), last_step_);
}

RunFiles::Wanted RunFolder::wanted() const {
  return {config_.log_csv, config_.log_jsonl, true, config_.log_tensorboard};
}

std::string RunFolder::tensorboard_head() const {
  return config_.log_tensorboard ? RunEvents::head(config_, last_step_, options_.unix_s()) : std::string();
}

void RunFolder::on_event(const RunEvent& event) {
  // An edit of a model that has no files yet opens them; what ended it before its first step does not.
  const bool ends = ends_a_model(event.kind);
  if (announced_ && event.model_id == announced_->model_id && !ends) open_run();
  // What was counted under other settings is told apart from what comes; the weights may be others without a step.
  const bool others = !event.changes.empty() || ends || event.kind == EventKind::operate;
  if (others || event.kind == EventKind::routes) end_window();
  if (others) written_.reset();
  wall_s_ = event.wall_s;
  tape_.add(event);
  tape_.take(event);
  // What makes another model tells of it.
  if (!event.changes.empty() && !ends) {
    for (const RunEvent::Change& change : event.changes) (void)set_from_text(config_, change.key, change.after);
    // An operation gives a dense model layers that have figures.
    if (auto blocks = recorded_blocks(config_); blocks != blocks_) {
      blocks_ = std::move(blocks);
      tensorboard_ = RunEvents(blocks_);
      if (!runs_.empty()) runs_.back().take_blocks(blocks_);
    }
    if (!runs_.empty()) runs_.back().want(wanted(), tensorboard_head());
  }
  if (config_.log_tensorboard)
    if (std::string told = RunEvents::happening(event, config_, options_.unix_s()); !told.empty())
      add(RunFiles::File::tensorboard, std::move(told), event.step);
  add(RunFiles::File::events, event_line(event), event.step);
  write_if_due();
}

Result<std::string> RunFolder::on_weights(const Trainer& trainer) {
  open_run();
  end_window();
  RunFiles& run = runs_.back();
  // Before the lines that may wait: what room there is belongs to the weights.
  Result<void> done = run.make_folder();
  const std::filesystem::path file = run.path() / "model.safetensors";
  const std::vector<NamedTensor> weights = done ? trainer.weights() : std::vector<NamedTensor>();
  // What lies there is not written over by nothing.
  if (done && weights.empty()) done = failure("the model's weights cannot be had: a part of it is gone");
  if (done)
    done = write_safetensors(file, weights,
                             {{"format", "pt"},
                              {"switchyard", std::string(version())},
                              {"run", identity_.id},
                              {"parent", dump_json(parent_json(identity_.parent))},
                              {"step", fmt::format("{}", trainer.step())},
                              {"config", dump_json(to_shared_json(trainer.config()))},
                              {"data", dump_json(data_json(trainer.data()))},
                              {"vocabulary", dump_json(trainer.data().outputs)}});
  if (done) written_ = {trainer.model_id(), trainer.step(), file, identity_of(file)};
  write();
  if (!done) return done.error();
  script_.write(trainer, weights, run.path());
  return run.path().native();
}

bool RunFolder::holds_weights(const Trainer& trainer) const {
  return written_ && written_->model_id == trainer.model_id() && written_->step == trainer.step() &&
         written_->identity && identity_of(written_->file) == written_->identity;
}

void RunFolder::on_end() {
  end_window();
  write();
  tape_.end();
  text_.end();
  script_.end();
  std::int64_t rows = 0;
  for (const RunFiles& run : runs_) rows += run.rows_waiting();
  if (rows > 0)
    news_.push_back(
        {true,
         fmt::format("{}: the last {} rows of {} could not be written", place(), rows, runs_.back().rows_name()),
         {}});
}

bool RunFolder::holds(const std::filesystem::path& folder) const {
  const auto is_it = [&](const std::filesystem::path& held) {
    std::error_code code;
    return !held.empty() && std::filesystem::equivalent(held, folder, code) && !code;
  };
  return (taken_ && is_it(taken_->path())) ||
         std::any_of(runs_.begin(), runs_.end(), [&](const RunFiles& run) { return is_it(run.path()); }) ||
         std::any_of(earlier_.begin(), earlier_.end(),
                     [&](const Earlier& run) { return is_it(run.place.path()); });
}

std::vector<RecordingNews> RunFolder::take_news() {
  for (RecordingNews& news : tape_.take_news()) news_.push_back(std::move(news));
  for (RecordingNews& news : text_.take_news()) news_.push_back(std::move(news));
  for (RecordingNews& news : script_.take_news()) news_.push_back(std::move(news));
  return std::exchange(news_, {});
}

std::string RunFolder::place() const {
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run)
    if (!run->path().empty()) return run->path().native();
  return first_.native();
}

// --- what waits, and when it is written

void RunFolder::add(RunFiles::File file, std::string line, std::int64_t step) {
  if (runs_.empty()) return;
  runs_.back().add(file, std::move(line), step, wall_s_);
  while (held_bytes() > options_.held_bytes)
    std::max_element(runs_.begin(), runs_.end(), [](const RunFiles& a, const RunFiles& b) {
      return a.held_bytes() < b.held_bytes();
    })->drop_oldest();
}

std::size_t RunFolder::held_bytes() const {
  std::size_t bytes = 0;
  for (const RunFiles& run : runs_) bytes += run.held_bytes();
  return bytes;
}

bool RunFolder::is_behind() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const RunFiles& run) { return !run.is_done(); });
}

void RunFolder::write_if_due() {
  if (options_.now_s() >= next_write_s_) write();
}

void RunFolder::write() {
  const double began = options_.now_s();
  std::optional<Error> failed;
  // Each by itself: the folder of one may be gone while the others are not.
  for (RunFiles& run : runs_) {
    const Result<void> written = run.write();
    if (!written && !failed) failed = written.error();
    if (auto gap = run.take_gap()) {
      if (&run == &runs_.back() && !announced_) tape_.add(*gap);
      news_.push_back(
          {false, fmt::format("Recording goes on in {}: {}", run.path().native(), gap->message), std::move(gap)});
    }
  }
  if (!announced_ && !runs_.empty())
    if (const std::filesystem::path* folder = runs_.back().folder()) {
      tape_.record_in(*folder);
      text_.keep_in(*folder);
    }
  while (runs_.size() > 1 && runs_.front().is_done()) {
    if (auto place = runs_.front().release()) earlier_.push_back({runs_.front().id(), std::move(*place)});
    if (earlier_.size() > kHeldRuns) earlier_.pop_front();
    runs_.pop_front();
  }
  if (lost_until_ && last_step_ >= *lost_until_ && runs_.back().is_done())
    lost_until_ = remove_passed_tails(runs_.back().path(), last_step_);
  const double took = options_.now_s() - began;
  next_write_s_ = began + took +
                  (failed                ? kRetry_s
                   : took > kFreeWrite_s ? std::min(took / kMostShare, kRetry_s)
                                         : 0);
  if (failed && !in_trouble_)
    news_.push_back({true,
                     fmt::format("Recording waits, training goes on: {}; it is tried again every {} s",
                                 failed->message, kRetry_s),
                     {}});
  in_trouble_ = failed.has_value();
}

}  // namespace switchyard
