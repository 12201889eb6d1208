#include "app/panels/checkpoint/checkpoint_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/progress_line.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

bool is_all_read(const CheckpointNews& news) {
  return std::all_of(news.experts.begin(), news.experts.end(), [](const auto& one) { return one != nullptr; });
}

std::uint64_t bytes_left(const CheckpointShown& shown) {
  std::uint64_t bytes = 0;
  for (std::size_t l = 0; l < shown.news->experts.size(); ++l)
    if (!shown.news->experts[l]) bytes += shown.layer_at(l).bytes();
  return bytes;
}

}  // namespace

CheckpointShown* begin_checkpoint(const PanelInput& in, UiState& ui, std::string_view subtitle,
                                  const MetricNote& note) {
  open_panel(in, ui.checkpoint ? subtitle : std::string_view(), &note);
  if (ui.checkpoint) return ui.checkpoint.get();
  draw_empty(in, "no checkpoint is open", "drop a .safetensors, its index or its folder on the window");
  return nullptr;
}

std::size_t checkpoint_layer(const PanelInput& in, CheckpointShown& shown) {
  const std::size_t layers = shown.facts().model.layers.size();
  int now = static_cast<int>(std::min(shown.layer, layers - 1));
  const int last = static_cast<int>(layers) - 1;
  if (panel_header_combo(in, "layer", &now, shown.layer_names())) shown.layer = static_cast<std::size_t>(now);
  if (layers > 1) {
    if (header_arrow(in, "next layer", Arrow::right, now < last)) ++now;
    if (header_arrow(in, "previous layer", Arrow::left, now > 0)) --now;
  }
  return shown.layer = static_cast<std::size_t>(std::clamp(now, 0, last));
}

void pass_line(const PanelInput& in, CheckpointShown& shown) {
  if (for_figure(in)) return;
  const Skin skin{in.theme, in.scale};
  const CheckpointWork& pass = shown.news->pass;
  const float height = skin.px(kProgressLine);
  if (pass.runs) {
    const ButtonSpec cancel{.label = "Cancel", .size = {0, height}, .enabled = !shown.cancel_pass_wanted};
    const float width = ImGui::GetContentRegionAvail().x - button_size(skin, cancel).x - skin.px(8);
    const double share = pass.planned > 0 ? static_cast<double>(pass.done) / static_cast<double>(pass.planned) : 0;
    progress_line(skin, share, progress_words(pass), std::max(width, skin.px(40)));
    ImGui::SameLine(0, skin.px(8));
    if (button(skin, cancel)) shown.cancel_pass_wanted = true;
    return;
  }
  if (is_all_read(*shown.news)) return;
  const ExpertModel& model = shown.facts().model;
  // Why it cannot begin, if so.
  const std::string& not_now =
      shown.news->changed.empty() && model.has_unread_experts ? model.unread : shown.news->changed;
  const bool can = not_now.empty();
  const std::string label = fmt::format("Read all · {}", bytes_words(bytes_left(shown)));
  if (button(
          skin,
          {.label = label, .look = ButtonLook::primary, .size = {0, height}, .enabled = can, .name = "Read all"}))
    shown.read_all_wanted = true;
  if (mouse_rests("Read all"))
    tooltip(
        skin, "Read all experts once",
        can ? "Norms are exact, cosines come from sketches. A few megabytes are held at a time; what learns goes "
              "on, and it can be cancelled."
            : printable(not_now));
  const std::string& why = pass.why_not.empty() ? not_now : pass.why_not;
  if (why.empty()) return;
  write_words(in, viz::Font::small, pass.why_not.empty() ? in.theme.warn : in.theme.bad, printable(why));
  register_item("why not", why);
}

void draw_unread(const PanelInput& in, CheckpointShown& shown, std::string_view what) {
  pass_line(in, shown);
  const CheckpointWork& pass = shown.news->pass;
  if (pass.runs) return draw_empty(in, "this layer is on its way", what);
  const bool can = !shown.facts().model.has_unread_experts;
  draw_empty(in,
             can ? "the experts' weights are not read yet" : "the experts' weights are of a type that is not read",
             what);
}

void figure_tooltip(const PanelInput& in, std::string_view title, std::string_view figures, std::string_view dim) {
  const Skin skin{in.theme, in.scale};
  tooltip(skin, title, figures, dim);
}

std::string figure_words(double value, int digits) {
  return std::isnan(value) ? std::string("–") : viz::significant(value, digits);
}

}  // namespace switchyard::app
