#include "app/run/settings_opening.h"

#include <fmt/format.h>

#include <utility>

#include "app/cli/setups/setup.h"
#include "app/cli/words/pasted_setup.h"
#include "app/run/notices.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/config/knobs.h"
#include "core/record/folder/data_record.h"

namespace switchyard::app {
namespace {

// What the file says, where it says something else than was so before; what was turned since stays.
Config over_draft(const Config& before, const Config& read, Config draft) {
  for (const Knob* knob : changed_knobs(before, read)) knob->set(draft, knob->get(read));
  return draft;
}

}  // namespace

SettingsOpening::Read SettingsOpening::read(const WantedSettings& wanted, const Config& draft) {
  if (wanted.file.empty()) {
    auto pasted = read_pasted_setup(wanted.pasted, wanted.runs);
    if (!pasted) return {{}, "What was pasted is not taken up: " + pasted.error().message, {}};
    return {std::move(pasted->config), {}, std::move(pasted->notes)};
  }
  auto recorded = read_recorded_config(wanted.file, draft);
  if (!recorded) return {{}, recorded.error().message, {}};
  Read done{recorded->config, {}, {}};
  auto file = find_data_file(*recorded, &done.notes);
  if (!file) return {{}, file.error().message, {}};
  done.config.*data_knob(done.config.task).file = std::move(*file);
  return done;
}

void SettingsOpening::take(UiState& ui, Commands& out, const Read& read, double now_s) const {
  if (!read.problem.empty()) return add_toast(ui, Notice::Level::error, read.problem, now_s);
  const bool is_pasted = wanted_.file.empty();
  if (is_pasted && read.config == ui.knobs.draft)
    return add_toast(ui, Notice::Level::info, "The setup that was pasted is the one of now.", now_s);
  const Config next = is_pasted ? read.config : over_draft(draft_, read.config, ui.knobs.draft);
  const bool ends_model = change_cost(ui.knobs.sent, next) == KnobCost::rebuild;
  // Where another run begins it begins with no preset.
  commit_edit(ui.knobs, out, next, is_pasted ? "Pasted setup" : "Settings of " + wanted_.file.native(),
              ends_model ? std::optional<std::string>("") : std::nullopt);
  if (!is_pasted)
    ui.used.note(Chooses::settings, path_of_text(absolute_text(text_of_path(wanted_.file.native()))));
  for (const std::string& note : read.notes) add_toast(ui, Notice::Level::warning, printable(note), now_s);
  if (ui.knobs.beside) return;  // they are not those of this run
  add_toast(ui, Notice::Level::info,
            is_pasted ? fmt::format("Pasted setup: {}.", setup_summary(next))
                      : fmt::format("Settings of {}.", wanted_.file.native()),
            now_s);
}

void SettingsOpening::frame(UiState& ui, Commands& out, double now_s) {
  for (WantedSettings& wanted : std::exchange(ui.wants_settings, {})) waiting_.push_back(std::move(wanted));
  if (const auto done = reading_.take()) take(ui, out, *done, now_s);
  // One after the other, in the order in which they were asked for.
  if (reading_.is_under_way() || waiting_.empty()) return;
  wanted_ = std::move(waiting_.front());
  waiting_.pop_front();
  draft_ = ui.knobs.draft;
  reading_.begin([wanted = wanted_, draft = draft_](const auto&) { return read(wanted, draft); }, wake_);
  if (!reading_.is_under_way()) take(ui, out, {}, now_s);
}

}  // namespace switchyard::app
