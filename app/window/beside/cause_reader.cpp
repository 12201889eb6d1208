#include "app/window/beside/cause_reader.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "app/cli/causes/cause_reading.h"
#include "core/base/caught.h"
#include "core/base/file_name.h"

namespace switchyard::app {
bool CauseReader::serve(const PanelInput& in, Live& live, UiState& ui) {
  const bool changed = take(live, ui);
  if (!reading_.valid()) begin(in, ui);
  return changed;
}

void CauseReader::begin(const PanelInput& in, UiState& ui) {
  if (in.run.id.empty() || in.status.run_folder.empty() || in.status.recorded || !in.status.config) return;
  Read read{in.run.id, in.status.run_folder};
  AnswerFile wanted;
  for (CauseState& state : ui.causes.of)
    if (!read.asked && !state.file_wanted.empty()) {
      wanted = {state.asked.what, 0, path_of_text(std::exchange(state.file_wanted, {}))};
      read.asked = true;
      for (const KeptAnswer& kept : in.run.kept_answers[static_cast<std::size_t>(wanted.what)])
        if (path_of_text(kept.file) == wanted.path) wanted.step = kept.step;
    }
  if (!read.asked && !read_.insert(read.folder).second) return;
  // Without a thread to be had there are none.
  (void)caught("answers", [&]() -> Result<void> {
    reading_ = std::async(std::launch::async, [read, wanted, base = *in.status.config, wake = wake_]() mutable {
      (void)caught("answers", [&]() -> Result<void> {
        const std::vector<AnswerFile> files =
            read.asked ? std::vector<AnswerFile>{wanted} : answers_in(path_of_text(read.folder));
        for (const AnswerFile& file : files)
          read.kept[static_cast<std::size_t>(file.what)].push_back({file.step, text_of_path(file.path.native())});
        NewestAnswers newest = newest_answers(files, base);
        read.reports = std::move(newest.of);
        read.problems = std::move(newest.problems);
        return {};
      });
      if (wake) wake();
      return std::move(read);
    });
    return {};
  });
}

bool CauseReader::take(Live& live, UiState& ui) {
  if (!reading_.valid() || reading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
  Read read = reading_.get();
  RunView* const run = live.runs.find(read.run);
  if (!run) return false;
  for (std::size_t c = 0; c < kCauses; ++c) {
    CauseState& state = ui.causes.of[c];
    std::shared_ptr<const CauseReport>& shown = run->causes[c];
    if (read.reports[c] && (read.asked || !shown)) shown = std::move(read.reports[c]);
    // What was found out here meanwhile is among them.
    if (!read.asked && run->kept_answers[c].empty()) run->kept_answers[c] = std::move(read.kept[c]);
    if (read.problems[c].empty() || state.doing != CauseState::Doing::nothing || (shown && !read.asked)) continue;
    state.run = read.run;
    state.why_not = "a kept answer cannot be read: " + read.problems[c];
  }
  return true;
}

}  // namespace switchyard::app
