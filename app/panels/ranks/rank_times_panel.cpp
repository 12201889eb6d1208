// What each of several processes does with a step: computing, exchanging tokens, summing gradients, and waiting
// for the others, as bars on one scale; who is slowest, in words.
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/ranks/panels.h"
#include "app/panels/ranks/shown_ranks.h"
#include "app/run/words/rank_words.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/plots/stacked_bars.h"

namespace switchyard::app {
namespace {

void fill_table(const ShownRanks& shown, Table& table) {
  table.set_header({"rank", "computing [ms]", "exchanging, without waiting [ms]", "summing, without waiting [ms]",
                    "waiting [ms]", "speed [tokens/s]", "sent [MB]", "first step", "last step", "steps averaged"});
  for (std::size_t r = 0; r < shown.balance.ranks.size(); ++r) {
    const RankShare& share = shown.balance.ranks[r];
    table.add_row({static_cast<std::int64_t>(r), share.compute_ms, share.exchange_ms, share.sum_ms, share.wait_ms,
                   share.tokens_per_s, static_cast<double>(shown.mean.ranks[r].exchange_mb), shown.mean.first,
                   shown.mean.last, static_cast<std::int64_t>(shown.mean.records)});
  }
}

void draw_bars(const PanelInput& in, const ShownRanks& shown, ImVec2 room) {
  const std::size_t ranks = shown.balance.ranks.size();
  std::vector<std::array<float, 4>> parts(ranks);
  std::vector<std::string> names, notes;
  for (std::size_t r = 0; r < ranks; ++r) {
    const RankShare& share = shown.balance.ranks[r];
    parts[r] = {static_cast<float>(share.compute_ms), static_cast<float>(share.exchange_ms),
                static_cast<float>(share.sum_ms), static_cast<float>(share.wait_ms)};
    names.push_back(rank_name(r));
    notes.push_back(share.total_ms() > 0 ? fmt::format("{:.0f} % waiting", 100 * share.wait_ms / share.total_ms())
                                         : std::string());
  }
  std::vector<viz::StackedRow> rows;
  for (std::size_t r = 0; r < ranks; ++r) rows.push_back({.label = names[r], .parts = parts[r], .note = notes[r]});
  const viz::StackedPart kinds[] = {{"computing", viz::curve_colour(in.theme, 0)},
                                    {"exchanging tokens", viz::curve_colour(in.theme, 1)},
                                    {"summing", viz::curve_colour(in.theme, 2)},
                                    {"waiting for others", in.theme.warn, true}};
  const std::string even = fmt::format("with perfect balance {}", ms_text(shown.balance.even_ms));
  const viz::StackedBarsResult result = viz::stacked_bars({.id = "rank bars",
                                                           .size = room,
                                                           .rows = rows,
                                                           .parts = kinds,
                                                           .unit = "ms",
                                                           .format = ms_number,
                                                           .reference = static_cast<float>(shown.balance.even_ms),
                                                           .reference_label = even},
                                                          in.theme, in.scale);
  register_item("bars");
  if (result.row < 0) return;
  ImGui::BeginTooltip();
  rank_tooltip(in, shown, static_cast<std::size_t>(result.row));
  ImGui::Separator();
  draw_note(result.part == 3 ? notes::rank_waiting : notes::rank_times, {}, in.theme, in.scale);
  ImGui::EndTooltip();
}

}  // namespace

void draw_rank_times_panel(const PanelInput& in, UiState& ui, Commands&) {
  const auto shown = shown_ranks(in, ui);
  open_panel(in, shown ? "of a step, " + mean_text(shown->mean) : std::string(), &notes::rank_times);
  if (!shown) {
    draw_no_ranks(in, "what each process does with a step, and how long it waits for the others");
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) fill_table(*shown, *table);
  const Skin skin{in.theme, in.scale};
  if (ImGui::GetContentRegionAvail().y > skin.px(130)) {
    const std::string words = straggler_text(shown->balance);
    write_words(in, viz::Font::body, shown->balance.imbalance < kUneven ? in.theme.text_dim : in.theme.text,
                words);
    register_item("slowest", words);
    ImGui::Dummy({0, skin.px(2)});
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x > 1 && room.y > 1) draw_bars(in, *shown, room);
  panel_end(in);
}

}  // namespace switchyard::app
