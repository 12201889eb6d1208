#include "core/session/viewing/recording_viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/recordings/looks.h"

namespace switchyard {
namespace {

using namespace std::chrono_literals;

constexpr auto kRankIsSilent = 1500ms;  // behind the newest; it is not waited for any longer
constexpr auto kStepIsWhole = 500ms;    // more pieces of a step are not waited for any longer

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

std::shared_ptr<Snapshot> RecordingViewer::newest_look(GrowingFolder& folder, const std::vector<ChunkNote>& notes,
                                                       const RecordingHead& head) {
  const std::int32_t rank = ranks_.empty() ? 0 : ranks_.begin()->first;
  const ChunkNote* newest = nullptr;
  for (const ChunkNote& note : notes)
    if (note.rank == rank && note.tokens > 0 && (!newest || note.last_step >= newest->last_step)) newest = &note;
  if (!newest) return nullptr;
  const auto last = folder.steps().last_step(*newest);
  if (!last) return nullptr;
  const auto chunk = *last < 0 ? folder.read(*newest) : folder.read_step(*newest, *last);
  if (!chunk) return nullptr;
  const std::int64_t step = last_step_with_tokens(*chunk);
  return step < 0 ? nullptr : look(*chunk, head, step, folder.tokens_beside(*newest, step));
}

void RecordingViewer::tell_newest_look(GrowingFolder& folder, const std::vector<ChunkNote>& notes,
                                       const RecordingHead& head) {
  if (auto made = newest_look(folder, notes, head)) {
    newest_look_ = made->step;
    link_->publish(std::shared_ptr<const Snapshot>(std::move(made)));
  }
}

bool RecordingViewer::add_chunk(GrowingFolder& folder, const ChunkNote& note, const RecordingHead& head,
                                std::int64_t below, const RecordingFigures::OnStep& on_step) {
  const auto loads = folder.loads(note);
  std::string why = loads ? std::string() : loads.error().message;
  if (loads && *loads) {
    figures_->add(**loads, head, below, on_step);
  } else if (loads) {
    const auto chunk = folder.read(note);
    if (chunk) figures_->add(*chunk, head, below, on_step);
    else why = chunk.error().message;
  }
  if (!why.empty() && unreadable_++ == 0) why_unreadable_ = why;
  return why.empty();
}

void RecordingViewer::publish_looks_at(GrowingFolder& folder, const ChunkNote& note, const RecordingHead& head,
                                       std::int64_t stride) {
  if (note.rank != figures_->lowest_rank() || note.tokens == 0) return;
  const auto found = folder.steps().steps(note);
  if (!found) return;
  if (!*found) {
    // Its steps do not rise: they are found by reading all of it.
    if (const auto chunk = folder.read(note))
      publish_looks(*chunk, head, stride, newest_look_,
                    [&](std::int64_t step) { return folder.tokens_beside(note, step); });
    return;
  }
  // Reading one may let go of them.
  const std::vector<StepRows> steps = **found;
  for (const StepRows& one : steps) {
    if (one.step < next_look_ || one.step == newest_look_ || stopping_) continue;
    const auto chunk = folder.read_step(note, one.step);
    if (!chunk) return;
    if (auto made = look(*chunk, head, one.step, folder.tokens_beside(note, one.step)))
      link_->publish_past(std::move(made));
    next_look_ = one.step + stride;
    published_ += kMostUntaken / 20;
  }
  if (published_ >= kMostUntaken) wait_until_taken();
}

void RecordingViewer::take_chunks(GrowingFolder& folder, bool are_first) {
  const std::vector<ChunkNote> notes = folder.take();
  const RecordingHead head = folder.head();
  hear(notes, !are_first || wish_.waits);
  std::int64_t first = kMostRecordedStep, last = -1;
  for (const ChunkNote& note : notes)
    first = std::min(first, note.first_step), last = std::max(last, note.last_step);
  const std::int64_t stride = std::max<std::int64_t>(1, (last - first + 1) / kPastLooks);
  if (are_first || !notes.empty()) tell_newest_look(folder, notes, head);
  if (are_first && is_large(notes, head)) {
    tell_sample(folder, notes, head);
    auto whole = std::make_unique<History>();
    const std::int64_t step = read_whole(folder, notes, head, {.told = -1, .stride = stride}, *whole);
    if (!stopping_) take_whole(folder, notes, head, std::move(whole), step);
  } else {
    const auto on_step = [&](StepRecord&& record, std::vector<RunEvent>&& events) {
      publish_step(std::move(record), std::move(events));
    };
    for (std::size_t i = 0; i < notes.size() && !stopping_; ++i) {
      const std::int64_t next = i + 1 < notes.size() ? notes[i + 1].first_step : kMostRecordedStep;
      if (add_chunk(folder, notes[i], head, std::min(next, settled_below()), on_step) && are_first)
        publish_looks_at(folder, notes[i], head, stride);
      read_wished_look();
    }
    if (!stopping_) figures_->tell_below(settled_below(), on_step);
  }
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
  const std::map<std::int32_t, OfRank> before = std::exchange(ranks_, {});
  hear(notes, true);
  for (auto& [rank, of] : ranks_)
    if (const auto known = before.find(rank); known != before.end()) of.heard = known->second.heard;
  auto whole = std::make_unique<History>();
  // What cannot be read was told before.
  const std::int64_t unreadable = unreadable_;
  const std::int64_t step = read_whole(folder, notes, head, {.told = told, .stride = 0}, *whole);
  unreadable_ = unreadable;
  if (stopping_) return;
  take_whole(folder, notes, head, std::move(whole), step);
  again_not_before_ = Clock::now() + 1s + 4 * (Clock::now() - began);
}

Result<void> RecordingViewer::tell_folder(const RecordingForm& form) {
  GrowingFolder folder(wish_.path.filename() == kManifestName ? wish_.path.parent_path() : wish_.path);
  at_any_place_ = &folder;
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
    read_wished_look();
    bell_->wait(kLookForMore);
  }
  at_any_place_ = nullptr;
  return {};
}

}  // namespace switchyard
