#include "core/record/folder/run_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <span>
#include <utility>

#include "core/base/input_file.h"
#include "core/record/files/line_reader.h"
#include "core/record/folder/run_description.h"
#include "core/record/lines/event_lines.h"
#include "core/record/tensorboard/event_file.h"

namespace switchyard {
namespace {

// What is written in one go when many lines wait.
constexpr std::size_t kChunk = std::size_t{64} << 10;

// Tries for a folder whose name goes to another between the choice and the taking.
constexpr int kFolderTries = 3;

std::string new_event_file_name() { return event_file_name(static_cast<std::int64_t>(std::time(nullptr))); }

// What goes into a record does not say where it lies.
std::string without_folder(std::string text, const std::filesystem::path& folder) {
  if (folder.empty()) return text;
  const auto replace = [&](const std::string& what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
      text.replace(at, what.size(), with);
  };
  replace(folder.native() + "/", "");
  replace(folder.native(), "the folder");
  return text;
}

}  // namespace

Result<RunFiles> RunFiles::go_on(Head head, RunPlace& place, const RunPoint& point,
                                 const RecordingState& recording, TailCut& cut) {
  const std::filesystem::path& folder = place.path();
  const auto has_other_columns = [&](const std::filesystem::path& metrics) {
    const auto file = InputFile::open(metrics);
    if (!file) return false;
    const auto begins_as = [&](const std::string& header) {
      std::string first(static_cast<std::size_t>(std::min<std::uint64_t>(file->size(), header.size())), '\0');
      return file->read(0, std::as_writable_bytes(std::span(first))) && header.starts_with(first);
    };
    return std::none_of(head.headers.begin(), head.headers.end(), begins_as);
  };
  // Of a file that is cut to nothing nothing stays.
  if (!head.headers.empty() && recording.metrics_bytes > 0 && has_other_columns(folder / kMetricsFile))
    return usage_error(
        fmt::format("{}: its columns are not those of this version of the program and this model: the run cannot "
                    "go on in this folder",
                    (folder / kMetricsFile).native()));
  auto done = cut_tail(folder, point.step, recording);
  if (!done) return done.error();
  cut = std::move(*done);
  RunFiles made(std::move(head), std::move(place));
  if (auto taken = made.take_up(point.step, cut); !taken) {
    place = std::move(*made.place_);
    return taken.error();
  }
  return made;
}

Result<void> RunFiles::take_up(std::int64_t step, const TailCut& cut) {
  std::array<AppendFile, kRunFileNames.size()> lines;
  for (std::size_t f = 0; f < lines.size(); ++f) {
    const std::filesystem::path file = path() / kRunFileNames[f];
    const bool is_there = identity_of(file).has_value();
    if (!is_there && f != index(File::events)) continue;  // made once it is wanted
    auto opened = is_there ? AppendFile::open(file) : AppendFile::create(file);
    if (!opened) return opened.error();
    lines[f] = std::move(*opened);
  }
  if (auto taken = take_up_event_file(cut); !taken) return taken;
  std::move(lines.begin(), lines.end(), files_.begin());
  // What was cut to nothing begins anew.
  for (std::size_t f = 0; f < kFiles; ++f)
    needs_head_[f] = head_of(f) && files_[f].is_open() && files_[f].size() == 0;
  auto metrics = LineReader::open(path() / kMetricsFile);
  const auto first = metrics ? metrics->next() : std::nullopt;
  has_columns_ = first.has_value();
  if (first) set_columns(columns_of(*first));
  // Which of them are wanted is not known yet.
  head_.wanted = {false, false, true, false};
  last_step_ = step;
  return {};
}

Result<void> RunFiles::take_up_event_file(const TailCut& cut) {
  const std::size_t f = index(File::tensorboard);
  files_[f] = AppendFile();
  names_[f] = find_event_file(path());
  if (names_[f].empty()) return {};
  if (cut.cut_event_file) {
    // Whoever shows it meanwhile has read further than it reaches now, and begins anew with another name; where
    // some would stop at what is not there any more, an empty file has the old one.
    remove_earlier_empty_ones(path(), names_[f]);
    const std::string anew = new_event_file_name();
    if (!identity_of(path() / anew) && std::rename((path() / names_[f]).c_str(), (path() / anew).c_str()) == 0) {
      (void)AppendFile::create(path() / names_[f]);
      names_[f] = anew;
    }
  }
  auto file = AppendFile::open(path() / names_[f]);
  if (!file) return file.error();
  files_[f] = std::move(*file);
  return {};
}

void RunFiles::describe(std::uint32_t model_id, std::string config, std::vector<std::int32_t> blocks) {
  head_.model_id = model_id;
  head_.config = std::move(config);
  if (!has_columns_) set_columns({std::move(blocks), true});
}

void RunFiles::take_blocks(std::vector<std::int32_t> blocks) {
  const std::size_t metrics = index(File::metrics);
  if (!is_needed(metrics) && files_[metrics].size() == 0) set_columns({std::move(blocks), true});
}

void RunFiles::set_columns(MetricsColumns columns) {
  columns_ = std::move(columns);
  header_ = metrics_header(columns_);
}

void RunFiles::want(Wanted wanted, std::string tensorboard) {
  head_.wanted = wanted;
  head_.wanted[index(File::events)] = true;
  if (!tensorboard.empty()) head_.tensorboard = std::move(tensorboard);
}

RunFiles::File RunFiles::rows_file() const {
  return !is_needed(index(File::metrics)) && is_needed(index(File::tensorboard)) ? File::tensorboard
                                                                                 : File::metrics;
}

const std::string* RunFiles::head_of(std::size_t file) const {
  if (file == index(File::metrics)) return &header_;
  return file == index(File::tensorboard) ? &head_.tensorboard : nullptr;
}

std::int64_t RunFiles::bytes(File file) const {
  const std::size_t f = index(file);
  std::int64_t sum = files_[f].size();
  if (const std::string* head = head_of(f); head && sum == 0 && is_needed(f))
    sum = static_cast<std::int64_t>(head->size());
  for (const Line& line : lines(file)) sum += static_cast<std::int64_t>(line.text.size());
  return sum;
}

void RunFiles::add(File file, std::string line, std::int64_t step, double wall_s) {
  last_step_ = step;
  wall_s_ = wall_s;
  held_[index(file)] += line.size() + sizeof(Line);
  lines(file).push_back({std::move(line), step});
}

bool RunFiles::is_in_place() const {
  for (std::size_t f = 0; f < kFiles; ++f)
    if (!lines_[f].empty() && files_[f].is_open() && !files_[f].is_in_place()) return false;
  return true;
}

bool RunFiles::lacks_files() const {
  for (std::size_t f = 0; f < kFiles; ++f)
    if (is_needed(f) && (!files_[f].is_open() || needs_head_[f])) return true;
  return false;
}

RecordingGap& RunFiles::gap(std::string_view reason) {
  if (!gap_) {
    const std::deque<Line>& rows = lines(rows_file());
    const std::int64_t from = rows.empty() ? last_step_ : rows.front().step;
    gap_ = RecordingGap{from, from, 0, 0, std::string(reason)};
  }
  return *gap_;
}

void RunFiles::drop_oldest() {
  const auto fullest = static_cast<std::size_t>(std::max_element(held_.begin(), held_.end()) - held_.begin());
  if (lines_[fullest].empty()) return;
  RecordingGap& lost = gap("no memory for more lines that wait");
  const Line& line = lines_[fullest].front();
  if (fullest == index(rows_file())) {
    ++lost.rows_lost;
    lost.to = std::max(lost.to, line.step);
  } else if (fullest == index(File::tensorboard)) {
    ++events_lost_;
  }
  held_[fullest] -= line.text.size() + sizeof(Line);
  lines_[fullest].pop_front();
}

Result<void> RunFiles::make_folder() {
  if (place_) return place_->restore();
  for (int tried = 1;; ++tried) {
    const std::filesystem::path folder = folder_();
    auto place = RunPlace::claim(folder);
    if (place) {
      place_ = std::move(*place);
      return {};
    }
    if (tried == kFolderTries || !identity_of(folder)) return failure(place.error().message);
  }
}

Result<void> RunFiles::make_files() {
  if (auto made = make_folder(); !made) return made;
  AppendFile& events = files_[index(File::events)];
  if (!events.is_in_place())
    if (AppendFile taken = place_->take_events(); taken.is_open()) events = std::move(taken);
  if (!identity_of(path() / kConfigFile))
    if (auto written = replace_file(path() / kConfigFile, head_.config); !written) return written;
  for (std::size_t f = 0; f < kFiles; ++f) {
    if (!is_needed(f)) continue;
    const std::string* const head = head_of(f);
    if (!files_[f].is_in_place()) {
      if (f == index(File::tensorboard)) names_[f] = new_event_file_name();
      auto made = AppendFile::create(path() / names_[f]);
      if (!made) return made.error();
      files_[f] = std::move(*made);
      needs_head_[f] = head != nullptr;
    }
    if (!needs_head_[f]) continue;
    if (auto written = files_[f].append(*head); !written) return written;
    needs_head_[f] = false;
  }
  return {};
}

Result<void> RunFiles::write_lines() {
  // Which it is does not change as lines are written.
  const std::size_t rows = index(rows_file());
  for (std::size_t f = 0; f < kFiles; ++f) {
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
      if (gap_ && f == rows) {
        gap_->rows_kept += static_cast<std::int64_t>(count);
        gap_->to = std::max(gap_->to, waiting[count - 1].step);
      }
      held_[f] -= chunk.size() + count * sizeof(Line);
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
    }
  }
  return {};
}

Result<void> RunFiles::write() {
  const bool was_made = files_[index(File::events)].is_open();
  Result<void> done;
  if (lacks_files() || !is_in_place()) {
    if (was_made && !is_in_place())
      gap("the folder was removed, renamed or replaced while the run was recorded in it");
    done = make_files();
  }
  if (done) done = write_lines();
  if (done && gap_) done = close_gap();
  if (!done) gap(without_folder(done.error().message, path().empty() && folder_ ? folder_() : path()));
  return done;
}

Result<void> RunFiles::close_gap() {
  RunEvent event;
  event.kind = EventKind::recording_gap;
  event.step = last_step_;
  event.wall_s = wall_s_;
  event.model_id = head_.model_id;
  event.message = fmt::format("{}; rows of steps {} to {}: {} written late, {} lost", gap_->reason, gap_->from,
                              gap_->to, gap_->rows_kept, gap_->rows_lost);
  if (events_lost_ > 0) event.message += fmt::format("; {} events for TensorBoard lost", events_lost_);
  event.gap = gap_;
  if (auto written = files_[index(File::events)].append(event_line(event)); !written) return written;
  gap_.reset();
  events_lost_ = 0;
  ended_gap_ = std::move(event);
  return {};
}

std::optional<RunEvent> RunFiles::take_gap() { return std::exchange(ended_gap_, std::nullopt); }

}  // namespace switchyard
