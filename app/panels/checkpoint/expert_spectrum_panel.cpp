// One expert of a checkpoint: the singular values of its matrices, found in the background once it is clicked.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/checkpoint/checkpoint_frame.h"
#include "app/panels/checkpoint/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/progress_line.h"
#include "app/run/words/names.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/format.h"
#include "viz/plots/line_plot.h"

namespace switchyard::app {
namespace {

bool is_at_work(const CheckpointShown& shown, ExpertPlace place) {
  return shown.news->decomposing.runs && shown.news->decomposed == place;
}

// Bar and Cancel, or the button that finds them.
void draw_finding(const PanelInput& in, CheckpointShown& shown, ExpertPlace place, bool found) {
  if (for_figure(in)) return;
  const Skin skin{in.theme, in.scale};
  const CheckpointWork& work = shown.news->decomposing;
  const float height = skin.px(kProgressLine);
  // Of another expert, too: it goes on, and it is ended here alone.
  if (work.runs) {
    const ButtonSpec cancel{.label = "Cancel", .size = {0, height}, .enabled = !shown.cancel_expert_wanted};
    const float width = ImGui::GetContentRegionAvail().x - button_size(skin, cancel).x - skin.px(8);
    const double share = work.planned > 0 ? static_cast<double>(work.done) / static_cast<double>(work.planned) : 0;
    std::string words = "begins…";
    if (work.planned > 0) {
      words = fmt::format("{:.0f} %", std::floor(100 * share));
      if (work.seconds > 1 && share > 0.01) {
        const double left = work.seconds * (1 - share) / share;
        words += left >= 60 ? fmt::format(" · {:.0f} min left", std::ceil(left / 60))
                            : fmt::format(" · {:.0f} s left", std::ceil(left));
      }
    }
    if (!is_at_work(shown, place)) words = expert_words(shown.facts(), shown.news->decomposed) + " · " + words;
    progress_line(skin, share, words, std::max(width, skin.px(40)));
    ImGui::SameLine(0, skin.px(8));
    if (button(skin, cancel)) shown.cancel_expert_wanted = true;
    if (is_at_work(shown, place)) return;
  }
  if (!found && button(skin, {.label = "Find singular values", .look = ButtonLook::primary, .size = {0, height}}))
    choose_expert(shown, place);
  const bool is_of_this = shown.news->decomposed == place;
  if (is_of_this && !work.why_not.empty()) {
    write_words(in, viz::Font::small, in.theme.bad, printable(work.why_not));
    register_item("why not", work.why_not);
  }
}

// "gate  rank 64 of 64, effective 58.3"
std::string rank_words(std::string_view name, const Spectrum& spectrum) {
  if (spectrum.values.empty()) return fmt::format("{}: not all of it are numbers", name);
  return fmt::format(
      "{}: rank {} of {}, effective {}", name, viz::grouped(static_cast<double>(spectrum.rank.value_or(0))),
      viz::grouped(static_cast<double>(spectrum.values.size())), figure_words(spectrum.effective_rank, 4));
}

void draw_spectra(const PanelInput& in, UiState& ui, ExpertPlace place, const ExpertSpectra& spectra) {
  if (Table* table = wanted_table(in)) {
    table->set_header({"layer", "expert", "matrix", "number", "singular value", "rank", "effective rank"});
    for (std::size_t part = 0; part < 3; ++part)
      for (std::size_t i = 0; spectra[part] && i < spectra[part]->values.size(); ++i)
        table->add_row({layer_words(ui.checkpoint->facts(), place.layer), static_cast<std::int64_t>(place.expert),
                        std::string(kExpertMatrixNames[part]), static_cast<std::int64_t>(i + 1),
                        spectra[part]->values[i], *spectra[part]->rank, spectra[part]->effective_rank});
  }
  std::string ranks, drawn;
  for (std::size_t part = 0; part < 3; ++part) {
    if (!spectra[part]) continue;
    std::string words = rank_words(kExpertMatrixNames[part], *spectra[part]);
    ranks += fmt::format("{}{}", ranks.empty() ? "" : "   ", words);
    // A line ends between two matrices.
    for (std::size_t at = 0; (at = words.find(' ', at)) != std::string::npos;) words.replace(at, 1, "\u00a0");
    drawn += fmt::format("{}{}", drawn.empty() ? "" : "   ", words);
  }
  write_words(in, viz::Font::small, in.theme.text, drawn);
  register_item("ranks", ranks);
  std::array<std::vector<double>, 3> x;
  std::array<std::vector<float>, 3> y;
  std::vector<viz::Curve> curves;
  for (std::size_t part = 0; part < 3; ++part) {
    if (!spectra[part] || spectra[part]->values.empty()) continue;
    for (const double value : spectra[part]->values) {
      x[part].push_back(static_cast<double>(x[part].size() + 1));
      y[part].push_back(static_cast<float>(value));
    }
    curves.push_back({.label = kExpertMatrixNames[part],
                      .x = viz::View<double>(x[part].data(), x[part].size()),
                      .y = viz::View<float>(y[part].data(), y[part].size()),
                      .colour = viz::curve_colour(in.theme, part),
                      .marked = x[part].size() <= 32});
  }
  viz::line_plot({.id = "spectrum",
                  .size = ImGui::GetContentRegionAvail(),
                  .curves = curves,
                  .x_name = "singular value",
                  .empty_text = "no numbers",
                  .y_floor = 0,
                  .y_include = 0},
                 ui.plots["expert-spectrum"], nullptr, in.theme, in.scale);
  register_item("spectrum");
}

// Layer and expert as combos, for keys and for whoever knows the number.
void expert_picker(const PanelInput& in, CheckpointShown& shown, ExpertPlace place) {
  int layer = static_cast<int>(place.layer), expert = static_cast<int>(place.expert);
  if (panel_header_combo(in, "layer", &layer, shown.layer_names())) {
    const std::size_t to = static_cast<std::size_t>(layer);
    shown.layer = to;
    shown.expert = {to, std::min(place.expert, shown.layer_at(to).experts.size() - 1)};
  }
  const std::vector<std::string>& names = shown.names_of(shown.layer_at(place.layer).experts.size());
  if (panel_header_combo(in, "expert", &expert, names))
    shown.expert = {place.layer, static_cast<std::size_t>(expert)};
}

}  // namespace

void draw_expert_spectrum_panel(const PanelInput& in, UiState& ui, Commands&) {
  CheckpointShown* const shown = begin_checkpoint(in, ui, "of one expert", notes::singular_values);
  if (!shown) return panel_end(in);
  const ExpertPlace place = shown->expert.value_or(ExpertPlace{shown->layer, 0});
  expert_picker(in, *shown, place);
  const auto known = shown->news->spectra.find(place);
  const bool found = known != shown->news->spectra.end();
  if (const TensorType* const unread = unread_type(*shown, place)) {
    draw_empty(in, fmt::format("its weights are {}, a type that is not read", unread->name));
    return panel_end(in);
  }
  draw_finding(in, *shown, place, found);
  if (found) {
    draw_spectra(in, ui, place, *known->second);
  } else if (is_at_work(*shown, place)) {
    draw_empty(in, "its matrices are decomposed", "of Mixtral's size that takes some minutes");
  } else {
    const bool is_cancelled = shown->news->decomposing.cancelled && shown->news->decomposed == place;
    draw_empty(in, is_cancelled ? "cancelled" : "click an expert in a map",
               "or choose one above: all singular values of its matrices, exactly");
  }
  panel_end(in);
}

}  // namespace switchyard::app
