#include "app/shell/dialogs/toasts.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/panels/health/alerts.h"
#include "app/run/in_front.h"
#include "app/run/notices.h"
#include "app/shell/layout/layouts.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

constexpr ImGuiWindowFlags kOverlay = ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize |
                                      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                                      ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoNav;

viz::Colour level_colour(const viz::Theme& t, Notice::Level level) {
  switch (level) {
    case Notice::Level::detail:
    case Notice::Level::info:
      return t.accent;
    case Notice::Level::warning:
      return t.warn;
    case Notice::Level::error:
      return t.bad;
  }
  return t.accent;
}

enum class Answer { none, show, remedy };

Answer ask_about(const Skin& skin, const HealthAlert& alert) {
  Answer answer = Answer::none;
  if (button(skin, {.label = "Show", .look = ButtonLook::primary, .name = "show alerts"})) answer = Answer::show;
  if (alert.remedy.empty()) return answer;
  ImGui::SameLine(0, skin.px(6));
  const std::string label = "Set " + settings_text(alert.remedy);
  if (button(skin, {.label = label, .name = "remedy toast"})) answer = Answer::remedy;
  return answer;
}

void act(Answer answer, const HealthAlert& alert, const PanelInput& in, UiState& ui, Commands& out) {
  if (answer == Answer::show) {
    show_workspace(ui, Workspace::health);
    bring_to_front(ui, "health");
    show_alert(ui, alert);
  } else if (answer == Answer::remedy) {
    apply_remedy(in, alert.remedy, ui, out);
  }
}

// In the current child window; follows the end unless scrolled up.
void draw_lines(const PanelInput& in, const std::vector<std::string>& lines) {
  const WithFont font(in.theme.fonts.mono_small);
  if (lines.empty()) ImGui::TextDisabled("Nothing yet. Messages of this session are kept here.");
  const bool at_end = ImGui::GetScrollY() >= ImGui::GetScrollMaxY() - 1;
  ImGui::PushTextWrapPos(0);
  for (const std::string& text : lines) ImGui::TextUnformatted(viz::named_text(text).c_str());
  ImGui::PopTextWrapPos();
  if (at_end) ImGui::SetScrollHereY(1);
}

}  // namespace

void tell_of_alerts(const PanelInput& in, UiState& ui) {
  // They are of the run that learns, and so are their remedies; of one that is watched they are told too.
  if (is_record(in.status) && !(in.status.recorded && in.status.state == RunState::followed))
    return (void)std::erase_if(ui.toasts, [](const Toast& toast) { return toast.alert.has_value(); });
  std::vector<AlertKind> now;
  std::string fresh;
  std::optional<HealthAlert> first;
  const auto is_among = [](const std::vector<AlertKind>& kinds, AlertKind kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  };
  for (const AlertGroup& group : grouped_alerts(in.status.alerts)) {
    const AlertKind kind = group.front().kind;
    if (!is_among(ui.alerts_told, kind) && !is_among(now, kind)) {
      fresh += (fresh.empty() ? "" : "; ") + title_of(in, group);
      if (!first) first = group.front();
    }
    if (!is_among(now, kind)) now.push_back(kind);
  }
  ui.alerts_told = now;
  // Gone with what it told of, or for what is newer.
  std::erase_if(ui.toasts,
                [&](const Toast& toast) { return toast.alert && (first || !is_among(now, toast.alert->kind)); });
  if (!first || ui.arranging.workspace == Workspace::health) return;
  Toast* const toast = put_toast(ui, Notice::Level::warning, fresh, in.now_s);
  // It leaves as any other does: the count on the tab of Health stays, and panels are not covered for long.
  toast->alert = std::move(first);
}

void draw_toasts(const PanelInput& in, UiState& ui, Commands& out, float bottom) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  bottom -= skin.px(8);
  std::size_t closed = ui.toasts.size();
  Answer answer = Answer::none;
  HealthAlert asked;
  for (std::size_t i = ui.toasts.size(); i-- > 0;) {
    Toast& toast = ui.toasts[i];
    const float width = std::min(skin.px(420), screen.x - skin.px(36));
    ImGui::SetNextWindowPos({screen.x - skin.px(18), bottom}, ImGuiCond_Always, {1, 1});
    ImGui::SetNextWindowSize({width, 0});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(18), skin.px(12)});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(8));
    ImGui::PushStyleColor(ImGuiCol_WindowBg, t.raised);
    ImGui::Begin(fmt::format("##toast {}", i).c_str(), nullptr, kOverlay | ImGuiWindowFlags_AlwaysAutoResize);
    const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->PushClipRect(at, {at.x + size.x, at.y + size.y});  // into the padding
    list->AddRectFilled({at.x + skin.px(6), at.y + skin.px(10)}, {at.x + skin.px(9), at.y + size.y - skin.px(10)},
                        level_colour(t, toast.level), skin.px(1.5f));
    list->PopClipRect();
    const ImVec2 text_at = ImGui::GetCursorScreenPos();
    ImGui::PushTextWrapPos(width - skin.px(40));
    ImGui::TextUnformatted(viz::named_text(toast.message).c_str());
    ImGui::PopTextWrapPos();
    register_item(fmt::format("toast {}", i), toast.message);
    if (!toast.trashed.empty() &&
        button(skin, {.label = "Undo", .look = ButtonLook::primary, .name = "undo toast"})) {
      ui.library.returning.clear();
      for (Toast& other : ui.toasts) other.put_back = 0;
      for (const std::string& entry : toast.trashed) {
        if (toast.trashed.size() > 1) ui.library.returning.insert(entry);
        out.emplace_back(ChangeKept{{KeptChange::Kind::put_back, entry}});
      }
      closed = i;
    }
    if (toast.alert) {
      const Answer given = ask_about(skin, *toast.alert);
      if (given != Answer::none) answer = given, asked = *toast.alert, closed = i;
    }
    // Kept while somebody reads it.
    if (ImGui::IsWindowHovered()) toast.until_s = std::max(toast.until_s, in.now_s + 2);
    ImGui::SetCursorScreenPos({at.x + width - skin.px(28), text_at.y - skin.px(3)});
    const ButtonSpec close{.label = "",
                           .look = ButtonLook::quiet,
                           .icon = Icon::close,
                           .size = {skin.px(22), skin.px(22)},
                           .name = "dismiss"};
    if (button(skin, close)) closed = i;
    ImGui::End();
    ImGui::PopStyleColor();
    ImGui::PopStyleVar(2);
    bottom -= size.y + skin.px(10);
  }
  if (closed < ui.toasts.size()) ui.toasts.erase(ui.toasts.begin() + static_cast<std::ptrdiff_t>(closed));
  act(answer, asked, in, ui, out);
}

void draw_log(const PanelInput& in, UiState& ui) {
  if (!ui.show_log) return;
  const Skin skin{in.theme, in.scale};
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({skin.px(10), screen.y - skin.px(10)}, ImGuiCond_Always, {0, 1});
  ImGui::SetNextWindowSize({screen.x - skin.px(20), std::max(skin.px(160), screen.y * 0.3f)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(14), skin.px(10)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(8));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, in.theme.panel);
  ImGui::Begin("##log", nullptr, kOverlay);
  {
    const WithFont font(in.theme.fonts.bold);
    ImGui::TextUnformatted("Log");
  }
  ImGui::SameLine(ImGui::GetWindowWidth() - skin.px(36));
  if (button(skin, {.label = "",
                    .look = ButtonLook::quiet,
                    .icon = Icon::close,
                    .size = {skin.px(22), skin.px(22)},
                    .name = "close log"}))
    ui.show_log = false;
  viz::begin_child("lines", {0, 0});
  draw_lines(in, ui.log);
  ImGui::EndChild();
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
}

}  // namespace switchyard::app
