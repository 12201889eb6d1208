#include "core/session/viewing/viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "core/record/folder/data_record.h"
#include "core/record/folder/run_lock.h"
#include "core/record/reading/run_reading.h"
#include "core/session/driving/remedies.h"

namespace switchyard {
namespace {

constexpr std::chrono::milliseconds kLookAgain{200};  // for what another process has told
constexpr std::chrono::seconds kFirstWords{5};         // what a process may take to tell anything

// The last, the first, then the middle of what lies between two that are told, widest gaps first: whenever it is broken
// off, what has been told lies evenly.
std::vector<std::size_t> evenly(std::size_t count) {
  std::vector<std::size_t> order;
  std::vector<std::pair<std::size_t, std::size_t>> gaps;
  if (count > 0) order.push_back(count - 1);
  if (count > 1) order.push_back(0), gaps.emplace_back(0, count - 1);
  for (std::size_t at = 0; at < gaps.size(); ++at) {
    const auto [first, last] = gaps[at];
    if (last - first < 2) continue;
    const std::size_t middle = first + (last - first) / 2;
    order.push_back(middle);
    gaps.emplace_back(first, middle);
    gaps.emplace_back(middle, last);
  }
  return order;
}

}  // namespace

Viewer::Viewer(std::filesystem::path folder, std::uint32_t model_id, void (*wake)())
    : folder_(std::move(folder)), model_id_(model_id) {
  link_->set_wake(wake);
  thread_ = std::thread([this] { read(); });
}

Viewer::~Viewer() {
  stopping_ = true;
  bell_->ring();
  if (thread_.joinable()) thread_.join();
}

void Viewer::say(RunState state) {
  status_.state = state;
  status_.config = std::make_shared<Config>(config_);
  link_->publish(status_);
}

void Viewer::read() {
  const Result<void> told = caught("the run could not be read", [&] { return tell(); });
  if (told || stopping_) return void(told_all_ = true);
  (void)caught("", [&]() -> Result<void> {
    status_.message = told.error().message;
    say(RunState::failed);
    return {};
  });
  told_all_ = true;
}

Result<void> Viewer::tell() {
  say(RunState::loading);
  auto description = read_run_description(folder_);
  if (!description) return description.error();
  status_.run_folder = folder_.native();
  status_.run = description->run.id.empty() ? folder_.native() : description->run.id;
  status_.parent = description->run.parent;
  status_.model_id = model_id_;
  // A run that has just begun has nothing on its tape yet.
  const auto until = std::chrono::steady_clock::now() + kFirstWords;
  while (!stopping_) {
    auto tape = Tape::open(folder_, &stopping_);
    if (tape && tape->facts()) return tell_of_tape(*tape);
    if (!is_run_recorded(folder_) || std::chrono::steady_clock::now() > until) {
      std::error_code code;
      if (!std::filesystem::exists(folder_ / kTapeFile, code)) return tell_of_lines(*description);
      return tape ? tape->facts().error() : tape.error();
    }
    bell_->wait(kLookAgain);
  }
  return {};
}

void Viewer::take_facts(const TapeFacts& facts) {
  // Where the text lies the tape does not say.
  config_ = facts.config;
  status_.corpus_name = facts.data.name;
  status_.vocabulary = static_cast<std::int32_t>(facts.data.outputs.size());
  status_.dims = facts.data.dims;
  status_.bigram_loss = facts.data.bigram_loss;
  status_.largest_share = facts.data.largest_share;
  status_.text = facts.data.text;
  status_.engine = facts.engine;
}

void Viewer::take_event(const RunEvent& event) {
  for (const RunEvent::Change& change : event.changes) (void)set_from_text(config_, change.key, change.after);
  if (!event.health) return;
  std::erase_if(status_.alerts, [&](const HealthAlert& alert) {
    return alert.kind == event.health->kind && alert.layer == event.health->layer;
  });
  if (event.health->ended > 0) return;
  status_.alerts.push_back(*event.health);
  advise(status_.alerts.back(), config_);
}

Result<void> Viewer::tell_of_tape(Tape& tape) {
  const auto facts = tape.facts();
  if (!facts) return facts.error();
  const auto place = tape.end();
  if (!place) return place.error();
  auto summary = tape.summary();
  if (!summary) return summary.error();
  auto events = tape.events();
  if (!events) return events.error();
  auto looks = tape.looks();
  if (!looks) return looks.error();
  take_facts(*facts);
  auto past = std::make_shared<RunPast>();
  for (StepRecord& record : *summary) record.model_id = model_id_;
  for (RunEvent& event : *events) {
    // What this process found the run to begin with holds the edits before it already.
    if (event.step > facts->step) take_event(event);
    event.model_id = model_id_;
  }
  past->records = std::move(*summary);
  past->events = std::move(*events);
  const bool is_whole =
      past->records.empty() || past->records.back().step - past->records.front().step + 1 == static_cast<std::int64_t>(past->records.size());
  status_.step = past->records.empty() ? facts->step : past->records.back().step;
  link_->publish(RunBegin{status_.run, model_id_, status_.step, past, status_.parent});
  if (!looks->empty()) publish_look(tape, looks->back().step, true);
  say(is_run_recorded(folder_) ? RunState::followed : RunState::opened);
  for (const std::string& note : tape.notes()) link_->publish(Notice{Notice::Level::warning, note, 0});
  if (auto told = tell_looks(tape, std::move(*looks)); !told) return told;
  if (!is_whole)
    if (auto told = tell_whole_past(tape, past->events); !told) return told;
  return follow(tape, *place);
}

Result<void> Viewer::tell_whole_past(Tape& tape, const std::vector<RunEvent>& events) {
  auto whole = std::make_unique<History>();
  const Result<void> read = tape.read(0, [&](std::vector<StepRecord>&& records) {
    for (StepRecord& record : records) {
      // What another process tells meanwhile is followed.
      if (record.step > status_.step) return false;
      record.model_id = model_id_;
      whole->append(record);
    }
    return !stopping_;
  });
  if (!read || stopping_) return read;
  for (const RunEvent& event : events) whole->append(event);
  link_->publish_past(std::move(whole));
  return {};
}

bool Viewer::publish_look(Tape& tape, std::int64_t step, bool newest) {
  auto look = tape.look(step);
  if (!look || !*look) return false;
  (*look)->model_id = model_id_;
  if (newest) link_->publish(std::shared_ptr<const Snapshot>(std::move(*look)));
  else link_->publish_past(std::move(*look));
  return true;
}

Result<void> Viewer::tell_looks(Tape& tape, std::vector<Tape::LookPlace> places) {
  std::int64_t bytes = 0;
  for (const std::size_t at : evenly(places.size())) {
    if (stopping_ || bytes + places[at].bytes > static_cast<std::int64_t>(SnapshotStore::kBudget)) return {};
    bytes += places[at].bytes;
    if (at + 1 < places.size()) publish_look(tape, places[at].step, false);  // the newest is told already
  }
  return {};
}

Result<void> Viewer::follow(Tape& tape, Tape::Place place) {
  told_all_ = true;
  bool held = status_.state == RunState::followed;
  while (!stopping_) {
    // Asked before the last news is taken, so that none of a run that has just ended is missed.
    const bool is_held = is_run_recorded(folder_);
    auto news = tape.follow(place);
    if (!news) return news.error();
    if (news->facts) take_facts(*news->facts);
    if (news->went_back_to) {
      status_.step = *news->went_back_to;
      link_->publish(RunBegin{status_.run, model_id_, status_.step, nullptr, status_.parent});
      link_->publish(Notice{Notice::Level::info, fmt::format("The run goes on from step {}", status_.step), 0});
    }
    for (StepRecord& record : news->records) {
      record.model_id = model_id_;
      status_.step = record.step;
      link_->publish(std::move(record));
    }
    for (RunEvent& event : news->events) {
      take_event(event);
      event.model_id = model_id_;
      link_->publish(std::move(event));
    }
    if (!news->looks.empty()) publish_look(tape, news->looks.back(), true);
    if (std::exchange(held, is_held) != is_held) {
      const auto ended = is_held ? Result<bool>(true) : tape.has_ended();
      link_->publish(Notice{ended && !*ended ? Notice::Level::warning : Notice::Level::info,
                            is_held             ? "Another process goes on with this run"
                            : ended && *ended   ? fmt::format("The run has ended at step {}", status_.step)
                                                : fmt::format("The process that recorded this run was ended at step {}", status_.step),
                            0});
      say(is_held ? RunState::followed : RunState::opened);
    } else if (!news->records.empty() || !news->events.empty() || news->facts) {
      say(status_.state);
    }
    if (!news->more) bell_->wait(kLookAgain);
  }
  return {};
}

Result<void> Viewer::tell_of_lines(const RunDescription& description) {
  const auto recorded = read_recorded_config(folder_ / kConfigFile, config_);
  if (recorded) config_ = recorded->config;
  if (const std::string* name = description.json["corpus"].text()) status_.corpus_name = *name;
  status_.vocabulary = static_cast<std::int32_t>(description.json["vocabulary"].size());
  auto past = read_past(folder_, model_id_);
  if (!past) return past.error();
  for (const RunEvent& event : past->events) take_event(event);
  status_.step = past->records.empty() ? 0 : past->records.back().step;
  link_->publish(RunBegin{status_.run, model_id_, status_.step, std::make_shared<const RunPast>(std::move(*past)), status_.parent});
  link_->publish(Notice{Notice::Level::info, folder_.native() + " has no looks at its model: what needs them stays empty", 0});
  say(RunState::opened);
  return {};
}

}  // namespace switchyard
