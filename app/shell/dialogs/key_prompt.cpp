#include "app/shell/dialogs/key_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "app/shell/dialogs/prompt_frame.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

constexpr float kKeysWidth = 500, kKeyColumn = 90;  // at scale 1

std::vector<std::string> keys_of(const KeyPrompt& prompt) {
  std::vector<std::string> keys;
  for (const KeyPrompt::Field& field : prompt.fields) {
    std::string value = field.value;
    std::erase(value, ' ');
    if (!value.empty()) keys.push_back(field.key + '=' + value);
  }
  return keys;
}

std::string told_before(const RecordingWish& of, std::string_view key) {
  for (const std::string& pair : of.keys)
    if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=')
      return pair.substr(key.size() + 1);
  return {};
}

void draw_field(const Skin& skin, KeyPrompt::Field& field, bool has_keyboard) {
  const viz::Theme& t = skin.theme;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_text(ImGui::GetWindowDrawList(), t.fonts.body, {at.x, at.y + skin.px(2)}, t.text, field.key);
  ImGui::SetCursorScreenPos({at.x + skin.px(kKeyColumn), at.y});
  text_input(skin, "##key " + field.key, &field.value, ImGui::GetContentRegionAvail().x, field.allowed,
             has_keyboard);
  register_item("keys/" + field.key, field.value);
  // Nearer to its own field than to the next.
  const ImVec2 below = ImGui::GetCursorPos();
  ImGui::SetCursorPos({below.x + skin.px(kKeyColumn), below.y - skin.px(4)});
  const std::string help =
      fmt::format("{}; allowed: {}{}", field.help, field.allowed, field.why.empty() ? "" : ". " + field.why);
  wrapped_text(t.fonts.small, t.text_dim, help);
  register_item("keys/" + field.key + "/help", help);
  ImGui::Dummy({0, skin.px(1)});
}

}  // namespace

void ask_for_keys(UiState& ui, const RecordingWish& of, const RecordingForm& form, std::span<const KeyHint> hints,
                  std::string says) {
  KeyPrompt prompt;
  prompt.of = of, prompt.just_opened = true;
  prompt.of->form = std::string(form.name);
  // Whose path it is the title says.
  if (const std::string path = of.path.native() + ": "; says.starts_with(path)) says.erase(0, path.size());
  prompt.says = std::move(says);
  for (const RecordingKey& key : recording_keys()) {
    const std::string in = fmt::format(", {}, ", form.keys);
    if (in.find(fmt::format(", {}, ", key.name)) == std::string::npos) continue;
    KeyPrompt::Field field{
        std::string(key.name), std::string(key.help), std::string(key.allowed), {}, told_before(of, key.name)};
    const auto hint =
        std::find_if(hints.begin(), hints.end(), [&](const KeyHint& one) { return one.key == key.name; });
    if (hint != hints.end()) {
      field.why = hint->why;
      // What was told before was refused.
      field.value = hint->suggested;
    }
    prompt.fields.push_back(std::move(field));
  }
  ui.key_prompt = std::move(prompt);
}

void draw_key_prompt(const PanelInput& in, UiState& ui) {
  KeyPrompt& prompt = ui.key_prompt;
  if (!prompt.of) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = skin.theme;
  std::optional<PromptFrame> frame(
      std::in_place, skin, "##key prompt", kKeysWidth,
      fmt::format("What {} does not say", printable(prompt.of->path.filename().native())));
  if (!prompt.says.empty()) wrapped_text(t.fonts.small, t.text, printable(prompt.says));
  register_item("keys/says", prompt.says);
  bool has_keyboard = std::exchange(prompt.just_opened, false);
  for (KeyPrompt::Field& field : prompt.fields) draw_field(skin, field, std::exchange(has_keyboard, false));
  const std::vector<std::string> keys = keys_of(prompt);
  const auto read = keys_from(keys);
  if (!read) wrapped_text(t.fonts.small, t.bad, read.error().message);
  register_item("keys/problem", read ? "" : read.error().message);
  const bool pressed =
      button(skin, ButtonSpec{.label = "Open", .look = ButtonLook::primary, .enabled = bool(read)});
  ImGui::SameLine();
  const bool left = button(skin, "Cancel");
  frame.reset();
  const bool taken = read && (pressed || viz::key_pressed(viz::Key::enter));
  if (taken) {
    RecordingWish wish = *prompt.of;
    wish.keys = keys;
    ui.wants_recording.push_back(std::move(wish));
  }
  if (taken || left || viz::key_pressed(viz::Key::escape)) {
    prompt = {};
    ImGui::SetWindowFocus(nullptr);
  }
}

}  // namespace switchyard::app
