#include "app/shell/dialogs/chooser_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "app/files/typed_path.h"
#include "app/library/recent_runs.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kChooserRow = 26, kHeader = 22, kAge = 92, kSize = 76, kRunText = 230;  // pixels at scale 1

std::int64_t now_unix_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Where the columns begin, from the row's left edge.
struct Columns {
  float name, detail, age, end;
};
Columns columns_of(const Skin& skin, const Chooser& chooser, float width) {
  const float end = width - skin.px(10), age = end - skin.px(kAge);
  const float wanted = chooser.what == Chooses::run ? skin.px(kRunText) : skin.px(kSize);
  return {skin.px(32), age - std::min(wanted, (age - skin.px(32)) * 0.5f), age, end};
}

void draw_kind(const Skin& skin, ImDrawList* list, ImVec2 c, EntryKind kind, viz::Colour ink) {
  const float u = skin.px(1), stroke = std::max(1.0f, skin.scale);
  switch (kind) {
    case EntryKind::folder:
      list->AddRectFilled({c.x - 6 * u, c.y - 5 * u}, {c.x, c.y - 2 * u}, ink, u);
      list->AddRectFilled({c.x - 6 * u, c.y - 3 * u}, {c.x + 6 * u, c.y + 5 * u}, ink, 1.5f * u);
      return;
    case EntryKind::recording:
    case EntryKind::run: {  // a loss that falls
      list->AddRect({c.x - 6 * u, c.y - 5 * u}, {c.x + 6 * u, c.y + 5 * u}, ink, 1.5f * u, 0, stroke);
      const ImVec2 curve[] = {{c.x - 4 * u, c.y - 3 * u},
                              {c.x - 2 * u, c.y + u},
                              {c.x + u, c.y + 2.5f * u},
                              {c.x + 4 * u, c.y + 3 * u}};
      list->AddPolyline(curve, 4, ink, 0, 1.3f * stroke);
      return;
    }
    case EntryKind::file:
    case EntryKind::settings:
    case EntryKind::weights:
    case EntryKind::other:
      list->AddRect({c.x - 4 * u, c.y - 6 * u}, {c.x + 4 * u, c.y + 6 * u}, ink, u, 0, stroke);
      if (kind == EntryKind::file)
        for (const float y : {-2.5f, 0.0f, 2.5f})
          list->AddLine({c.x - 2 * u, c.y + y * u}, {c.x + 2 * u, c.y + y * u}, ink, stroke);
      return;
  }
}

std::string detail_of(const Chooser& chooser, const Chooser::Row& row) {
  const FolderEntry& entry = entry_of(chooser, row);
  if (entry.kind == EntryKind::run && chooser.what == Chooses::run) {
    const EntryLook* const look = look_of(chooser, row);
    if (!look) return "run";
    if (!look->is_run) return "run, damaged";
    const bool named = look->corpus.empty() || entry.shown.find(look->corpus) != std::string::npos;
    std::string text = look->called.empty() ? "" : look->called + " · ";
    text += fmt::format("{}{} steps", look->is_running ? "learning · " : "",
                        viz::grouped(static_cast<double>(look->steps)));
    if (std::isfinite(look->val_loss)) text += fmt::format(" · val {:.3f}", look->val_loss);
    return named ? text : text + " · " + look->corpus;
  }
  if (entry.kind == EntryKind::recording) return "recording";
  if (is_folder(entry.kind)) return entry.kind == EntryKind::run ? "run" : "";
  return entry.kind == EntryKind::other ? "" : size_text(entry.bytes);
}

// True when it was clicked.
bool draw_row(const Skin& skin, const Chooser& chooser, int index, float width, std::int64_t now) {
  const viz::Theme& t = skin.theme;
  const Chooser::Row& row = chooser.rows[static_cast<std::size_t>(index)];
  const float height = skin.px(kChooserRow);
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (row.is_heading) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::Dummy({width, height});
    const std::string says = row.is_recent ? "Recent" : "In " + printable(typed_of_path(chooser.folder));
    draw_clipped_text(list, t.fonts.small,
                      {at.x + skin.px(10), at.y + height - text_size(t.fonts.small, "X").y - skin.px(3)},
                      width - skin.px(20), t.text_dim, says);
    return false;
  }
  const FolderEntry& entry = entry_of(chooser, row);
  const bool clicked = ImGui::InvisibleButton(fmt::format("##{}", index).c_str(), {width, height});
  const std::string detail = detail_of(chooser, row);
  const std::string id = (row.is_recent ? "recent " : "entry ") + entry.shown;
  register_item(id, detail);
  const bool suits = why_not(chooser, row).empty(), lit = index == chooser.lit && !chooser.in_places;
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const float middle = (min.y + max.y) / 2;
  if (lit || ImGui::IsItemHovered()) list->AddRectFilled(min, max, lit ? t.raised_hover : t.raised, skin.px(5));
  const viz::Colour ink = suits ? t.text : viz::faded(t.text_dim, 0.6f),
                    dim = suits ? t.text_dim : viz::faded(t.text_dim, 0.6f);
  const EntryLook* const look = look_of(chooser, row);
  const bool learns = look && look->is_running;
  draw_kind(skin, list, {min.x + skin.px(17), middle + skin.px(1)}, entry.kind,
            learns                                                               ? t.good
            : entry.kind == EntryKind::run || entry.kind == EntryKind::recording ? t.accent
                                                                                 : dim);
  const Columns at = columns_of(skin, chooser, width);
  const float body = text_size(t.fonts.body, "X").y, small = text_size(t.fonts.small, "X").y;
  const float room = at.detail - at.name - skin.px(8);
  std::string_view name = entry.shown;
  // Of a name that the program gave the time is the first to go: the age stands beside it.
  if (text_size(t.fonts.body, name).x > room && is_run_name(entry.name)) name.remove_prefix(name.find('-') + 1);
  const float name_width = text_size(t.fonts.body, name).x;
  draw_clipped_text(list, t.fonts.body, {min.x + at.name, middle - body / 2}, room, ink, name);
  if (row.is_recent && room - name_width > skin.px(60))
    draw_clipped_text(list, t.fonts.small, {min.x + at.name + name_width + skin.px(10), middle - small / 2},
                      room - name_width - skin.px(10), dim, printable(typed_of_path(entry.in)));
  if (chooser.what == Chooses::run) {
    draw_clipped_text(list, t.fonts.small, {min.x + at.detail, middle - small / 2},
                      at.age - at.detail - skin.px(8), dim, detail);
  } else {
    draw_text(list, t.fonts.small,
              {min.x + at.age - skin.px(14) - text_size(t.fonts.small, detail).x, middle - small / 2}, dim,
              detail);
  }
  const std::string age = entry.changed_unix_s > 0 ? age_text(now - entry.changed_unix_s) : std::string();
  draw_clipped_text(list, t.fonts.small, {min.x + at.age, middle - small / 2}, at.end - at.age, dim, age);
  if ((name_width > room || name != entry.shown) && mouse_rests(id))
    tooltip(skin, entry.shown, printable(path_of(chooser, row).native()));
  return clicked;
}

// A column's title, which sorts by it.
bool draw_title(const Skin& skin, const char* name, float x, float y, bool sorted) {
  const viz::Theme& t = skin.theme;
  const ImVec2 size = text_size(t.fonts.small, name);
  ImGui::SetCursorScreenPos({x, y});
  const bool pressed = ImGui::InvisibleButton(name, {size.x + skin.px(16), skin.px(kHeader)});
  register_item(std::string("sort ") + name, sorted ? "sorted" : "");
  const viz::Colour ink = sorted || ImGui::IsItemHovered() ? t.text : t.text_dim;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float middle = y + skin.px(kHeader) / 2;
  draw_text(list, t.fonts.small, {x, middle - size.y / 2}, ink, name);
  if (sorted) draw_icon(list, Icon::chevron_down, {x + size.x + skin.px(9), middle}, skin.px(7), ink);
  return pressed;
}

void ask_for_looks(Chooser& chooser, int first, int last) {
  std::vector<std::pair<std::filesystem::path, EntryKind>> wanted;
  // The uppermost last: it is looked into first.
  for (int i = std::min(last, static_cast<int>(chooser.rows.size())) - 1; i >= first; --i) {
    const Chooser::Row& row = chooser.rows[static_cast<std::size_t>(i)];
    if (row.is_heading) continue;
    const EntryKind kind = entry_of(chooser, row).kind;
    const bool tells = chooser.what == Chooses::run ? kind == EntryKind::run
                                                    : chooser.what == Chooses::text && kind == EntryKind::file;
    if (tells && !look_of(chooser, row)) wanted.emplace_back(path_of(chooser, row), kind);
  }
  if (!wanted.empty()) chooser.reader->look_into(std::move(wanted));
}

void draw_nothing(const Skin& skin, const Chooser& chooser) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  std::string says;
  if (!chooser.listed || !chooser.listed->whole) says = "Reading…";
  else if (!chooser.listed->problem.empty()) says = chooser.listed->problem;
  else
    says = chooser.typed.empty() || chooser.typed.ends_with('/') ? "Nothing is in this folder."
                                                                 : "Nothing here is called so.";
  ImGui::SetCursorScreenPos({at.x + skin.px(12), at.y + skin.px(8)});
  wrapped_text(skin.theme.fonts.body, skin.theme.text_dim, says);
  register_item("nothing listed", says);
}

}  // namespace

bool draw_chooser_list(const Skin& skin, Chooser& chooser, ImVec2 size) {
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const Columns at = columns_of(skin, chooser, size.x - ImGui::GetStyle().ScrollbarSize);
  bool other = false;
  if (draw_title(skin, "Name", corner.x + at.name, corner.y, !chooser.by_age) && chooser.by_age)
    chooser.by_age = false, other = true;
  if (draw_title(skin, "Changed", corner.x + at.age, corner.y, chooser.by_age) && !chooser.by_age)
    chooser.by_age = true, other = true;
  if (other) arrange_rows(chooser);

  const float header = skin.px(kHeader), height = size.y - header, row_height = skin.px(kChooserRow);
  ImGui::SetCursorScreenPos({corner.x, corner.y + header});
  viz::begin_child("listed", {size.x, height}, false, ImGuiWindowFlags_NoNavInputs);
  const int count = static_cast<int>(chooser.rows.size());
  chooser.page = std::max(1, static_cast<int>(height / row_height) - 1);
  if (std::exchange(chooser.brings_lit, false)) {
    // The heading above the first row comes into sight with it.
    const int lit = chooser.lit == 1 && chooser.rows[0].is_heading ? 0 : std::max(0, chooser.lit);
    const float top = static_cast<float>(lit) * row_height,
                bottom = static_cast<float>(chooser.lit + 1) * row_height;
    if (top < ImGui::GetScrollY()) ImGui::SetScrollY(top);
    else if (bottom > ImGui::GetScrollY() + height) ImGui::SetScrollY(bottom - height);
  }
  if (count == 0) draw_nothing(skin, chooser);
  const std::int64_t now = now_unix_s();
  const float width = size.x - ImGui::GetStyle().ScrollbarSize;  // the same with and without one
  bool twice = false;
  int clicked = -1, first = count, last = 0;
  ImGuiListClipper clipper;
  clipper.Begin(count, row_height);
  while (clipper.Step()) {
    first = std::min(first, clipper.DisplayStart);
    last = std::max(last, clipper.DisplayEnd);
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      if (draw_row(skin, chooser, i, width, now)) clicked = i;
      if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left) && i == chooser.lit)
        twice = true;
    }
  }
  ImGui::EndChild();
  if (clicked >= 0) {
    // The second release of a double click leaves what that was answered.
    if (chooser.lit != clicked) chooser.problem.clear();
    chooser.lit = clicked;
    chooser.moved = true;
    chooser.in_places = false;
  }
  ask_for_looks(chooser, first, last);
  return twice;
}

}  // namespace switchyard::app
