// The model continues a prompt while it learns: each character on the colour of the expert it was sent to.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/panels/parts/named_slider.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/token_text.h"
#include "app/panels/tokens/panels.h"
#include "app/run/words/recording_words.h"
#include "app/ui/widgets.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/widgets/text_strip.h"

namespace switchyard::app {

namespace {

constexpr std::int64_t kTokens = 400;
constexpr double kHottest = 2.0;
constexpr int kWidest = 100;  // of the top-k slider; its right end means all characters

void generate(UiState& ui, Commands& out) {
  ++ui.generation_id;
  ui.generated.clear();
  ui.generated_from = ui.prompt;
  ui.generating = true;
  out.push_back(Generate{.id = ui.generation_id,
                         .prompt = ui.prompt,
                         .temperature = ui.temperature,
                         .top_k = ui.sample_top_k,
                         .tokens = kTokens});
}

void stop(UiState& ui, Commands& out) {
  ui.generating = false;
  out.push_back(Generate{.id = ui.generation_id, .prompt = {}, .temperature = 0, .top_k = 0, .tokens = 0});
}

// Of a height below both rows the prompt alone.
void draw_controls(const PanelInput& in, UiState& ui, Commands& out, ImVec2 at, float width, float height) {
  const Skin skin{in.theme, in.scale};
  const bool can_run = in.status.state == RunState::playing || in.status.state == RunState::paused;
  const ButtonSpec run{.label = ui.generating ? "Stop" : "Generate",
                       .look = ui.generating ? ButtonLook::plain : ButtonLook::primary,
                       .size = {skin.px(92), skin.px(28)},
                       .enabled = can_run || ui.generating,
                       .name = "run"};
  const float gap = skin.px(10);
  const bool wide = width > skin.px(480);
  const float sliders = wide ? skin.px(110) : (width - gap) / 2;
  const float input =
      std::max(skin.px(40), width - button_size(skin, run).x - gap - (wide ? 2 * (sliders + gap) : 0));

  ImGui::SetCursorScreenPos({at.x, at.y + skin.px(2)});
  // Leaving the field completes it too; only Enter starts.
  bool start = text_input(skin, "##prompt", &ui.prompt, input, "a prompt to continue") && can_run &&
               viz::key_pressed(viz::Key::enter);
  register_item("prompt", ui.prompt);
  ImGui::SetCursorScreenPos({at.x + input + gap, at.y});
  if (is_record(in.status)) {
    wake_button(in, ui, out, {}, run.size);
  } else if (button(skin, run)) {
    if (ui.generating) stop(ui, out);
    else start = true;
  }
  if (start) generate(ui, out);

  if (!wide && height < skin.px(68)) return;
  const ImVec2 first = wide ? ImVec2(at.x + input + 2 * gap + button_size(skin, run).x, at.y - skin.px(2))
                            : ImVec2(at.x, at.y + skin.px(34));
  ImGui::SetCursorScreenPos(first);
  const NamedSlider heat = named_slider(in, ui, "temperature", fmt::format("{:.2f}", ui.temperature),
                                    static_cast<float>(ui.temperature / kHottest), sliders);
  if (heat.position) ui.temperature = std::round(*heat.position * kHottest * 20) / 20;
  if (heat.typed) ui.temperature = std::clamp(*heat.typed, 0.0, kHottest);
  ImGui::SetCursorScreenPos({first.x + sliders + gap, first.y});
  const bool all = ui.sample_top_k == 0;
  const NamedSlider top = named_slider(in, ui, "top-k", all ? std::string("all") : fmt::format("{}", ui.sample_top_k),
                                   all ? 1.0f : static_cast<float>(ui.sample_top_k) / kWidest, sliders);
  if (top.position || top.typed) {
    const double wanted = top.typed ? std::clamp(*top.typed, 1.0, 1.0 * kWidest) : *top.position * kWidest;
    const int k = std::max(1, static_cast<int>(std::lround(wanted)));
    ui.sample_top_k = k >= kWidest ? 0 : k;
  }
}

float controls_height(const PanelInput& in, float width) { return (width > 480 * in.scale ? 36 : 72) * in.scale; }

// The expert of a generated token in the layer shown, -1 where the model has none.
int expert_of(const GeneratedToken& token, int layer) {
  const auto i = static_cast<std::size_t>(layer);
  return i < token.first_expert.size() ? token.first_expert[i] : -1;
}

void draw_output(const PanelInput& in, UiState& ui, int layer, std::size_t experts, ImVec2 size) {
  const std::vector<std::string_view> prompt = characters(ui.generated_from);
  std::vector<viz::StripToken> strip;
  strip.reserve(prompt.size() + ui.generated.size() + 1);
  for (const std::string_view character : prompt) strip.push_back({.text = character, .faint = true});
  for (const GeneratedToken& token : ui.generated) {
    const int expert = expert_of(token, layer);
    viz::StripToken shown{.text = token.text};
    if (expert >= 0) shown.background = viz::category_colour(in.theme, static_cast<std::size_t>(expert));
    if (ui.hovered_expert >= 0 && ui.hovered_expert < static_cast<int>(experts)) {
      shown.emphasised = expert == ui.hovered_expert;
      shown.faint = !shown.emphasised;
      if (shown.faint) shown.background = viz::faded(shown.background, 0.2f);
    }
    strip.push_back(shown);
  }
  // The caret: a block in the accent where the next character will be.
  if (ui.generating) {
    const bool on = std::fmod(in.now_s, 1.0) < 0.6;
    strip.push_back({.text = " ", .background = on ? in.theme.accent : 0});
  }
  const viz::TextStripResult result = viz::text_strip(
      {.id = "output",
       .size = size,
       .tokens = strip,
       .follow_end = !for_figure(in),
       .scroll_bar = !for_figure(in),
       .empty_text = in.run.beside          ? "Only the run that leads is asked to write; Lead makes it this one"
                     : in.status.recorded   ? "A recording has no model to write with"
                     : is_record(in.status) ? "A record writes nothing; Wake model makes its model again"
                                            : "Generate continues the prompt with the model as it is now"},
      in.theme, in.scale);
  panel_hides(in, result.hidden_height);
  int lit = -1;
  if (result.hovered >= static_cast<int>(prompt.size())) {
    const std::size_t at = static_cast<std::size_t>(result.hovered) - prompt.size();
    if (at < ui.generated.size()) {
      lit = expert_of(ui.generated[at], layer);
      std::string text = quoted_token(ui.generated[at].text);
      for (std::size_t l = 0; l < ui.generated[at].first_expert.size(); ++l) {
        text += fmt::format("\n{}  {}{}", layer_name(l), expert_name(ui.generated[at].first_expert[l], experts),
                            static_cast<int>(l) == layer ? "  shown" : "");
      }
      ImGui::SetTooltip("%s", text.c_str());
    }
  }
  light_expert(ui, HoverSource::generation, lit);
}

void fill_table(const UiState& ui, std::size_t layers, Table& table) {
  std::vector<std::string> columns{"position", "token"};
  for (std::size_t layer = 0; layer < layers; ++layer) columns.push_back("first expert, " + layer_name(layer));
  table.set_header(std::move(columns));
  for (std::size_t i = 0; i < ui.generated.size(); ++i) {
    std::vector<Cell> cells{static_cast<std::int64_t>(i), ui.generated[i].text};
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const int expert = expert_of(ui.generated[i], static_cast<int>(layer));
      cells.push_back(expert >= 0 ? Cell(std::int64_t{expert}) : Cell());
    }
    table.add_row(std::move(cells));
  }
}

}  // namespace

void draw_generation_panel(const PanelInput& in, UiState& ui, Commands& out) {
  const std::size_t layers = in.run.history.layers();
  const int layer = shown_layer(ui, layers);
  open_panel(in,
             layers > 0 ? fmt::format("coloured by first expert · {}", layer_name(static_cast<std::size_t>(layer)))
                        : std::string("the model's own text"),
             &notes::generation);
  if (in.status.recorded) {
    draw_empty(in, why_lacking(in.status, RecordedPart::model), "a model that is here would go on with a prompt");
    panel_end(in);
    return;
  }
  one_layer(in, ui, layers);
  if (Table* table = wanted_table(in)) fill_table(ui, layers, *table);
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  if (room.x > 8 * in.scale && room.y > 8 * in.scale) {
    if (!for_figure(in)) draw_controls(in, ui, out, at, room.x, room.y);
    const float controls = std::min(controls_height(in, room.x), room.y < 68 * in.scale ? 36 * in.scale : room.y);
    const float top = for_figure(in) ? 0 : controls + 4 * in.scale;
    if (room.y - top > 8 * in.scale) {
      ImGui::SetCursorScreenPos({at.x, at.y + top});
      draw_output(in, ui, layer, layers > 0 ? in.run.history.experts(static_cast<std::size_t>(layer)) : 0,
                  {room.x, room.y - top});
    }
  }
  panel_end(in);
}

}  // namespace switchyard::app
