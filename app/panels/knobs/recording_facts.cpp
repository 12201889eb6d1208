#include "app/panels/knobs/recording_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "app/run/words/recording_words.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "app/ui/tooltip.h"
#include "core/base/printable.h"
#include "viz/base/format.h"
#include "viz/base/named_text.h"

namespace switchyard::app {
namespace {

// A name at the left, what it is behind it or, where that is long, below it.
void draw_fact(const Skin& skin, std::string_view name, const std::string& value, viz::Colour ink) {
  const viz::Theme& t = skin.theme;
  const std::string shown = viz::named_text(value);
  const float width = ImGui::GetContentRegionAvail().x, names = skin.px(96);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_text(ImGui::GetWindowDrawList(), t.fonts.small, at, t.text_dim, name);
  ImGui::SetCursorScreenPos({at.x + names, at.y});
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width - names);
  {
    const WithFont font(t.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, ink);
    ImGui::TextUnformatted(shown.c_str());
    ImGui::PopStyleColor();
  }
  ImGui::PopTextWrapPos();
  register_item(name, value);
  ImGui::SetCursorScreenPos({at.x, ImGui::GetCursorScreenPos().y + skin.px(4)});
}

std::string listed(const std::vector<std::string_view>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// "8", or of layers that differ "8 to 64".
std::string range_of(const OtherRecording& has, std::int32_t OtherRecording::Layer::*number) {
  std::int32_t low = 0, high = 0;
  for (const OtherRecording::Layer& layer : has.layers) {
    low = low == 0 ? layer.*number : std::min(low, layer.*number);
    high = std::max(high, layer.*number);
  }
  if (high == 0) return "not known";
  return low == high ? fmt::format("{}", high) : fmt::format("{} to {}", low, high);
}

}  // namespace

void draw_recording_facts(const PanelInput& in) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const OtherRecording& has = *in.status.recorded;
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->PushClipRect(at, {at.x + size.x, at.y + size.y});
  list->AddRectFilled(at, {at.x + size.x, at.y + size.y}, t.panel, skin.px(8));
  list->AddRect(at, {at.x + size.x, at.y + size.y}, t.hairline, skin.px(8));
  list->PopClipRect();
  {
    const WithFont bold(t.fonts.bold);
    ImGui::TextUnformatted("Recording");
  }
  ImGui::Dummy({0, skin.px(4)});
  if (has.producer.empty()) {
    wrapped_text(t.fonts.body, t.text_dim, in.status.message + ": what is written there appears here.");
    return;
  }
  draw_fact(skin, "by", has.producer, t.text);
  if (!has.model.empty()) draw_fact(skin, "model", printable(has.model), t.text);
  draw_fact(skin, "layers", fmt::format("{}", has.layers.size()), t.text);
  draw_fact(skin, "experts", range_of(has, &OtherRecording::Layer::experts), t.text);
  draw_fact(skin, "top-k", range_of(has, &OtherRecording::Layer::top_k), t.text);
  if (has.ranks > 1) draw_fact(skin, "ranks", viz::grouped(static_cast<double>(has.ranks)), t.text);
  std::vector<std::string_view> there, missing;
  const auto sort = [&](bool is_there, std::string_view what) { (is_there ? there : missing).push_back(what); };
  sort(true, "loads");
  sort(has.has_choices, "choices of tokens");
  if (has.has_choices) sort(has.has_order, "which came first");
  sort(has.has_weights, "weights");
  sort(has.has_logits, "logits");
  sort(has.has_losses, "losses");
  sort(has.has_token_ids, "token ids");
  missing.insert(missing.end(), {"gradients", "drops", "settings"});
  ImGui::Dummy({0, skin.px(6)});
  draw_fact(skin, "has", listed(there), t.text);
  draw_fact(skin, "lacks", listed(missing), t.text_dim);
  ImGui::Dummy({0, skin.px(6)});
  if (has.is_provisional())
    wrapped_text(
        t.fonts.small, t.warn,
        fmt::format("Loads are of {}, taken evenly; {:.0f} % of the recording is read for the exact ones.",
                    sample_so_far(in.status), std::floor(100 * has.read)));
  if (has.after_dropping)
    wrapped_text(t.fonts.small, t.warn,
                 "Recorded after capacity had dropped choices: loads look more even than the router made them.");
  if (!has.sample.empty()) wrapped_text(t.fonts.small, t.text_dim, has.sample + ".");
  for (const std::string& note : has.notes) wrapped_text(t.fonts.small, t.text_dim, printable(note) + ".");
  ImGui::Dummy({0, skin.px(6)});
  wrapped_text(t.fonts.small, t.text_dim, why_no_training(in.status));
}

}  // namespace switchyard::app
