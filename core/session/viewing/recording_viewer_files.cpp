#include "core/session/viewing/recording_viewer.h"

#include <algorithm>
#include <utility>

#include "core/recordings/forms/growing_files.h"
#include "core/recordings/looks.h"

namespace switchyard {
namespace {

using namespace std::chrono_literals;

constexpr auto kFilesAreStill = 1500ms;  // their last line and step are whole then; of a slow writer
constexpr int kStillIntervals = 3;       // after so many times between two changes,
constexpr auto kMostStill = 10s;         // at most
constexpr auto kRankWritesNoMore = 1500ms;

}  // namespace

bool RecordingViewer::tell_cached(const RecordingForm& form, const CachedRecording& cached) {
  GrowingFolder& folder = copy_.emplace(cached.routes);
  const auto is_there = folder.look();
  at_any_place_ = is_there ? &folder : nullptr;
  if (!is_there) return false;
  begin_figures(form);
  take_chunks(folder, true);
  notes_ = cached.notes;
  if (unreadable_ == 0) return true;
  at_any_place_ = nullptr;
  // Damaged, or deleted meanwhile: the files themselves have it all.
  unreadable_ = 0;
  std::error_code code;
  std::filesystem::remove_all(cached.routes, code);
  return false;
}

std::optional<std::int64_t> RecordingViewer::files_below(bool is_written) {
  const auto next = files_->next_step();
  if (!is_written) return next;
  if (!next) return last_of_files_ + 1;
  const auto now = Clock::now();
  if (stands_at_ != next) stands_at_ = next, stands_since_ = now;
  // A rank that writes nothing any more is not waited for.
  const bool is_silent = *next < last_of_files_ && now - stands_since_ > kRankWritesNoMore;
  return is_silent ? last_of_files_ : *next;
}

Result<void> RecordingViewer::take_from_files(bool is_written, const RecordingFigures::OnStep& on_step,
                                              const OnChunk& on_chunk) {
  for (bool was_let_go = false; !stopping_; was_let_go = true) {
    while (!stopping_) {
      auto chunk = files_->next();
      if (!chunk) return chunk.error();
      if (!*chunk) break;
      for (const std::int64_t one : (*chunk)->step) last_of_files_ = std::max(last_of_files_, one);
      for (const std::int64_t one : (*chunk)->counted_step) last_of_files_ = std::max(last_of_files_, one);
      figures_->add(**chunk, files_->head(), files_below(is_written), on_step);
      on_chunk(**chunk);
      if ((*chunk)->rank == figures_->lowest_rank() && (*chunk)->tokens() > 0)
        newest_of_files_ = std::move(**chunk);
    }
    if (is_written || was_let_go) break;
    files_->let_go();
  }
  if (stopping_) return {};
  if (const auto below = files_below(is_written); is_written && below) figures_->tell_below(*below, on_step);
  else figures_->finish(on_step);
  return {};
}

std::shared_ptr<const Snapshot> RecordingViewer::take_newest_of_files() {
  const auto newest = std::exchange(newest_of_files_, std::nullopt);
  return newest ? look(*newest, files_->head(), last_step_with_tokens(*newest), 0) : nullptr;
}

Result<void> RecordingViewer::read_files(const RecordingForm& form, const RecordingKeys& keys, bool is_first,
                                         bool is_written, CacheWriter* cache) {
  const auto began = Clock::now();
  RecordingKeys how = keys;
  how.is_written = is_written, how.by_its_begin = is_first;
  files_.reset(), newest_of_files_.reset(), last_of_files_ = -1, stands_at_.reset();
  // What was kept of an earlier reading may be of other files by now.
  at_any_place_ = nullptr;
  auto reader = open_recording(form, wish_.path, how);
  if (!reader) return reader.error();
  files_ = std::move(*reader);
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
  bool has_look = false;
  const Result<void> taken = take_from_files(is_written, on_step, [&](const RecordedChunk& chunk) {
    if (is_first && !has_look && chunk.tokens() > 0 && chunk.rank == figures_->lowest_rank())
      if (auto made = look(chunk, files_->head(), last_step_with_tokens(chunk), 0)) {
        // Something to see while the rest is read.
        link_->publish(std::shared_ptr<const Snapshot>(std::move(made)));
        has_look = true;
      }
    if (is_first) publish_looks(chunk, files_->head(), std::max<std::int64_t>(1, seen / kPastLooks), -1, {});
    if (cache) cache->write(files_->head(), chunk);
  });
  if (!taken) {
    files_.reset();
    return taken;
  }
  if (stopping_) return {};
  notes_ = files_->notes();
  auto look = take_newest_of_files();
  if (whole) replace_history(std::move(whole), step, std::move(look));
  else if (look) link_->publish(std::move(look));
  if (files_->is_outgrown()) {
    // Its begin did not tell all: another reading follows at once.
    files_.reset();
    again_not_before_ = Clock::now();
    return {};
  }
  const std::string key = cache ? cache_key(form.name, wish_.path, wish_.keys) : std::string();
  if (cache && cache->finish(files_->head(), notes_, key))
    if (const auto kept = find_cached(recording_cache(), key); kept && copy_.emplace(kept->routes).look())
      at_any_place_ = &*copy_;
  again_not_before_ = Clock::now() + 2 * (Clock::now() - began);
  return {};
}

bool RecordingViewer::read_on(bool has_changed, bool is_written) {
  if (!files_ || (has_changed && !files_->go_on())) return false;
  const std::int64_t late = figures_->late();
  const auto on_step = [&](StepRecord&& record, std::vector<RunEvent>&& events) {
    publish_step(std::move(record), std::move(events));
  };
  const Result<void> taken = take_from_files(is_written, on_step, [](const RecordedChunk&) {});
  if (stopping_) return true;
  if (!taken) return false;
  if (auto look = take_newest_of_files()) link_->publish(std::move(look));
  notes_ = files_->notes();
  return !files_->is_outgrown() && figures_->late() == late;
}

Result<void> RecordingViewer::tell_files(const RecordingForm& form, const RecordingKeys& keys) {
  GrowingFiles files(form.name, wish_.path);
  // is_held: the last step waits for a later one, or for the files to be still.
  bool has_begun = false, has_changed = false, has_failed = false, is_held = false, is_slow = false;
  bool has_news = false;  // notes that nobody was told
  Clock::time_point changed{};
  while (!stopping_) {
    const GrowingFiles::Growth growth = files.look();
    const auto now = Clock::now();
    // What lay there is not being written, as far as anybody knows.
    if (growth != GrowingFiles::Growth::nothing && (has_begun || wish_.waits)) changed = now;
    const bool anew = has_begun && growth == GrowingFiles::Growth::begun_anew;
    if (anew) {
      link_->publish(
          Notice{Notice::Level::info, "The recording begins anew; what it held before stays beside it", 0});
      at_any_place_ = nullptr;
      begin_run();
    } else if (!has_begun && runs_ == 0) {
      // What cannot be opened begins no run.
      RecordingKeys begin = keys;
      begin.by_its_begin = true;
      if (const auto reader = open_recording(form, wish_.path, begin); !reader) return reader.error();
      begin_run();
    }
    has_changed |= growth != GrowingFiles::Growth::nothing;
    // Who was taken to be done with a step, and was not, is given more time.
    const auto still =
        is_slow ? std::max<Clock::duration>(kFilesAreStill,
                                            std::min<Clock::duration>(kStillIntervals * interval_, kMostStill))
                : kFilesAreStill;
    const bool is_written = (has_begun || wish_.waits) && now - changed < still;
    bool is_again = has_changed || (is_held && !is_written);
    if (has_begun && !anew && !has_failed && is_again && read_on(has_changed, is_written)) {
      if (stopping_) return {};
      is_held = is_written, is_again = false;
      say_growth(std::exchange(has_changed, false));
      say(status_.state);
    } else if (has_begun && !anew && is_again) {
      is_slow |= files_ && files_->is_outgrown();
      files_.reset();
    }
    if (is_again && (anew || now >= again_not_before_)) {
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
      const bool has_grown = std::exchange(has_changed, told && !files_);
      has_failed = !told, is_held = is_written;
      if (told) {
        has_news |= is_first;
        if (files_ && std::exchange(has_news, false))
          for (const std::string& note : notes_) link_->publish(Notice{Notice::Level::warning, note, 0});
        say_growth(has_begun && has_grown);
        say(status_.state);
        has_begun = true;
        if (files_) told_all_ = true;
      } else {
        figures_ = std::move(before);
        again_not_before_ = Clock::now() + 2 * (Clock::now() - now);
        say_trouble(told.error().message);
        if (has_begun) say_growth(false);
      }
    } else if (has_begun) {
      say_growth(false);
    }
    read_wished_look();
    bell_->wait(kLookForMore);
  }
  return {};
}

}  // namespace switchyard
