#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "core/recordings/step_figures.h"
#include "core/session/viewing/recording_viewer.h"

namespace switchyard {
namespace {

using namespace std::chrono_literals;

constexpr auto kReadIsSaid = 250ms;
// Of a recording so many steps make a sample, or as many more as a hundredth of its tokens is.
constexpr std::uint64_t kFewestSampled = 6, kMostSampled = 60;

}  // namespace

bool RecordingViewer::is_large(const std::vector<ChunkNote>& notes, const RecordingHead& head) const {
  double choices = 0, tokens = 0;
  for (const RecordedLayer& layer : head.layers) choices += layer.top_k;
  for (const ChunkNote& note : notes) tokens += static_cast<double>(note.tokens);
  return tokens * choices > most_unsampled_;
}

void RecordingViewer::tell_sample(GrowingFolder& folder, const std::vector<ChunkNote>& notes,
                                  const RecordingHead& head) {
  std::vector<const ChunkNote*> with_tokens;
  double tokens = 0, taken = 0;
  for (const ChunkNote& note : notes)
    if (note.tokens > 0) with_tokens.push_back(&note), tokens += static_cast<double>(note.tokens);
  if (with_tokens.empty()) return;
  const auto budget = static_cast<std::uint64_t>(tokens / 100);
  const ChunkNote& middle = *with_tokens[with_tokens.size() / 2];
  const auto its_steps = folder.steps().steps(middle);
  const std::size_t step_count = its_steps && *its_steps ? std::max<std::size_t>(1, (*its_steps)->size()) : 1;
  const std::uint64_t a_step = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(middle.tokens) / step_count);
  const std::uint64_t picks = std::clamp(budget / a_step, kFewestSampled, kMostSampled);
  // Of a step that is larger than its part its first tokens.
  const std::uint64_t most_rows = std::max<std::uint64_t>(1, budget / picks);
  StepFigures sample;
  std::set<std::pair<std::size_t, std::int64_t>> picked;
  for (std::uint64_t i = 0; i < picks && !stopping_; ++i) {
    const double place =
        (static_cast<double>(i) + 0.5) / static_cast<double>(picks) * static_cast<double>(with_tokens.size());
    const auto which = std::min(static_cast<std::size_t>(place), with_tokens.size() - 1);
    const auto steps = folder.steps().steps(*with_tokens[which]);
    if (!steps || !*steps || (*steps)->empty()) continue;
    const auto at =
        static_cast<std::size_t>((place - static_cast<double>(which)) * static_cast<double>((*steps)->size()));
    const std::int64_t step = (**steps)[std::min(at, (*steps)->size() - 1)].step;
    // Of few steps several picks are the same.
    if (!picked.insert({which, step}).second) continue;
    const auto chunk = folder.read_step(*with_tokens[which], step, most_rows);
    if (!chunk) continue;
    taken += static_cast<double>(chunk->tokens());
    figures_->learn(*chunk, head);
    sample.add(*chunk, 0, [](StepRecord&&) {});
  }
  // Of counts alone there is nothing to sample, and they are exact.
  if (taken == 0) return;
  figures_->facts().sampled = taken / tokens, figures_->facts().read = 0;
  std::vector<StepRecord> records;
  sample.finish([&](StepRecord&& record) {
    // Seconds count from the first step, which is not among these.
    record.model_id = model_id_, record.wall_s = kMissing;
    figures_->facts().has_losses |= !std::isnan(record.loss);
    records.push_back(std::move(record));
  });
  // What they are is said before the first of them is drawn.
  say(status_.state);
  for (StepRecord& record : records) publish_step(std::move(record), {});
  say(status_.state);
}

std::int64_t RecordingViewer::read_whole(GrowingFolder& folder, const std::vector<ChunkNote>& notes,
                                         const RecordingHead& head, const Reading& reading, History& whole) {
  std::int64_t step = 0;
  const auto on_step = [&](StepRecord&& record, std::vector<RunEvent>&& events) {
    step = record.step;
    whole.append(record);
    for (RunEvent& event : events) whole.append(event);
  };
  // What was told once stays told.
  const auto below = [&] { return std::max(settled_below(), reading.told + 1); };
  double tokens = 0, read = 0;
  for (const ChunkNote& note : notes) tokens += static_cast<double>(note.tokens);
  for (std::size_t i = 0; i < notes.size() && !stopping_; ++i) {
    const std::int64_t next = i + 1 < notes.size() ? notes[i + 1].first_step : kMostRecordedStep;
    if (add_chunk(folder, notes[i], head, std::min(next, below()), on_step) && reading.stride > 0)
      publish_looks_at(folder, notes[i], head, reading.stride);
    read += static_cast<double>(notes[i].tokens);
    say_read(read / tokens);
    read_wished_look();
  }
  if (!stopping_) figures_->tell_below(below(), on_step);
  return step;
}

void RecordingViewer::say_read(double share) {
  OtherRecording& facts = figures_->facts();
  if (!facts.is_provisional() || Clock::now() - said_read_ < kReadIsSaid) return;
  said_read_ = Clock::now();
  facts.read = share;
  say(status_.state);
}

void RecordingViewer::take_whole(GrowingFolder& folder, const std::vector<ChunkNote>& notes,
                                 const RecordingHead& head, std::unique_ptr<History> whole, std::int64_t step) {
  figures_->facts().sampled = figures_->facts().read = 1;
  auto newest = newest_look(folder, notes, head);
  newest_look_ = newest ? newest->step : -1;
  replace_history(std::move(whole), step, std::move(newest));
}

void RecordingViewer::replace_history(std::unique_ptr<History> whole, std::int64_t step,
                                      std::shared_ptr<const Snapshot> newest) {
  // What waits is of the history before.
  wait_until_taken();
  status_.step = step;
  take_facts();
  link_->publish_anew(std::move(whole), RunBegin{status_.run, model_id_, step}, std::move(newest), status_);
}

}  // namespace switchyard
