#include "core/session/recording_viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/recordings/forms/growing_files.h"
#include "core/recordings/looks.h"

namespace switchyard {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookForMore = 200ms;
constexpr auto kStillGrows = 5s;            // without news it counts as growing for so long
constexpr auto kRankIsSilent = 1500ms;      // a rank is not waited for any longer
constexpr std::int64_t kPastLooks = 150;    // over a run, about
constexpr std::int64_t kMostUntaken = 500;  // steps, before somebody takes them

std::int64_t stride_over(std::int64_t steps) { return std::max<std::int64_t>(1, steps / kPastLooks); }

std::vector<std::string> notes_of(const Manifest& manifest) {
  std::vector<std::string> notes;
  if (manifest.dropped > 0)
    notes.push_back(fmt::format("Who recorded it could not keep up and left out {} layers of micro-batches",
                                manifest.dropped));
  if (manifest.passed_over > 0)
    notes.push_back(fmt::format("{} lines of its manifest say nothing and are passed over; the first: {}",
                                manifest.passed_over, manifest.first_passed_over));
  return notes;
}

}  // namespace

RecordingViewer::RecordingViewer(RecordingWish wish, std::uint32_t model_id, void (*wake)())
    : wish_(std::move(wish)), model_id_(model_id) {
  link_->set_wake(wake);
  thread_ = std::thread([this] { read(); });
}

RecordingViewer::~RecordingViewer() {
  stopping_ = true;
  bell_->ring();
  if (thread_.joinable()) thread_.join();
}

void RecordingViewer::say(RunState state) {
  status_.state = state;
  if (figures_) {
    OtherRecording facts = figures_->facts();
    facts.notes = notes_;
    if (!status_.recorded || *status_.recorded != facts)
      status_.recorded = std::make_shared<const OtherRecording>(std::move(facts));
    status_.alerts = figures_->alerts();
  }
  link_->publish(status_);
}

void RecordingViewer::read() {
  const Result<void> told = caught("the recording could not be read", [&] { return tell(); });
  if (!told && !stopping_)
    (void)caught("", [&]() -> Result<void> {
      status_.message = told.error().message;
      say(RunState::failed);
      return {};
    });
  told_all_ = true;
}

void RecordingViewer::wait_until_taken() {
  while (link_->has_news() && !stopping_) bell_->wait(5ms);
  published_ = 0;
}

Result<const RecordingForm*> RecordingViewer::find_form() {
  const auto find = [&] { return wish_.form.empty() ? form_of(wish_.path) : form_named(wish_.form); };
  std::error_code code;
  while (!stopping_) {
    const bool is_there = std::filesystem::exists(wish_.path, code);
    if (const RecordingForm* form = is_there ? find() : nullptr) return form;
    if (!wish_.waits)
      return usage_error(fmt::format(
          "{}: {}", wish_.path.native(),
          is_there ? "is no recording of a form that is known here" : "there is no such file or folder"));
    bell_->wait(kLookForMore);
  }
  return nullptr;
}

Result<void> RecordingViewer::tell() {
  status_.model_id = model_id_;
  const auto keys = keys_from(wish_.keys);
  if (!keys) return keys.error();
  if (wish_.waits) {
    // Who waits is told for what.
    status_.recorded = std::make_shared<const OtherRecording>();
    status_.message = fmt::format("Waiting for {}", wish_.path.native());
    begin_run();
  } else {
    say(RunState::loading);
  }
  const auto form = find_form();
  if (!form) return form.error();
  if (!*form) return {};
  status_.message.clear();
  status_.corpus_name = std::string((*form)->title);
  return (*form)->name == "routes" ? tell_folder(**form) : tell_files(**form, *keys);
}

void RecordingViewer::begin_run() {
  wait_until_taken();
  const std::string name = wish_.path.native();
  status_.run = runs_ == 0 ? name : fmt::format("{} ({})", name, runs_ + 1);
  ++runs_;
  status_.step = 0;
  ranks_.clear();
  next_look_ = 0, newest_look_ = -1;
  unreadable_ = 0;
  notes_.clear();
  // Before the begin: whoever takes that looks here for whose it is.
  say(wish_.waits ? RunState::followed : RunState::loading);
  link_->publish(RunBegin{status_.run, model_id_, 0, std::make_shared<const RunPast>()});
}

void RecordingViewer::begin_figures(const RecordingForm& form) {
  figures_ = std::make_unique<RecordingFigures>(model_id_, std::string(form.name), std::string(form.title));
}

void RecordingViewer::publish_step(StepRecord&& record, std::vector<RunEvent>&& events) {
  status_.step = record.step;
  link_->publish(std::move(record));
  for (RunEvent& event : events) link_->publish(std::move(event));
  if (++published_ < kMostUntaken) return;
  say(status_.state);
  wait_until_taken();
}

std::shared_ptr<Snapshot> RecordingViewer::look(const RecordedChunk& chunk, const RecordingHead& head,
                                                std::int64_t step) {
  std::shared_ptr<Snapshot> made = look_at(chunk, step, head.order);
  if (!made) return made;
  made->model_id = model_id_;
  std::string& sample = figures_->facts().sample;
  if (made->of_tokens > 0)
    sample = fmt::format("Looks show {} of {} tokens of a step, taken evenly", made->tokens->text.size(),
                         made->of_tokens);
  if (figures_->facts().ranks > 1)
    sample = fmt::format("{}Looks show tokens of rank {}",
                         made->of_tokens > 0 ? sample.substr(0, sample.find("; ")) + "; " : "", chunk.rank);
  return made;
}

void RecordingViewer::publish_looks(const RecordedChunk& chunk, const RecordingHead& head, std::int64_t stride,
                                    std::int64_t but_not) {
  if (chunk.rank != figures_->lowest_rank()) return;
  std::vector<std::int64_t> steps = chunk.step;
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  for (const std::int64_t step : steps) {
    if (step < next_look_ || step == but_not || stopping_) continue;
    if (auto made = look(chunk, head, step)) link_->publish_past(std::move(made));
    next_look_ = step + stride;
    published_ += kMostUntaken / 20;
  }
  if (published_ >= kMostUntaken) wait_until_taken();
}

std::int64_t RecordingViewer::settled_below() const {
  std::int64_t below = kMostRecordedStep, last = -1;
  const auto now = Clock::now();
  for (const auto& [rank, of] : ranks_) {
    last = std::max(last, of.last);
    if (now - of.heard < kRankIsSilent) below = std::min(below, of.last + 1);
  }
  return std::min(below, last + 1);
}

void RecordingViewer::tell_newest_look(GrowingFolder& folder, const std::vector<ChunkNote>& notes,
                                       const RecordingHead& head) {
  const std::int32_t rank = ranks_.empty() ? 0 : ranks_.begin()->first;
  const ChunkNote* newest = nullptr;
  for (const ChunkNote& note : notes)
    if (note.rank == rank && note.tokens > 0 && (!newest || note.last_step >= newest->last_step)) newest = &note;
  if (!newest) return;
  const auto chunk = folder.read(*newest);
  if (!chunk) return;
  const std::int64_t step = last_step_with_tokens(*chunk);
  if (auto made = step < 0 ? nullptr : look(*chunk, head, step)) {
    newest_look_ = step;
    link_->publish(std::shared_ptr<const Snapshot>(std::move(made)));
  }
}

void RecordingViewer::take_chunks(GrowingFolder& folder, bool are_first) {
  const std::vector<ChunkNote> notes = folder.take();
  const RecordingHead head = folder.head();
  const auto now = Clock::now();
  std::int64_t first = kMostRecordedStep, last = -1;
  for (const ChunkNote& note : notes) {
    OfRank& of = ranks_[note.rank];
    of.last = std::max(of.last, note.last_step);
    // Of a recording that lies there nobody is waited for.
    if (!are_first || wish_.waits) of.heard = now;
    first = std::min(first, note.first_step), last = std::max(last, note.last_step);
  }
  if (are_first || !notes.empty()) tell_newest_look(folder, notes, head);
  const auto on_step = [&](StepRecord&& record, std::vector<RunEvent>&& events) {
    publish_step(std::move(record), std::move(events));
  };
  for (std::size_t i = 0; i < notes.size() && !stopping_; ++i) {
    const auto chunk = folder.read(notes[i]);
    if (!chunk) {
      if (unreadable_++ == 0) why_unreadable_ = chunk.error().message;
      continue;
    }
    const std::int64_t next = i + 1 < notes.size() ? notes[i + 1].first_step : kMostRecordedStep;
    figures_->add(*chunk, head, std::min(next, settled_below()), on_step);
    if (are_first) publish_looks(*chunk, head, stride_over(last - first + 1), newest_look_);
  }
  if (!stopping_) figures_->tell_below(settled_below(), on_step);
  notes_ = notes_of(folder.manifest());
  if (unreadable_ > 0)
    notes_.push_back(
        fmt::format("{} chunks cannot be read and are left out; the first: {}", unreadable_, why_unreadable_));
}

void RecordingViewer::tell_folder_again(GrowingFolder& folder, const RecordingForm& form) {
  const auto began = Clock::now();
  begin_figures(form);
  folder.take_again();
  const std::vector<ChunkNote> notes = folder.take();
  const RecordingHead head = folder.head();
  auto whole = std::make_unique<History>();
  std::int64_t step = 0;
  const auto on_step = [&](StepRecord&& record, std::vector<RunEvent>&& events) {
    step = record.step;
    whole->append(record);
    for (RunEvent& event : events) whole->append(event);
  };
  ranks_.clear();
  for (const ChunkNote& note : notes) ranks_[note.rank].last = std::max(ranks_[note.rank].last, note.last_step);
  for (auto& [rank, of] : ranks_) of.heard = began;
  for (std::size_t i = 0; i < notes.size() && !stopping_; ++i) {
    const auto chunk = folder.read(notes[i]);
    if (!chunk) continue;  // told before
    const std::int64_t next = i + 1 < notes.size() ? notes[i + 1].first_step : kMostRecordedStep;
    figures_->add(*chunk, head, std::min(next, settled_below()), on_step);
  }
  figures_->tell_below(settled_below(), on_step);
  if (stopping_) return;
  // What waits is of the history before.
  wait_until_taken();
  status_.step = step;
  link_->publish_past(std::move(whole));
  link_->publish(RunBegin{status_.run, model_id_, step});
  newest_look_ = -1;
  tell_newest_look(folder, notes, head);
  again_not_before_ = Clock::now() + 1s + 4 * (Clock::now() - began);
}

void RecordingViewer::say_growth(bool has_grown) {
  const auto now = Clock::now();
  if (has_grown) grown_ = now;
  const bool grows = wish_.waits || (grown_ != Clock::time_point{} && now - grown_ < kStillGrows);
  const RunState state = grows ? RunState::followed : RunState::opened;
  if (has_grown || state != status_.state) say(state);
}

Result<void> RecordingViewer::tell_folder(const RecordingForm& form) {
  GrowingFolder folder(wish_.path.filename() == kManifestName ? wish_.path.parent_path() : wish_.path);
  bool has_begun = false, is_late = false;
  while (!stopping_) {
    const std::int64_t steps = status_.step;
    const auto growth = folder.look();
    if (!growth && !has_begun && !wish_.waits) return growth.error();
    if (growth && (!has_begun || *growth == GrowingFolder::Growth::begun_anew)) {
      if (has_begun)
        link_->publish(
            Notice{Notice::Level::info, "The recording begins anew; what it held before stays beside it", 0});
      if (has_begun || runs_ == 0) begin_run();
      begin_figures(form);
      take_chunks(folder, true);
      for (const std::string& note : notes_) link_->publish(Notice{Notice::Level::warning, note, 0});
      has_begun = true, is_late = false;
      if (stopping_) return {};
      say(wish_.waits ? RunState::followed : RunState::opened);
      told_all_ = true;
    } else if (growth && has_begun) {
      const std::int64_t late = figures_->late();
      if (*growth == GrowingFolder::Growth::more) take_chunks(folder, false);
      else if (*growth == GrowingFolder::Growth::nothing)
        figures_->tell_below(settled_below(), [&](StepRecord&& record, std::vector<RunEvent>&& events) {
          publish_step(std::move(record), std::move(events));
        });
      is_late |= figures_->late() != late;
      const bool went_back = *growth == GrowingFolder::Growth::went_back;
      if (went_back)
        link_->publish(
            Notice{Notice::Level::info, "Steps were recorded again; they take the place of those before", 0});
      // What came late for its step is put where it belongs, but not over and over.
      if (went_back || (is_late && Clock::now() >= again_not_before_)) {
        tell_folder_again(folder, form);
        is_late = false;
      }
      say_growth(*growth != GrowingFolder::Growth::nothing || status_.step != steps);
    }
    bell_->wait(kLookForMore);
  }
  return {};
}

Result<void> RecordingViewer::read_files(const RecordingForm& form, const RecordingKeys& keys, bool is_first) {
  const auto began = Clock::now();
  const auto reader = open_recording(form, wish_.path, keys);
  if (!reader) return reader.error();
  begin_figures(form);
  auto whole = is_first ? nullptr : std::make_unique<History>();
  std::int64_t step = 0, seen = 0;
  const auto on_step = [&](StepRecord&& record, std::vector<RunEvent>&& events) {
    step = record.step;
    ++seen;
    if (!whole) return publish_step(std::move(record), std::move(events));
    whole->append(record);
    for (RunEvent& event : events) whole->append(event);
  };
  std::optional<RecordedChunk> newest;
  while (!stopping_) {
    auto chunk = (*reader)->next();
    if (!chunk) return chunk.error();
    if (!*chunk) break;
    const RecordingHead& head = (*reader)->head();
    figures_->add(**chunk, head, (*reader)->next_step(), on_step);
    if (is_first) publish_looks(**chunk, head, std::max<std::int64_t>(1, seen / kPastLooks), -1);
    if ((*chunk)->rank == figures_->lowest_rank() && (*chunk)->tokens() > 0) newest = std::move(**chunk);
  }
  if (stopping_) return {};
  figures_->finish(on_step);
  if (whole) {
    wait_until_taken();
    status_.step = step;
    link_->publish_past(std::move(whole));
    link_->publish(RunBegin{status_.run, model_id_, step});
  }
  if (newest)
    if (auto made = look(*newest, (*reader)->head(), last_step_with_tokens(*newest)))
      link_->publish(std::shared_ptr<const Snapshot>(std::move(made)));
  notes_ = (*reader)->notes();
  again_not_before_ = Clock::now() + 2 * (Clock::now() - began);
  return {};
}

Result<void> RecordingViewer::tell_files(const RecordingForm& form, const RecordingKeys& keys) {
  GrowingFiles files(wish_.path);
  bool has_begun = false, has_changed = false;
  while (!stopping_) {
    const GrowingFiles::Growth growth = files.look();
    const bool anew = has_begun && growth == GrowingFiles::Growth::begun_anew;
    if (anew) {
      link_->publish(
          Notice{Notice::Level::info, "The recording begins anew; what it held before stays beside it", 0});
      begin_run();
    } else if (!has_begun && runs_ == 0) {
      begin_run();
    }
    has_changed |= growth != GrowingFiles::Growth::nothing;
    if (has_changed && (anew || Clock::now() >= again_not_before_)) {
      const bool is_first = !has_begun || anew;
      const Result<void> told = read_files(form, keys, is_first);
      // Of one that is being written the first lines may not be whole yet.
      if (!told && !has_begun && !wish_.waits) return told;
      if (stopping_) return {};
      if (told) {
        if (is_first)
          for (const std::string& note : notes_) link_->publish(Notice{Notice::Level::warning, note, 0});
        has_changed = false;
        say_growth(has_begun);
        say(status_.state);
        has_begun = told_all_ = true;
      }
    } else if (has_begun) {
      say_growth(false);
    }
    bell_->wait(kLookForMore);
  }
  return {};
}

}  // namespace switchyard
