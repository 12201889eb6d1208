// What the panels of the workspace Causes share: title with the step the answer is of, one line with the settings
// of the question and the button that asks it, in its place a bar with Cancel while it is tried; and what stands
// there without an answer.
//
//   const CauseReport* report = begin_cause(in, ui, Cause::ablate, kTexts, notes::ablation, options);
//   if (report) ... draw std::get<AblationReport>(report->found) into what is left ...
//   panel_end(in);
//
// Thread safety: window thread only.
#pragma once

#include <functional>
#include <string_view>

#include "app/panels/parts/metric_notes.h"
#include "app/run/cause_asking.h"
#include "app/run/panel.h"
#include "app/ui/skin.h"

namespace switchyard::app {

struct CauseTexts {
  std::string_view question;  // one sentence, where there is no answer yet
  std::string_view hint;      // a second, dimmer one
  std::string_view button;    // "Ablate"; with an answer it is called Again
};

// One control after the other, on the next line where there is no room.
class CauseLine {
 public:
  explicit CauseLine(const Skin& skin) : skin_(skin) {}
  const Skin& skin() const { return skin_; }
  // The next one is so wide, in pixels.
  void next(float width);

 private:
  const Skin& skin_;
  bool first_ = true;
};
// The settings that matter, written into UiState::causes.
using CauseOptions = std::function<void(CauseLine&)>;

// Opens the panel. The answer to draw; null: there is none, and what stands in its place is drawn.
const CauseReport* begin_cause(const PanelInput& in, UiState& ui, Cause cause, const CauseTexts& texts,
                               const MetricNote& note, const CauseOptions& options);

}  // namespace switchyard::app
