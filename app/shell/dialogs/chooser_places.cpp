#include "app/shell/dialogs/chooser_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "app/files/typed_path.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;

constexpr float kPlaceRow = 26;          // pixels at scale 1
constexpr std::size_t kMostFolders = 4;  // among the places

}  // namespace

fs::path working_folder() {
  std::error_code code;
  const fs::path here = fs::current_path(code);
  return code ? fs::path() : here;
}

std::vector<Place> places_of(const Chooser& chooser, const UsedPaths& used) {
  std::vector<Place> places;
  if (chooser.recent && !chooser.recent->entries.empty()) places.push_back({"Recent", {}, true});
  const auto add = [&](std::string label, const fs::path& folder) {
    const bool known = folder.empty() || std::any_of(places.begin(), places.end(),
                                                     [&](const Place& one) { return one.folder == folder; });
    if (!known) places.push_back({std::move(label), folder});
  };
  add("Home", home_folder());
  add("Runs", tidy(default_runs_directory()));
  add("Working folder", working_folder());
  std::size_t folders = 0;
  for (const fs::path& path : used.of(chooser.what)) {
    if (folders == kMostFolders) break;
    const fs::path folder = path.parent_path();
    const std::size_t before = places.size();
    add(folder == folder.root_path() ? "/" : printable(folder.filename().native()), folder);
    folders += places.size() > before;
  }
  // Two of one name are told apart by the folder above.
  std::vector<Place> told = places;
  for (std::size_t i = 0; i < places.size(); ++i)
    for (std::size_t j = 0; j < places.size(); ++j)
      if (i != j && places[i].label == places[j].label)
        told[i].label =
            printable((places[i].folder.parent_path().filename() / places[i].folder.filename()).native());
  return told;
}

void go_to_place(Chooser& chooser, const Place& place) {
  if (place.is_recent) {
    list_folder(chooser, chooser.folder);
    chooser.shows_recent = true;
    arrange_rows(chooser);
  } else {
    list_folder(chooser, place.folder);
  }
  chooser.in_places = false;
}

void draw_crumbs(const Skin& skin, Chooser& chooser, float width) {
  struct Crumb {
    std::string label;
    fs::path folder;
  };
  std::vector<Crumb> crumbs;
  const fs::path home = home_folder();
  for (fs::path folder = chooser.folder;; folder = folder.parent_path()) {
    if (!home.empty() && folder == home) {
      crumbs.push_back({"~", folder});
      break;
    }
    const bool root = folder == folder.parent_path();
    crumbs.push_back({root ? "/" : printable(folder.filename().native()), folder});
    if (root) break;
  }
  const auto width_of = [&](const Crumb& crumb) {
    return std::min(button_size(skin, {.label = crumb.label, .look = ButtonLook::quiet}).x, skin.px(220));
  };
  // From the right as many as find room.
  const float separator = skin.px(12);
  std::size_t shown = 0;
  float x = 0;
  while (shown < crumbs.size() && (shown == 0 || x + width_of(crumbs[shown]) + separator <= width))
    x += width_of(crumbs[shown++]) + separator;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList* list = ImGui::GetWindowDrawList();
  x = at.x;
  std::optional<fs::path> wanted;
  for (std::size_t i = shown; i-- > 0;) {
    const float wide = width_of(crumbs[i]);
    ImGui::SetCursorScreenPos({x, at.y});
    const std::string name = fmt::format("crumb {}", crumbs[i].label);
    ImGui::PushID(static_cast<int>(i));
    if (button(skin, {.label = crumbs[i].label, .look = ButtonLook::quiet, .size = {wide, 0}, .name = name}))
      wanted = crumbs[i].folder;
    ImGui::PopID();
    x += wide;
    if (i > 0)
      draw_icon(list, Icon::chevron_right, {x + separator / 2, at.y + skin.px(14)}, skin.px(7),
                skin.theme.text_dim);
    x += separator;
  }
  if (wanted) {
    const bool above = *wanted != chooser.folder;
    std::string child;
    for (fs::path folder = chooser.folder; above && folder != *wanted; folder = folder.parent_path())
      child = folder.filename().native();
    list_folder(chooser, *wanted, child);
  }
}

void draw_places(const Skin& skin, Chooser& chooser, const std::vector<Place>& places, ImVec2 size) {
  const viz::Theme& t = skin.theme;
  viz::begin_child("places", size, false, ImGuiWindowFlags_NoNavInputs);
  ImDrawList* list = ImGui::GetWindowDrawList();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const float width = ImGui::GetContentRegionAvail().x, height = skin.px(kPlaceRow);
    const std::string id = "place " + places[i].label;
    const bool pressed = ImGui::InvisibleButton(fmt::format("{}##{}", id, i).c_str(), {width, height});
    register_item(id);
    const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
    const bool lit = chooser.in_places && chooser.lit_place == static_cast<int>(i);
    const bool recent = chooser.shows_recent && places[0].is_recent;
    const bool here = places[i].is_recent ? recent : places[i].folder == chooser.folder && !recent;
    if (lit || ImGui::IsItemHovered()) list->AddRectFilled(min, max, lit ? t.raised_hover : t.raised, skin.px(5));
    draw_clipped_text(list, t.fonts.body,
                      {min.x + skin.px(10), (min.y + max.y - text_size(t.fonts.body, "X").y) / 2},
                      width - skin.px(18), here ? t.accent : t.text, places[i].label);
    if (!places[i].is_recent && mouse_rests(id))
      tooltip(skin, places[i].label, printable(places[i].folder.native()));
    if (pressed) go_to_place(chooser, places[i]);
  }
  ImGui::EndChild();
}

}  // namespace switchyard::app
