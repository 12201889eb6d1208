#include "core/session/recording_viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/recordings/forms/growing_files.h"
#include "core/recordings/looks.h"

namespace switchyard {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookForMore = 200ms;
constexpr auto kStillGrows = 5s;            // without news it counts as growing for so long, at least
constexpr auto kRankIsSilent = 1500ms;      // behind the newest; it is not waited for any longer
constexpr auto kStepIsWhole = 500ms;        // more pieces of a step are not waited for any longer
constexpr auto kFilesAreStill = 1500ms;     // their last line and step are whole then
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
    say_trouble(is_there ? fmt::format("{}: is no recording of a form that is known here yet", wish_.path.native())
                         : fmt::format("Waiting for {}", wish_.path.native()));
    // Each form reads something of what is there.
    bell_->wait(is_there ? 5 * kLookForMore : kLookForMore);
  }
  return nullptr;
}

Result<void> RecordingViewer::tell() {
  status_.model_id = model_id_;
  const auto keys = keys_from(wish_.keys);
  if (!keys) return keys.error();
  // Who waits is told for what.
  if (wish_.waits) begin_run();
  else say(RunState::loading);
  const auto form = find_form();
  if (!form) return form.error();
  if (!*form) return {};
  status_.corpus_name = std::string((*form)->title);
  return (*form)->name == "routes" ? tell_folder(**form) : tell_files(**form, *keys);
}

void RecordingViewer::begin_run() {
  wait_until_taken();
  if (runs_ > 0) {
    // The one before is over, and what is known of it is not of the new one.
    status_.message.clear();
    say(RunState::opened);
    wait_until_taken();
    figures_.reset();
    status_.alerts.clear();
  }
  // A link hands out its newest look until there is another; that would be one of the run before.
  link_->publish(std::shared_ptr<const Snapshot>());
  const std::string name = wish_.path.native();
  // A run that is shown is a recording from its begin on, whatever can be read of it.
  status_.recorded = std::make_shared<const OtherRecording>();
  status_.message = fmt::format("{} {}", wish_.waits && runs_ == 0 ? "Waiting for" : "Reading", name);
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
  status_.message.clear();
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
                                                std::int64_t step, std::int64_t beside) {
  std::shared_ptr<Snapshot> made = look_at(chunk, step, head.order);
  if (!made) return made;
  // A piece of a step is not the step.
  const bool is_piece = beside > 0;
  const auto shown = made->tokens->text.size();
  if (is_piece) made->of_tokens = beside + std::max(made->of_tokens, static_cast<std::int64_t>(shown));
  made->model_id = model_id_;
  std::string sample;
  if (made->of_tokens > 0)
    sample = fmt::format("Looks show {} of {} tokens of a step, {}", shown, made->of_tokens,
                         is_head_of_sequence(chunk, step, shown) ? "the first of its first sequence"
                         : is_piece                              ? "out of the last of its chunks"
                                                                 : "taken evenly");
  if (figures_->facts().ranks > 1)
    sample += fmt::format("{}Looks show tokens of rank {}", sample.empty() ? "" : "; ", chunk.rank);
  figures_->facts().sample = std::move(sample);
  return made;
}

void RecordingViewer::publish_looks(const RecordedChunk& chunk, const RecordingHead& head, std::int64_t stride,
                                    std::int64_t but_not, const Beside& beside) {
  if (chunk.rank != figures_->lowest_rank()) return;
  std::vector<std::int64_t> steps = chunk.step;
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  for (const std::int64_t step : steps) {
    if (step < next_look_ || step == but_not || stopping_) continue;
    if (auto made = look(chunk, head, step, beside ? beside(step) : 0)) link_->publish_past(std::move(made));
    next_look_ = step + stride;
    published_ += kMostUntaken / 20;
  }
  if (published_ >= kMostUntaken) wait_until_taken();
}

std::int64_t RecordingViewer::settled_below() const {
  std::int64_t last = -1;
  for (const auto& [rank, of] : ranks_) last = std::max(last, of.last);
  std::int64_t below = last + 1;
  const auto now = Clock::now();
  for (const auto& [rank, of] : ranks_) {
    // Of its last step there may be more to come: large ones come in several chunks.
    if (now - of.heard < kStepIsWhole) below = std::min(below, of.last);
    if (of.last < last && now - of.behind < kRankIsSilent) below = std::min(below, of.last + 1);
  }
  return below;
}

void RecordingViewer::hear(const std::vector<ChunkNote>& notes, bool is_news) {
  // Of a recording that lies there nobody is waited for.
  const auto now = is_news ? Clock::now() : Clock::now() - 1h;
  std::int64_t before = -1, last = -1;
  for (const auto& [rank, of] : ranks_) before = std::max(before, of.last);
  std::set<std::int32_t> went_on;
  for (const ChunkNote& note : notes) {
    OfRank& of = ranks_[note.rank];
    if (note.last_step > of.last) went_on.insert(note.rank);
    of.last = std::max(of.last, note.last_step), of.heard = now;
    last = std::max(last, note.last_step);
  }
  // One is behind since the newest step is another, or since it went on itself: a slow one is not a silent one.
  for (auto& [rank, of] : ranks_)
    if (went_on.contains(rank) || (of.last == before && last > before)) of.behind = now;
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
  if (auto made = step < 0 ? nullptr : look(*chunk, head, step, folder.tokens_beside(*newest, step))) {
    newest_look_ = step;
    link_->publish(std::shared_ptr<const Snapshot>(std::move(made)));
  }
}

void RecordingViewer::take_chunks(GrowingFolder& folder, bool are_first) {
  const std::vector<ChunkNote> notes = folder.take();
  const RecordingHead head = folder.head();
  hear(notes, !are_first || wish_.waits);
  std::int64_t first = kMostRecordedStep, last = -1;
  for (const ChunkNote& note : notes)
    first = std::min(first, note.first_step), last = std::max(last, note.last_step);
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
    const auto beside = [&](std::int64_t step) { return folder.tokens_beside(notes[i], step); };
    if (are_first) publish_looks(*chunk, head, stride_over(last - first + 1), newest_look_, beside);
  }
  if (!stopping_) figures_->tell_below(settled_below(), on_step);
  notes_ = notes_of(folder.manifest());
  if (unreadable_ > 0)
    notes_.push_back(
        fmt::format("{} chunks cannot be read and are left out; the first: {}", unreadable_, why_unreadable_));
}

void RecordingViewer::tell_folder_again(GrowingFolder& folder, const RecordingForm& form, std::int64_t told) {
  const auto began = Clock::now();
  begin_figures(form);
  folder.take_again();
  const std::vector<ChunkNote> notes = folder.take();
  const RecordingHead head = folder.head();
  // All of it may take long to read.
  tell_newest_look(folder, notes, head);
  auto whole = std::make_unique<History>();
  std::int64_t step = 0;
  const auto on_step = [&](StepRecord&& record, std::vector<RunEvent>&& events) {
    step = record.step;
    whole->append(record);
    for (RunEvent& event : events) whole->append(event);
  };
  const std::map<std::int32_t, OfRank> before = std::exchange(ranks_, {});
  hear(notes, true);
  for (auto& [rank, of] : ranks_)
    if (const auto known = before.find(rank); known != before.end()) of.heard = known->second.heard;
  // What was told once stays told.
  const auto below = [&] { return std::max(settled_below(), told + 1); };
  for (std::size_t i = 0; i < notes.size() && !stopping_; ++i) {
    const auto chunk = folder.read(notes[i]);
    if (!chunk) continue;  // told before
    const std::int64_t next = i + 1 < notes.size() ? notes[i + 1].first_step : kMostRecordedStep;
    figures_->add(*chunk, head, std::min(next, below()), on_step);
  }
  figures_->tell_below(below(), on_step);
  if (stopping_) return;
  // What waits is of the history before.
  wait_until_taken();
  status_.step = step;
  link_->publish(std::shared_ptr<const Snapshot>());
  link_->publish_past(std::move(whole));
  link_->publish(RunBegin{status_.run, model_id_, step});
  newest_look_ = -1;
  tell_newest_look(folder, notes, head);
  again_not_before_ = Clock::now() + 1s + 4 * (Clock::now() - began);
}

void RecordingViewer::say_growth(bool has_grown) {
  const auto now = Clock::now();
  const bool has_grown_before = grown_ != Clock::time_point{};
  // Ranks come in bursts, the time between two of which counts.
  if (has_grown && has_grown_before)
    interval_ = std::max<Clock::duration>(now - grown_, interval_ - interval_ / 4);
  if (has_grown) grown_ = now;
  // Who writes every half a minute goes on writing between two of them.
  const auto still = std::max<Clock::duration>(kStillGrows, 3 * interval_);
  const bool grows = wish_.waits || (grown_ != Clock::time_point{} && now - grown_ < still);
  const RunState state = grows ? RunState::followed : RunState::opened;
  if (has_grown || state != status_.state) say(state);
}

void RecordingViewer::say_trouble(std::string message) {
  if (status_.message == message) return;
  status_.message = std::move(message);
  say(status_.state);
}

Result<void> RecordingViewer::tell_folder(const RecordingForm& form) {
  GrowingFolder folder(wish_.path.filename() == kManifestName ? wish_.path.parent_path() : wish_.path);
  // is_void: what was told before is not what there is.
  bool has_begun = false, is_late = false, is_void = false;
  while (!stopping_) {
    const std::int64_t steps = status_.step;
    const auto growth = folder.look();
    if (!growth && !has_begun && !wish_.waits) return growth.error();
    if (!growth) {
      say_trouble(growth.error().message);
      if (has_begun) say_growth(false);
    } else if (has_begun) {
      say_trouble({});
    }
    if (growth && (!has_begun || *growth == GrowingFolder::Growth::begun_anew)) {
      if (has_begun)
        link_->publish(
            Notice{Notice::Level::info, "The recording begins anew; what it held before stays beside it", 0});
      if (has_begun || runs_ == 0) begin_run();
      begin_figures(form);
      take_chunks(folder, true);
      for (const std::string& note : notes_) link_->publish(Notice{Notice::Level::warning, note, 0});
      has_begun = true, is_late = is_void = false;
      if (stopping_) return {};
      say(wish_.waits ? RunState::followed : RunState::opened);
      told_all_ = true;
    } else if (growth && has_begun) {
      const std::int64_t late = figures_->late();
      const bool went_back = *growth == GrowingFolder::Growth::went_back;
      is_void |= went_back;
      if (is_void) {
        // Read again as a whole below; until then the newest look goes on.
        if (*growth != GrowingFolder::Growth::nothing)
          tell_newest_look(folder, folder.manifest().chunks, folder.head());
      } else if (*growth == GrowingFolder::Growth::more) {
        take_chunks(folder, false);
      } else {
        figures_->tell_below(settled_below(), [&](StepRecord&& record, std::vector<RunEvent>&& events) {
          publish_step(std::move(record), std::move(events));
        });
      }
      is_late |= figures_->late() != late;
      if (went_back)
        link_->publish(
            Notice{Notice::Level::info, "Steps were recorded again; they take the place of those before", 0});
      // What came late for its step is put where it belongs, but not over and over.
      if ((is_void || is_late) && Clock::now() >= again_not_before_) {
        tell_folder_again(folder, form, is_void ? -1 : status_.step);
        is_late = is_void = false;
      }
      const bool has_grown = *growth != GrowingFolder::Growth::nothing;
      say_growth(has_grown);
      if (!has_grown && status_.step != steps) say(status_.state);
    }
    bell_->wait(kLookForMore);
  }
  return {};
}

Result<void> RecordingViewer::read_files(const RecordingForm& form, const RecordingKeys& keys, bool is_first,
                                         bool is_written) {
  const auto began = Clock::now();
  RecordingKeys how = keys;
  how.is_written = is_written;
  const auto reader = open_recording(form, wish_.path, how);
  if (!reader) return reader.error();
  begin_figures(form);
  auto whole = is_first ? nullptr : std::make_unique<History>();
  std::int64_t step = 0, seen = 0, last = -1;
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
    for (const std::int64_t one : (*chunk)->step) last = std::max(last, one);
    for (const std::int64_t one : (*chunk)->counted_step) last = std::max(last, one);
    const auto next = (*reader)->next_step();
    figures_->add(**chunk, head, is_written ? std::min(next.value_or(last), last) : next, on_step);
    if (is_first) publish_looks(**chunk, head, std::max<std::int64_t>(1, seen / kPastLooks), -1, {});
    if ((*chunk)->rank == figures_->lowest_rank() && (*chunk)->tokens() > 0) newest = std::move(**chunk);
  }
  if (stopping_) return {};
  // Of the last step there may be more to come.
  if (is_written) figures_->tell_below(last, on_step);
  else figures_->finish(on_step);
  if (whole) {
    wait_until_taken();
    status_.step = step;
    link_->publish(std::shared_ptr<const Snapshot>());
    link_->publish_past(std::move(whole));
    link_->publish(RunBegin{status_.run, model_id_, step});
  }
  if (newest)
    if (auto made = look(*newest, (*reader)->head(), last_step_with_tokens(*newest), 0))
      link_->publish(std::shared_ptr<const Snapshot>(std::move(made)));
  notes_ = (*reader)->notes();
  again_not_before_ = Clock::now() + 2 * (Clock::now() - began);
  return {};
}

Result<void> RecordingViewer::tell_files(const RecordingForm& form, const RecordingKeys& keys) {
  GrowingFiles files(form.name, wish_.path);
  // is_held: the last step waits for a later one, or for the files to be still.
  bool has_begun = false, has_changed = false, has_failed = false, is_held = false;
  Clock::time_point changed{};
  while (!stopping_) {
    const GrowingFiles::Growth growth = files.look();
    const auto now = Clock::now();
    if (growth != GrowingFiles::Growth::nothing) changed = now;
    const bool anew = has_begun && growth == GrowingFiles::Growth::begun_anew;
    if (anew) {
      link_->publish(
          Notice{Notice::Level::info, "The recording begins anew; what it held before stays beside it", 0});
      begin_run();
    } else if (!has_begun && runs_ == 0) {
      // What cannot be opened begins no run.
      if (const auto reader = open_recording(form, wish_.path, keys); !reader) return reader.error();
      begin_run();
    }
    has_changed |= growth != GrowingFiles::Growth::nothing;
    const bool is_written = (has_begun || wish_.waits) && now - changed < kFilesAreStill;
    if ((has_changed || (is_held && !is_written)) && (anew || now >= again_not_before_)) {
      const bool is_first = !has_begun || anew;
      auto before = std::move(figures_);
      // What was told before it failed is told again as a whole.
      const Result<void> told = read_files(form, keys, is_first && !has_failed, is_written);
      // Of one that is being written the first lines may not be whole yet.
      if (!told && !has_begun && !wish_.waits) return told;
      if (stopping_) return {};
      const bool has_grown = std::exchange(has_changed, false);
      has_failed = !told, is_held = is_written;
      if (told) {
        if (is_first)
          for (const std::string& note : notes_) link_->publish(Notice{Notice::Level::warning, note, 0});
        say_growth(has_begun && has_grown);
        say(status_.state);
        has_begun = told_all_ = true;
      } else {
        figures_ = std::move(before);
        again_not_before_ = Clock::now() + 2 * (Clock::now() - now);
        say_trouble(told.error().message);
        if (has_begun) say_growth(false);
      }
    } else if (has_begun) {
      say_growth(false);
    }
    bell_->wait(kLookForMore);
  }
  return {};
}

}  // namespace switchyard
