#include "app/panels/parts/time_plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/run/words/event_words.h"
#include "app/run/words/names.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/base/named_text.h"

namespace switchyard::app {

namespace {

constexpr std::size_t kMostMarks = 200;

}  // namespace

EventMarks::EventMarks(const History& history, const viz::Theme& theme, bool with_labels, double shown)
    : history_(history) {
  const std::vector<History::Event>& events = history.events();
  first_ = events.size() > kMostMarks ? events.size() - kMostMarks : 0;
  // The labels stand still before the marks point at them.
  if (with_labels) {
    labels_.reserve(events.size() - first_);
    for (std::size_t i = first_; i < events.size(); ++i) labels_.push_back(event_label(history, events[i].event));
  }
  marks_.reserve(events.size() - first_ + 1);
  for (std::size_t i = first_; i < events.size(); ++i) {
    const HappeningKind kind = kind_of(events[i].event.kind);
    // That an alert ended is told by the colour: words are for what happened.
    const bool with_words = with_labels && kind != HappeningKind::alert_end;
    marks_.push_back({events[i].x, with_words ? std::string_view(labels_[i - first_]) : std::string_view(),
                      colour_of(theme, kind)});
  }
  if (std::isfinite(shown)) marks_.push_back({shown, std::string_view(with_labels ? "shown" : ""), theme.text});
}

void EventMarks::tooltip(const PanelInput& in, int index) const {
  const std::size_t event_index = first_ + static_cast<std::size_t>(std::max(0, index));
  if (index < 0 || event_index >= history_.events().size()) return;
  const RunEvent& event = history_.events()[event_index].event;
  ImGui::BeginTooltip();
  viz::push_font(in.theme.fonts.bold);
  const std::string what =
      event.changes.empty() ? event_title(history_, event) : std::string(word_of(kind_of(event.kind)));
  ImGui::TextUnformatted(
      fmt::format("{} at step {}", viz::named_text(what), viz::grouped(static_cast<double>(event.step))).c_str());
  ImGui::PopFont();
  if (!event.message.empty()) ImGui::TextUnformatted(viz::named_text(event.message).c_str());
  for (const RunEvent::Change& change : event.changes) {
    ImGui::TextUnformatted(
        fmt::format("{}  {} → {}", knob_label(change.key), change.before, change.after).c_str());
  }
  ImGui::EndTooltip();
}

std::string steps_shown(const PanelInput& in, const UiState& ui) {
  const auto x = in.run.history.x();
  if (x.size() == 0) return {};
  const auto plot = ui.plots.find("loss");
  const bool whole = plot == ui.plots.end() || plot->second.fit_x;
  return fmt::format("steps {} to {}", viz::grouped(whole ? x[0] : plot->second.x_min),
                     viz::grouped(whole ? x[x.size() - 1] : plot->second.x_max));
}

void share_x_range(UiState& ui, const char* id) {
  const viz::PlotState chosen = ui.plots[id];
  for (const char* other : kTimePlots) {
    viz::PlotState& state = ui.plots[other];
    state.fit_x = chosen.fit_x;
    state.x_min = chosen.x_min;
    state.x_max = chosen.x_max;
  }
}

}  // namespace switchyard::app
