// How uneven loads become waiting, in sentences, and what perfect balance would save; in one process, how several
// are begun.
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/ranks/panels.h"
#include "app/panels/ranks/shown_ranks.h"
#include "app/run/ranks_begin.h"
#include "app/run/words/rank_words.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "app/ui/widgets.h"
#include "core/base/limits.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

void fill_balance_table(const ShownRanks& shown, Table& table) {
  table.set_header({"figure", "value", "unit", "first step", "last step"});
  const RankBalance& b = shown.balance;
  const auto add = [&](const char* figure, double value, const char* unit) {
    table.add_row({std::string(figure), value, std::string(unit), shown.mean.first, shown.mean.last});
  };
  add("ranks", static_cast<double>(b.ranks.size()), "");
  add("slowest rank", static_cast<double>(b.slowest), "");
  add("longest computing over mean", b.imbalance, "1 to ranks");
  add("step", b.step_ms, "ms");
  add("waiting, mean over ranks", b.wait_ms, "ms");
  add("step with perfect balance", b.even_ms, "ms");
  if (shown.traffic.empty()) return;
  add("most received over mean", shown.traffic.imbalance, "1 to ranks");
  add("tokens that stay with their rank", shown.traffic.at_home, "share");
  add("correlation of received and computing", shown.traffic.compute_correlation, "-1 to 1");
}

void draw_sentences(const PanelInput& in, const ShownRanks& shown) {
  const RankSentences said = rank_sentences(shown.balance, shown.traffic);
  const auto paragraph = [&](const char* name, viz::Font font, viz::Colour colour, const std::string& text) {
    if (text.empty()) return;
    write_words(in, font, colour, text);
    register_item(name, text);
  };
  paragraph("slow", viz::Font::body, in.theme.text, said.slow);
  paragraph("waits", viz::Font::body, in.theme.text, said.waits);
  paragraph("even", viz::Font::bold, in.theme.text, said.even);
  paragraph("how", viz::Font::small, in.theme.text_dim,
            "Mean computing, least exchange, least sums: as much work, nobody waited for. Left out: waits that "
            "cancel within "
            "a step, and what uneven rows cost on the wire.");
}

// The next button stands beside the last one where there is room.
bool row_button(const Skin& skin, const ButtonSpec& spec, bool first) {
  if (!first) {
    ImGui::SameLine(0, skin.px(6));
    if (ImGui::GetContentRegionAvail().x < button_size(skin, spec).x) ImGui::NewLine();
  }
  return button(skin, spec);
}

void draw_check(const PanelInput& in, UiState& ui, const Skin& skin, bool first_button) {
  RanksShown& ranks = ui.ranks;
  if (row_button(skin, {.label = "Self-check", .enabled = !ranks.check_runs}, first_button))
    ranks.check_wanted = true;
  if (mouse_rests("Self-check"))
    tooltip(
        skin, "Self-check",
        "Do two processes compute what one does, on this machine? 32 configurations of gates, overflows, losses "
        "and noise in each layout, held against one process. Some 10 s, by processes of their own.");
  if (ranks.check_words.empty()) return;
  ImGui::Dummy({0, skin.px(3)});
  write_words(in, viz::Font::small, ranks.check_failed ? in.theme.bad : in.theme.text, ranks.check_words);
  register_item("self-check words", ranks.check_words);
}

// Beginning them, and the check.
void draw_begin_buttons(const PanelInput& in, UiState& ui, Commands& out, const Skin& skin) {
  const std::string why_not = why_no_ranks(in, ui);
  bool first = true;
  if (why_not.empty())
    for (const std::int64_t processes : processes_that_fit(*in.status.config, usable_cores())) {
      const std::string label = fmt::format("Train with {} processes", processes);
      if (row_button(skin, {.label = label, .look = first ? ButtonLook::primary : ButtonLook::plain}, first))
        begin_ranks(in, ui, out, processes);
      if (mouse_rests(label))
        tooltip(skin, label,
                "A new run with these settings, by processes of their own. It is followed here, and goes on when "
                "the window closes; what learns in the window pauses.");
      first = false;
    }
  else write_words(in, viz::Font::small, in.theme.text_dim, why_not);
  draw_check(in, ui, skin, first);
  ImGui::Dummy({0, skin.px(6)});
}

// Of those that were begun here: to end them.
void draw_end_button(const PanelInput& in, UiState& ui, const Skin& skin) {
  if (for_figure(in) || !ui.ranks.run || ui.ranks.folder != in.status.run_folder) return;
  ImGui::Dummy({0, skin.px(4)});
  if (button(skin, "Save and end them")) ui.ranks.end_wanted = true;
  if (mouse_rests("Save and end them"))
    tooltip(skin, "Save and end them",
            "They finish the step, write model and checkpoint, and end. The run can be gone on with, here or by "
            "several processes.");
}

// How one comes to see something here.
void draw_how_to_begin(const PanelInput& in, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  in.exports.says_why_not("one process trains this model");
  const auto line = [&](const char* name, viz::Font font, viz::Colour colour, std::string_view text, float gap) {
    write_words(in, font, colour, text);
    if (*name) register_item(name, std::string(text));
    ImGui::Dummy({0, skin.px(gap)});
  };
  line("", viz::Font::bold, in.theme.text, "One process trains this model.", 4);
  if (!for_figure(in)) draw_begin_buttons(in, ui, out, skin);
  line("", viz::Font::body, in.theme.text_dim,
       "Several train one together, each with its share of the batch. From a terminal:", 2);
  line("start ranks", viz::Font::mono, in.theme.text, kStartRanks, 6);
  line("", viz::Font::body, in.theme.text_dim, "and are followed here, while they learn and after:", 2);
  line("follow ranks", viz::Font::mono, in.theme.text, kFollowRanks, 6);
  line("", viz::Font::small, in.theme.text_dim,
       "With Expert parallel 2 they share the experts out, and tokens travel.", 0);
}

}  // namespace

void draw_rank_balance_panel(const PanelInput& in, UiState& ui, Commands& out) {
  const auto shown = shown_ranks(in, ui);
  open_panel(in, shown ? mean_text(shown->mean) : std::string(), &notes::rank_balance);
  if (!shown && (in.run.history.empty() || !in.run.history.ranks().empty())) {
    draw_no_ranks(in, "how uneven loads become waiting");
    return panel_end(in);
  }
  panel_scroll_begin(in, "balance");
  if (shown) {
    if (Table* table = wanted_table(in)) fill_balance_table(*shown, *table);
    draw_sentences(in, *shown);
    draw_end_button(in, ui, {in.theme, in.scale});
  } else {
    draw_how_to_begin(in, ui, out);
  }
  panel_scroll_end(in);
  panel_end(in);
}

}  // namespace switchyard::app
