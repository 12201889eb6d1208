#include "app/shell/bars/route_strip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "app/files/folder.h"
#include "app/run/route_wishes.h"
#include "app/ui/widgets.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

std::string steps_words(std::int64_t steps) {
  return fmt::format("{} step{}", viz::grouped(static_cast<double>(steps)), steps == 1 ? "" : "s");
}

// "first/routes-1"
std::string folder_words(const std::string& folder) {
  const std::filesystem::path path = path_of_text(folder), above = path.parent_path().filename();
  return printable((above.empty() ? path.filename() : above / path.filename()).native());
}

struct RouteLine {
  const char* name;  // of its item
  std::string words, shorter;
  const char* button;
  std::string says;
  viz::Colour dot;
};

// From x on, at most to `end`. True: its button was pressed; x is behind it.
bool draw_line(const Skin& skin, const RouteLine& line, float& x, float end, float middle) {
  const viz::Theme& t = skin.theme;
  ImDrawList* const list = ImGui::GetWindowDrawList();
  const ButtonSpec spec{.label = line.button, .size = {0, skin.px(24)}};
  const ImVec2 button_room = button_size(skin, spec);
  const float room = end - x - skin.px(18 + 10) - button_room.x;
  const std::string& words = text_size(t.fonts.body, line.words).x <= room ? line.words : line.shorter;
  const ImVec2 size = text_size(t.fonts.body, words);
  const float width = std::max(0.0f, std::min(size.x, room));
  list->AddCircleFilled({x + skin.px(6), middle}, skin.px(4), line.dot, 16);
  draw_clipped_text(list, t.fonts.body, {x + skin.px(18), middle - size.y / 2}, width + 1, t.text, words);
  const ImVec2 min(x, middle - skin.px(12)), max(x + skin.px(18) + width, middle + skin.px(12));
  register_item(line.name, min, max, words);
  const bool rests = ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(min, max);
  if (rests) tooltip(skin, line.words, line.says);
  ImGui::SetCursorScreenPos({max.x + skin.px(10), std::round(middle - button_room.y / 2)});
  const bool pressed = button(skin, spec);
  x = max.x + skin.px(10) + button_room.x + skin.px(24);
  return pressed;
}

}  // namespace

bool shows_route_strip(const PanelInput& in) {
  return !is_record(in.status) && !in.run.beside &&
         (!in.status.routes.recorded_in.empty() || !in.status.routes.followed.empty());
}

void draw_route_strip(const PanelInput& in, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const float middle = at.y + size.y / 2, end = at.x + size.x;
  const RoutesStatus& routes = in.status.routes;
  const bool both = !routes.recorded_in.empty() && !routes.followed.empty();
  float x = at.x + skin.px(2);
  if (!routes.followed.empty()) {
    const RouteLine line{
        "routes followed",
        fmt::format("Replays the routes of {}, for {} so far", folder_words(routes.followed),
                    steps_words(routes.followed_steps)),
        fmt::format("Replays routes · {}", steps_words(routes.followed_steps)),
        "Let the router choose",
        fmt::format(
            "Every token of a training step goes to the experts recorded in\n{}\nThe gate still weighs them, "
            "so the router learns. Looks at the probe are routed by the router itself. Where the recorded "
            "steps end, or no longer fit, the router chooses again.",
            printable(routes.followed)),
        in.theme.warn};
    if (draw_line(skin, line, x, both ? x + (end - x) / 2 : end, middle)) let_router_choose(out);
  }
  if (!routes.recorded_in.empty()) {
    const std::string so_far =
        fmt::format("{}, {}", steps_words(routes.recorded_steps), size_text(routes.recorded_bytes));
    const RouteLine line{
        "routes recorded",
        fmt::format("Records routes into {}: {}", folder_words(routes.recorded_in), so_far),
        "Records routes: " + so_far,
        "End recording",
        fmt::format("Which experts every token of every step goes to, into\n{}\nIt ends with this model, with the "
                    "window, or where it cannot be written; the run goes on.",
                    printable(routes.recorded_in)),
        in.theme.bad};
    if (draw_line(skin, line, x, end, middle)) end_recorded_routes(out);
  }
}

}  // namespace switchyard::app
