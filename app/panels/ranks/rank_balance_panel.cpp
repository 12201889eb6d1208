// How uneven loads become waiting, in sentences, and what perfect balance would save; in one process, how several
// are begun.
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/ranks/panels.h"
#include "app/panels/ranks/shown_ranks.h"
#include "app/run/words/rank_words.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
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

// How one comes to see something here.
void draw_how_to_begin(const PanelInput& in) {
  const Skin skin{in.theme, in.scale};
  in.exports.says_why_not("one process trains this model");
  const auto line = [&](const char* name, viz::Font font, viz::Colour colour, std::string_view text, float gap) {
    write_words(in, font, colour, text);
    if (*name) register_item(name, std::string(text));
    ImGui::Dummy({0, skin.px(gap)});
  };
  line("", viz::Font::bold, in.theme.text, "One process trains this model.", 4);
  line("", viz::Font::body, in.theme.text_dim,
       "Several train one together from a terminal, each with its share of the batch:", 2);
  line("start ranks", viz::Font::mono, in.theme.text, kStartRanks, 6);
  line("", viz::Font::body, in.theme.text_dim, "and are followed here, while they learn and after:", 2);
  line("follow ranks", viz::Font::mono, in.theme.text, kFollowRanks, 6);
  line("", viz::Font::small, in.theme.text_dim,
       "With Expert parallel 2 they share the experts out, and tokens travel.", 0);
}

}  // namespace

void draw_rank_balance_panel(const PanelInput& in, UiState& ui, Commands&) {
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
  } else {
    draw_how_to_begin(in);
  }
  panel_scroll_end(in);
  panel_end(in);
}

}  // namespace switchyard::app
