#include "core/record/model_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace switchyard {
namespace {

constexpr std::array<const char*, 3> kNames{kMetricsFile, "routing.jsonl", "events.jsonl"};
// What is written in one go when many lines wait.
constexpr std::size_t kChunk = std::size_t{64} << 10;

// What goes into a record does not say where it lies.
std::string without_folder(std::string text, const std::filesystem::path& folder) {
  const std::string prefix = folder.native() + "/";
  for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) text.erase(at, prefix.size());
  return text;
}

}  // namespace

ModelFolder::ModelFolder(bool is_first, std::uint32_t generation, std::string config, std::string header)
    : is_first_(is_first), generation_(generation), config_(std::move(config)), header_(std::move(header)) {}

void ModelFolder::add(File file, std::string line, std::int64_t step, double wall_s) {
  last_step_ = step;
  wall_s_ = wall_s;
  held_[index(file)] += line.size() + sizeof(Line);
  lines(file).push_back({std::move(line), step});
}

bool ModelFolder::is_in_place() const {
  for (std::size_t f = 0; f < files_.size(); ++f)
    if (!lines_[f].empty() && !files_[f].is_in_place()) return false;
  return true;
}

RecordingGap& ModelFolder::gap(std::string_view reason) {
  if (!gap_) {
    const std::deque<Line>& rows = lines(File::metrics);
    const std::int64_t from = rows.empty() ? last_step_ : rows.front().step;
    gap_ = RecordingGap{from, from, 0, 0, std::string(reason)};
  }
  return *gap_;
}

void ModelFolder::drop_oldest() {
  const auto fullest = static_cast<std::size_t>(std::max_element(held_.begin(), held_.end()) - held_.begin());
  if (lines_[fullest].empty()) return;
  RecordingGap& lost = gap("no memory for more lines that wait");
  const Line& line = lines_[fullest].front();
  if (fullest == index(File::metrics)) {
    ++lost.rows_lost;
    lost.to = std::max(lost.to, line.step);
  }
  held_[fullest] -= line.text.size() + sizeof(Line);
  lines_[fullest].pop_front();
}

Result<void> ModelFolder::make_folder(RunPlace& place) {
  if (is_first_) {
    path_ = place.path();
    return {};
  }
  if (identity_ && identity_of(path_) == identity_ && path_.parent_path() == place.path()) return {};
  // mkdir decides: a folder, or a link, that somebody has put there is none of ours.
  for (int number = 1;; ++number) {
    path_ = place.path() / fmt::format("branch-{:03}", number);
    if (::mkdir(path_.c_str(), 0777) == 0) break;
    if (errno != EEXIST) return system_failure(path_, "make the folder");
  }
  identity_ = identity_of(path_);
  // An empty file that had taken a folder which was made anew stands for no model.
  if (place.take_metrics().is_open()) ::unlink((place.path() / kMetricsFile).c_str());
  return {};
}

Result<void> ModelFolder::make_files(RunPlace& place) {
  if (auto made = make_folder(place); !made) return made;
  AppendFile& metrics = files_[index(File::metrics)];
  if (is_first_ && !metrics.is_in_place())
    if (AppendFile taken = place.take_metrics(); taken.is_open()) {
      metrics = std::move(taken);
      needs_header_ = true;
    }
  if (!identity_of(path_ / "config.json"))
    if (auto written = replace_file(path_ / "config.json", config_); !written) return written;
  for (std::size_t f = 0; f < files_.size(); ++f) {
    if (files_[f].is_in_place()) continue;
    auto made = AppendFile::create(path_ / kNames[f]);
    if (!made) return made.error();
    files_[f] = std::move(*made);
    if (f == index(File::metrics)) needs_header_ = true;
  }
  if (!needs_header_) return {};
  auto written = metrics.append(header_);
  if (written) needs_header_ = false;
  return written;
}

Result<void> ModelFolder::write_lines() {
  for (std::size_t f = 0; f < files_.size(); ++f) {
    std::deque<Line>& waiting = lines_[f];
    while (!waiting.empty()) {
      std::string chunk = std::move(waiting.front().text);
      std::size_t count = 1, first = chunk.size();
      for (; count < waiting.size() && chunk.size() < kChunk; ++count) chunk += waiting[count].text;
      if (auto written = files_[f].append(chunk); !written) {
        chunk.resize(first);
        waiting.front().text = std::move(chunk);
        return written;
      }
      if (gap_ && f == index(File::metrics)) {
        gap_->rows_kept += static_cast<std::int64_t>(count);
        gap_->to = std::max(gap_->to, waiting[count - 1].step);
      }
      held_[f] -= chunk.size() + count * sizeof(Line);
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
    }
  }
  return {};
}

Result<void> ModelFolder::write(RunPlace& place) {
  const bool was_made = files_[index(File::metrics)].is_open();
  Result<void> done;
  if (!was_made || needs_header_ || !is_in_place()) {
    if (was_made && !is_in_place())
      gap("the folder was removed, renamed or replaced while the run was recorded in it");
    done = place.restore();
    if (done) done = make_files(place);
  }
  if (done) done = write_lines();
  if (done && gap_) done = close_gap();
  if (!done) gap(without_folder(done.error().message, path_));
  return done;
}

Result<void> ModelFolder::close_gap() {
  RunEvent event;
  event.kind = "recording-gap";
  event.step = last_step_;
  event.wall_s = wall_s_;
  event.generation = generation_;
  event.message = fmt::format("{}; rows of steps {} to {}: {} written late, {} lost", gap_->reason, gap_->from,
                              gap_->to, gap_->rows_kept, gap_->rows_lost);
  event.gap = gap_;
  if (auto written = files_[index(File::events)].append(event_line(event)); !written) return written;
  gap_.reset();
  ended_gap_ = std::move(event);
  return {};
}

std::optional<RunEvent> ModelFolder::take_gap() { return std::exchange(ended_gap_, std::nullopt); }

}  // namespace switchyard
