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

EventMarks::EventMarks(const History& history, const viz::Theme& theme, bool with_labels, double shown,
                       bool with_ends)
    : history_(history) {
  const std::vector<History::Event>& events = history.events();
  for (std::size_t i = events.size(); i-- > 0 && events_.size() < kMostMarks;)
    if (with_ends || kind_of(events[i].event.kind) != HappeningKind::alert_end) events_.push_back(i);
  std::reverse(events_.begin(), events_.end());
  // The labels stand still before the marks point at them.
  if (with_labels) {
    labels_.reserve(events_.size());
    for (const std::size_t i : events_) labels_.push_back(event_label(history, events[i].event));
  }
  marks_.reserve(events_.size() + 1);
  for (std::size_t mark = 0; mark < events_.size(); ++mark) {
    const History::Event& event = events[events_[mark]];
    marks_.push_back({event.x, with_labels ? std::string_view(labels_[mark]) : std::string_view(),
                      colour_of(theme, kind_of(event.event.kind))});
  }
  if (std::isfinite(shown)) marks_.push_back({shown, std::string_view(with_labels ? "shown" : ""), theme.text});
}

void EventMarks::tooltip(const PanelInput& in, int index) const {
  const auto mark = static_cast<std::size_t>(std::max(0, index));
  if (index < 0 || mark >= events_.size() || events_[mark] >= history_.events().size()) return;
  const RunEvent& event = history_.events()[events_[mark]].event;
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

std::pair<double, double> all_steps(const PanelInput& in, bool of_loads) {
  double first = INFINITY, last = -INFINITY;
  const auto take = [&](const RunView& run) {
    const auto x = of_loads ? run.history.utilisation_x() : run.history.x();
    if (x.size() > 0) first = std::min(first, x[0]), last = std::max(last, x[x.size() - 1]);
  };
  take(in.run);
  if (in.several)
    for (const RunView* const run : in.several->runs) take(*run);
  return first <= last ? std::pair(first, last) : std::pair(0.0, 0.0);
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
