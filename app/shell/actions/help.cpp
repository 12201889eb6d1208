#include "app/shell/actions/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/shell/actions/actions.h"
#include "app/shell/guide/page.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/base/version.h"

namespace switchyard::app {
namespace {

constexpr float kHelpWidth = 1000, kSideBySide = 700;  // at scale 1

struct Paragraph {
  const char* title;
  const char* text;
};
constexpr Paragraph kReading[] = {
    {"What you see",
     "A small language model learns to continue text, one character at a time. In its mixture-of-experts layers a "
     "router sends every character to a few of the experts; which ones is the colour, the same in every panel."},
    {"Loss",
     "How surprised the model is by the next character, in nats. The dashed lines are what knows nothing (ln V) "
     "and what knows only the character before (bigram): a model that reads gets under both."},
    {"Expert load",
     "1× is an expert's fair share. A bar at 0× is a dead expert. The strip below shows the same over time."},
    {"Tokens, projection",
     "Held-out text and what the router sees of it, coloured by each character's first expert; rest the mouse on "
     "a "
     "character for its experts and their weights. A map is PCA or t-SNE of hidden states, logits or inputs; a "
     "box with "
     "the right button selects tokens for every panel."},
    {"Specialization",
     "Which expert serves which domain or character, against chance. Click an expert anywhere: its card tells "
     "what it is "
     "given, how its load went and whom it works with."},
    {"Points",
     "With the task clusters the model learns to tell synthetic points apart. The plane shows which expert "
     "decides where, "
     "and which class comes out; rings are mistakes. The confusion matrix counts who is taken for whom."},
    {"A term, a panel",
     "Ctrl+F finds what a word of the window means. F1 with the mouse on a panel says what that panel shows and "
     "what to try."},
    {"Knobs",
     "Turn one and the trainer takes it up within a step; until then its value is amber. Those marked 'rebuilds' "
     "start a "
     "new model. A red sentence says why a setting is not sent; the running model goes on meanwhile."},
};

// Every key of the table of actions, the workspaces in one line, then the mouse.
std::vector<std::pair<std::string, std::string>> keys_and_mouse() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Action& action : actions()) {
    if (!action.chord || action.group == "Workspace") continue;
    out.emplace_back(chord_text(*action.chord), action.title);
  }
  out.emplace_back("Ctrl + 1 to 9", "A workspace");
  out.emplace_back("Tab, Shift + Tab", "The next control, or the one before");
  out.emplace_back("Enter, Space", "Press it; the arrow keys turn it, Esc leaves it");
  out.emplace_back("Arrows, Home, End", "On a plot: point into it; on a divider: move it");
  out.emplace_back("Page Up, Page Down", "On a plot: zoom where they point");
  out.emplace_back("Space, Enter", "On a plot: choose, fit it; on a divider: put it back");
  out.emplace_back("Space, Enter, Del", "In the table of runs: select, open, delete");
  out.emplace_back("Menu, Shift + F10", "What can be done with the knob that Tab stands on");
  out.emplace_back("Double click", "Fit a plot; put a divider back; a title fills the window");
  out.emplace_back("Ctrl + click", "Type a slider's value");
  out.emplace_back("Right click", "What can be done with a knob, a kept step or a run");
  return out;
}

void paragraphs(const Skin& skin, float width) {
  const viz::Theme& t = skin.theme;
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width);
  for (const Paragraph& paragraph : kReading) {
    {
      const WithFont bold(t.fonts.bold);
      ImGui::TextUnformatted(paragraph.title);
    }
    ImGui::PushStyleColor(ImGuiCol_Text, viz::mixed(t.text, t.text_dim, 0.4f));
    ImGui::TextUnformatted(paragraph.text);
    ImGui::PopStyleColor();
    ImGui::Dummy({0, skin.px(6)});
  }
  ImGui::PopTextWrapPos();
}

// Below one another, each with what it does beside it; what is long has further lines.
void keys_list(const Skin& skin, float width) {
  const viz::Theme& t = skin.theme;
  const auto rows = keys_and_mouse();
  float column = 0;
  for (const auto& [keys, meaning] : rows) column = std::max(column, text_size(t.fonts.mono_small, keys).x);
  column += skin.px(14);
  wrapped_text(t.fonts.bold, t.text, "Keys and mouse");
  const float x = ImGui::GetCursorPosX();
  for (const auto& [keys, meaning] : rows) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_text(ImGui::GetWindowDrawList(), t.fonts.mono_small, {at.x, at.y}, t.text, keys);
    ImGui::SetCursorPosX(x + column);
    wrapped_text(t.fonts.small, t.text_dim, meaning, x + width);
    register_item("key " + keys + ": " + meaning, at, ImGui::GetItemRectMax(), meaning);
  }
}

void help_page(const Skin& skin, UiState& ui) {
  if (begin_page(skin, "##help", kHelpWidth)) {
    const float width = ImGui::GetContentRegionAvail().x, gap = skin.px(34);
    // Side by side where both have room, else the keys first.
    if (width >= skin.px(kSideBySide)) {
      const float left = std::round(width * 0.5f);
      const ImVec2 at = ImGui::GetCursorPos();
      ImGui::BeginGroup();
      paragraphs(skin, left);
      ImGui::EndGroup();
      ImGui::SetCursorPos({at.x + left + gap, at.y});
      ImGui::BeginGroup();
      keys_list(skin, width - left - gap);
      ImGui::EndGroup();
    } else {
      keys_list(skin, width);
      ImGui::Dummy({0, skin.px(14)});
      paragraphs(skin, width);
    }
  }
  ui.show_help = end_page(skin);
}

void about_page(const Skin& skin, const PanelInput& in, UiState& ui) {
  const viz::Theme& t = skin.theme;
  if (begin_page(skin, "##about", 480)) {
    wrapped_text(t.fonts.bold, t.text, fmt::format("Switchyard {}", version()));
    wrapped_text(t.fonts.body, t.text_dim, "Mixture-of-experts models, learning live.");
    ImGui::Dummy({0, skin.px(8)});
    const EngineInfo& engine = in.status.engine;
    wrapped_text(t.fonts.mono_small, t.text,
         fmt::format("LibTorch   {}", engine.libtorch.empty() ? "loading" : engine.libtorch));
    wrapped_text(t.fonts.mono_small, t.text, fmt::format("BLAS       {}", engine.blas.empty() ? "loading" : engine.blas));
    wrapped_text(t.fonts.mono_small, t.text, fmt::format("Device     {} with {} threads", engine.device, engine.threads));
    wrapped_text(t.fonts.mono_small, t.text, fmt::format("ImGui      {}", ImGui::GetVersion()));
    if (!in.status.run_folder.empty()) wrapped_text(t.fonts.mono_small, t.text, "Run        " + printable(in.status.run_folder));
  }
  ui.show_about = end_page(skin);
}

}  // namespace

void draw_help(const PanelInput& in, UiState& ui) {
  const Skin skin{in.theme, in.scale};
  if (ui.show_help) help_page(skin, ui);
  else if (ui.show_about) about_page(skin, in, ui);
}

}  // namespace switchyard::app
