#include "app/panels/timeline/run_events.h"

#include <algorithm>
#include <string>

#include "app/panels/parts/point_text.h"
#include "app/panels/timeline/timeline_strip.h"

namespace switchyard::app {

void go_to(const PanelInput& in, UiState& ui, const Happening& one) {
  Timeline& timeline = ui.timeline;
  const bool points = learns_points(in.status);
  const StepSpan shown = shown_range(in, timeline);
  if (one.file.empty()) show_at(timeline, in.run.kept, one.x, points);
  else show_kept(timeline, in.run.kept, one.x, one.file, points);
  if (one.alert) ui.layer = one.alert->layer;
  if (timeline.fit || (one.x >= shown.low && one.x <= shown.high)) return;
  // As wide as it was, with the moment in its middle.
  const StepSpan all = whole_run(in);
  const double width = shown.high - shown.low;
  timeline.x_min = std::clamp(one.x - width / 2, all.low, std::max(all.low, all.high - width));
  timeline.x_max = timeline.x_min + width;
  timeline.to_newest = false;
}

void fill_events_table(const std::vector<Happening>& all, Table& table) {
  table.set_header({"step", "kind", "what", "detail"});
  for (const Happening& one : all) table.add_row({one.step, std::string(word_of(one.kind)), one.what, one.detail});
}

}  // namespace switchyard::app
