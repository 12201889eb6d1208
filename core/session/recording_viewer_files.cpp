#include "core/session/recording_viewer.h"

#include <algorithm>
#include <utility>

#include "core/recordings/forms/growing_files.h"
#include "core/recordings/looks.h"

namespace switchyard {
namespace {

using namespace std::chrono_literals;

constexpr auto kFilesAreStill = 1500ms;  // their last line and step are whole then

}  // namespace

bool RecordingViewer::tell_cached(const RecordingForm& form, const CachedRecording& cached) {
  GrowingFolder folder(cached.routes);
  if (!folder.look()) return false;
  begin_figures(form);
  take_chunks(folder, true);
  notes_ = cached.notes;
  if (unreadable_ == 0) return true;
  // Damaged, or deleted meanwhile: the files themselves have it all.
  unreadable_ = 0;
  std::error_code code;
  std::filesystem::remove_all(cached.routes, code);
  return false;
}

Result<void> RecordingViewer::read_files(const RecordingForm& form, const RecordingKeys& keys, bool is_first,
                                         bool is_written, CacheWriter* cache) {
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
    if (cache) cache->write(head, **chunk);
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
  if (cache) cache->finish((*reader)->head(), notes_, cache_key(form.name, wish_.path, wish_.keys));
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
      // What lies there and is long is read through once.
      std::optional<CacheWriter> cache;
      if (!has_begun && !has_failed && !wish_.waits && files.bytes() >= kFewestCached) {
        const std::string key = cache_key(form.name, wish_.path, wish_.keys);
        if (const auto cached = find_cached(recording_cache(), key); cached && tell_cached(form, *cached)) {
          has_changed = false, has_begun = told_all_ = true;
          for (const std::string& note : notes_) link_->publish(Notice{Notice::Level::warning, note, 0});
          say(RunState::opened);
          continue;
        }
        if (stopping_) return {};
        cache.emplace(recording_cache(), key);
      }
      auto before = std::move(figures_);
      // What was told before it failed is told again as a whole.
      const Result<void> told =
          read_files(form, keys, is_first && !has_failed, is_written, cache ? &*cache : nullptr);
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
