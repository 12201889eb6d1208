#include "app/shell/actions/groups.h"

#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/timeline/timeline_panel.h"
#include "app/run/timeline.h"

namespace switchyard::app {
namespace {

using viz::Key;
using Context = ActionContext;

bool has_kept(const Context& c) { return !c.in.run.kept.empty(); }

}  // namespace

void add_timeline(std::vector<Action>& out) {
  const auto stepping = [](int by) {
    return
        [by](const Context& c) { show_neighbour(c.ui.timeline, c.in.run.kept, by, learns_points(c.in.status)); };
  };
  const auto zooming = [](double factor) {
    return [factor](const Context& c) { zoom_timeline(c.in, c.ui.timeline, kMissing, factor); };
  };
  out.push_back({.id = "timeline.live",
                 .group = "Timeline",
                 .title = "Live: follow the newest snapshot",
                 .chord = Chord{.key = Key::l},
                 .run = [](const Context& c) { follow(c.ui.timeline); },
                 .chosen = [](const Context& c) { return c.ui.timeline.following(); }});
  out.push_back({.id = "timeline.previous",
                 .group = "Timeline",
                 .title = "Previous snapshot",
                 .chord = Chord{.key = Key::a, .repeats = true},
                 .run = stepping(-1),
                 .enabled = has_kept,
                 .detail = "Every view of a snapshot goes there; training goes on."});
  out.push_back({.id = "timeline.next",
                 .group = "Timeline",
                 .title = "Next snapshot",
                 .chord = Chord{.key = Key::d, .repeats = true},
                 .run = stepping(1),
                 .enabled = has_kept});
  out.push_back({.id = "timeline.play",
                 .group = "Timeline",
                 .title = "Play or pause snapshots",
                 .chord = Chord{.key = Key::space, .shift = true},
                 .run =
                     [](const Context& c) {
                       play_or_pause(c.ui.timeline, c.in.run.kept, c.in.now_s, learns_points(c.in.status));
                     },
                 .enabled = has_kept,
                 .detail = "Runs through what was kept, from the beginning if you follow now."});
  out.push_back({.id = "timeline.zoom-in",
                 .group = "Timeline",
                 .title = "Zoom in on the timeline",
                 .chord = Chord{.key = Key::w, .repeats = true},
                 .run = zooming(0.7)});
  out.push_back({.id = "timeline.zoom-out",
                 .group = "Timeline",
                 .title = "Zoom out of the timeline",
                 .chord = Chord{.key = Key::s, .repeats = true},
                 .run = zooming(1 / 0.7)});
}

}  // namespace switchyard::app
