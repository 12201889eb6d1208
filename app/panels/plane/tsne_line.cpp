#include "app/panels/plane/tsne_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "app/panels/parts/metric_notes.h"
#include "app/panels/parts/named_slider.h"
#include "app/panels/parts/panel_frame.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kLowBody = 190;  // height of a panel's body below which the line does without its slider

// Of which step the picture is, beside what the other panels show; then how far it is: the end is what may be cut off.
std::string words_of(const PanelInput& in, const TsneRun& run, bool with_perplexity) {
  std::string out = fmt::format("t-SNE of step {}", viz::grouped(static_cast<double>(run.look->step)));
  if (in.snapshot && in.snapshot->step != run.look->step)
    out += fmt::format("; now {}", viz::grouped(static_cast<double>(in.snapshot->step)));
  if (with_perplexity) out += fmt::format(" · perplexity {:.3g}", run.perplexity);
  if (run.state == TsneRun::State::stopped) out += " · stopped";
  if (run.state == TsneRun::State::done) out += fmt::format(" · {} iterations", viz::grouped(run.iterations));
  else out += fmt::format(" · iteration {} of {}", viz::grouped(run.iteration), viz::grouped(run.iterations));
  if (!run.positions.empty()) out += fmt::format(" · KL {:.2f}", run.divergence);
  if (run.every > 1) out += fmt::format(" · every {}th token", run.every);
  return out;
}

// The perplexity to use for so many tokens.
double perplexity_for(const ProjectionView& view, std::size_t tokens) {
  return std::clamp(view.perplexity, TsneHost::kLeastPerplexity, TsneHost::most_perplexity(tokens));
}

}  // namespace

void tsne_line(const PanelInput& in, UiState& ui, const TsneRun* run, std::size_t tokens, std::string_view waiting) {
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos(), free = ImGui::GetContentRegionAvail();
  const bool controls = !for_figure(in);
  const bool low = !controls || free.y < skin.px(kLowBody);  // the plot needs the room
  const float width = free.x, height = low ? skin.px(20) : named_slider_height(in), gap = skin.px(12);
  const bool running = run && run->state == TsneRun::State::running;

  float right = at.x + width;
  if (run && controls) {
    const ButtonSpec spec{.label = running ? "Stop" : "Again", .size = {skin.px(58), skin.px(low ? 20 : 24)}};
    right -= button_size(skin, spec).x;
    ImGui::SetCursorScreenPos({right, at.y + (height - button_size(skin, spec).y) / 2});
    if (button(skin, spec)) {
      if (running) in.run.tsne.stop();
      else ui.projection.wants_again = true;
    }
    right -= gap;
  }
  const float slider = skin.px(96);
  if (!low && right - slider - at.x > skin.px(150)) {
    const double least = TsneHost::kLeastPerplexity, most = TsneHost::most_perplexity(tokens);
    const double used = perplexity_for(ui.projection, tokens), span = std::log(most / least);
    ImGui::SetCursorScreenPos({right - slider, at.y});
    const NamedSlider moved = named_slider(in, ui, "perplexity", fmt::format("{:.3g}", used),
                                           span > 0 ? static_cast<float>(std::log(used / least) / span) : 0.0f, slider);
    if (moved.position && span > 0)
      ui.projection.perplexity = std::round(least * std::exp(span * static_cast<double>(*moved.position)));
    if (moved.typed) ui.projection.perplexity = std::clamp(*moved.typed, least, most);
    right -= slider + gap;
    // A run is cheap: a new one as soon as the mouse lets go.
    if (run && !moved.position && ui.typed_label != "perplexity" && run->perplexity != perplexity_for(ui.projection, run->tokens))
      in.run.tsne.restart(ui.projection.perplexity);
  }

  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  const bool failed = run && run->state == TsneRun::State::failed;
  const std::string words = !waiting.empty() ? std::string(waiting) : failed ? run->error : run ? words_of(in, *run, low) : std::string();
  const float room = std::max(1.0f, right - at.x), middle = at.y + height / 2;
  canvas.text({at.x, middle - skin.px(1)}, viz::ellipsized(canvas, words, room, viz::Font::small),
              failed ? in.theme.bad : in.theme.text_dim, viz::Font::small, viz::Align::start, viz::Align::middle);
  ImGui::SetCursorScreenPos(at);
  ImGui::InvisibleButton("t-SNE", {room, height});
  register_item("t-SNE", words);
  if (ImGui::IsItemHovered()) note_tooltip(notes::tsne, {}, in.theme, in.scale);
  if (running && controls && run->iterations > 0) {
    const float share = static_cast<float>(run->iteration) / static_cast<float>(run->iterations);
    const float y = at.y + height + skin.px(1);
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled({at.x, y}, {at.x + width, y + skin.px(2)}, in.theme.raised, skin.px(1));
    list->AddRectFilled({at.x, y}, {at.x + width * share, y + skin.px(2)}, in.theme.accent, skin.px(1));
  }
  ImGui::SetCursorScreenPos({at.x, at.y + height + skin.px(8)});
}

}  // namespace switchyard::app
