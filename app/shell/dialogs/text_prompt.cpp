#include "app/shell/dialogs/text_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "app/files/typed_path.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/base/utf8.h"
#include "core/data/encoding.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

constexpr float kTextPromptWidth = 620;  // at scale 1
constexpr std::size_t kLines = 3, kLineBytes = 240;
constexpr const char* kTextPopup = "##text prompt";

// The first lines that say something.
std::string first_lines(std::string_view text) {
  std::string out;
  for (std::size_t lines = 0; !text.empty() && lines < kLines;) {
    const std::size_t end = text.find('\n');
    std::string line = printable(text.substr(0, std::min(end, text.find('\r'))));
    if (const std::size_t cut = utf8_cut(line, kLineBytes); cut < line.size()) line = line.substr(0, cut) + "…";
    if (!line.empty()) out += (out.empty() ? "" : "\n") + line, ++lines;
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return out;
}

void draw_sample(const Skin& skin, const TextOffer& offer) {
  const viz::Theme& t = skin.theme;
  const float width = ImGui::GetContentRegionAvail().x, pad = skin.px(10);
  const std::string text = offer.reads.empty() ? "It does not read as such." : offer.reads;
  const WithFont with(t.fonts.mono);
  const float height = ImGui::CalcTextSize(text.c_str(), nullptr, false, width - 2 * pad).y + 2 * pad;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + width, at.y + height}, t.raised, skin.px(6));
  ImGui::SetCursorScreenPos({at.x + pad, at.y + pad});
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width - 2 * pad);
  ImGui::PushStyleColor(ImGuiCol_Text, offer.reads.empty() ? t.text_dim : t.text);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopStyleColor();
  ImGui::PopTextWrapPos();
  register_item("text sample", at, {at.x + width, at.y + height}, text);
  ImGui::SetCursorScreenPos(at);
  ImGui::Dummy({width, height});
}

}  // namespace

void draw_text_prompt(const PanelInput& in, UiState& ui) {
  TextOffer& offer = ui.text_offer;
  if (offer.path.empty()) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = skin.theme;
  if (offer.reads_as != offer.encoding) {
    offer.reads_as = offer.encoding;
    offer.reads = first_lines(glance_as_utf8(offer.sample, encodings()[static_cast<std::size_t>(offer.encoding)]));
    offer.problem.clear();
  }
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  if (!ImGui::IsPopupOpen(kTextPopup)) ImGui::OpenPopup(kTextPopup);
  ImGui::SetNextWindowPos({screen.x / 2, skin.px(60)}, ImGuiCond_Always, {0.5f, 0});
  ImGui::SetNextWindowSize({std::min(skin.px(kTextPromptWidth), screen.x - skin.px(24)), 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(18), skin.px(14)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(10));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(8)});
  ImGui::PushStyleColor(ImGuiCol_PopupBg, t.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, t.hairline);
  bool closes = false;
  if (ImGui::BeginPopupModal(kTextPopup, nullptr,
                             ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                                 ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize |
                                 ImGuiWindowFlags_NoNavInputs)) {
    wrapped_text(t.fonts.bold, t.text, "This text is not UTF-8");
    const std::string name = printable(offer.path.filename().native());
    wrapped_text(t.fonts.body, t.text_dim, fmt::format("{} is {}.", name, offer.found));
    register_item("text found", offer.found);
    std::vector<std::string_view> titles;
    for (const Encoding& one : encodings()) titles.push_back(one.title);
    ImGui::AlignTextToFramePadding();
    wrapped_text(t.fonts.body, t.text_dim, "Read as");
    ImGui::SameLine();
    ImGui::BeginDisabled(offer.converting);
    combo(skin, "encoding", &offer.encoding, titles);
    ImGui::EndDisabled();
    draw_sample(skin, offer);
    ImGui::AlignTextToFramePadding();
    wrapped_text(t.fonts.body, t.text_dim, "A copy in UTF-8");
    ImGui::SameLine();
    const std::string texts = "in " + printable(typed_of_path(texts_folder()));
    const std::string_view places[] = {texts, "beside it"};
    int place = offer.beside ? 1 : 0;
    ImGui::BeginDisabled(offer.converting);
    if (combo(skin, "copy", &place, places)) offer.beside = place == 1;
    ImGui::EndDisabled();
    if (!offer.problem.empty()) {
      wrapped_text(t.fonts.body, t.bad, printable(offer.problem));
      register_item("text problem", offer.problem);
    } else {
      wrapped_text(t.fonts.small, t.text_dim, "The file itself stays as it is. The copy is learned from the start.");
    }
    const ButtonSpec convert{.label = offer.converting ? "Converting…" : "Convert a copy",
                             .look = ButtonLook::primary,
                             .enabled = !offer.converting && !offer.reads.empty(),
                             .name = "convert"};
    const ButtonSpec cancel{.label = "Cancel", .name = "leave text"};
    ImGui::SetCursorPosX(ImGui::GetWindowWidth() - skin.px(18) - button_size(skin, convert).x - skin.px(8) -
                         button_size(skin, cancel).x);
    closes = button(skin, cancel);
    ImGui::SameLine();
    bool wants = button(skin, convert);
    if (!std::exchange(offer.just_opened, false)) {
      closes = closes || viz::key_pressed(viz::Key::escape);
      wants = wants || (viz::key_pressed(viz::Key::enter) && convert.enabled);
    }
    offer.wants = offer.wants || wants;
    if (closes) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(3);
  if (closes) {
    offer = {};
    ImGui::SetWindowFocus(nullptr);
  }
}

}  // namespace switchyard::app
