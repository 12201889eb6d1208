// From which rank tokens went to whose experts, as a matrix; below it what each rank received of all.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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
#include "viz/plots/matrix.h"

namespace switchyard::app {
namespace {

std::string counted(double value) { return value < 1e5 ? viz::grouped(value) : viz::compact(value); }

void fill_table(const RankTraffic& traffic, Table& table) {
  table.set_header({"from rank", "to rank", "assignments a step", "share of the sender's", "share of all"});
  for (std::size_t from = 0; from < traffic.ranks; ++from)
    for (std::size_t to = 0; to < traffic.ranks; ++to)
      table.add_row({static_cast<std::int64_t>(from), static_cast<std::int64_t>(to), traffic.at(from, to),
                     traffic.sent[from] > 0 ? traffic.at(from, to) / traffic.sent[from] : kMissing,
                     traffic.total > 0 ? traffic.at(from, to) / traffic.total : kMissing});
}

std::string words_of(const RankTraffic& traffic) {
  if (!std::isfinite(traffic.imbalance)) return "No tokens yet.";
  std::string text = fmt::format("Rank {}'s experts get {:.2f} times the mean; {} of all stay with their rank.",
                                 traffic.most_received, traffic.imbalance, viz::percent(traffic.at_home));
  if (std::isfinite(traffic.compute_correlation))
    text += fmt::format(" What ranks get and how long they compute: correlation {:+.2f}.",
                        traffic.compute_correlation);
  return text;
}

void cell_tooltip(const PanelInput& in, const RankTraffic& traffic, std::size_t from, std::size_t to) {
  ImGui::BeginTooltip();
  const bool all = from == traffic.ranks;
  const double rows = all ? traffic.received[to] : traffic.at(from, to),
               of = all ? traffic.total : traffic.sent[from];
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(
        fmt::format("{} to {}", all ? std::string("all ranks") : rank_name(from), rank_name(to)).c_str());
  }
  ImGui::TextUnformatted(fmt::format("{} of {} assignments a step: {}", counted(rows), counted(of),
                                     of > 0 ? viz::percent(rows / of) : "–")
                             .c_str());
  ImGui::Separator();
  draw_note(notes::rank_tokens, {}, in.theme, in.scale);
  ImGui::EndTooltip();
}

void draw_matrix(const PanelInput& in, const RankTraffic& traffic, ImVec2 room) {
  const std::size_t ranks = traffic.ranks;
  std::vector<float> values, shares;
  float most = 0;
  for (std::size_t from = 0; from <= ranks; ++from) {
    const bool all = from == ranks;
    const double sum = all ? traffic.total : traffic.sent[from];
    for (std::size_t to = 0; to < ranks; ++to) {
      const double rows = all ? traffic.received[to] : traffic.at(from, to);
      values.push_back(static_cast<float>(rows));
      shares.push_back(sum > 0 ? static_cast<float>(rows / sum) : viz::MatrixSpec::kNone);
      if (sum > 0) most = std::max(most, shares.back());
    }
  }
  std::vector<std::string> names;
  std::vector<viz::Colour> colours;
  for (std::size_t r = 0; r < ranks; ++r) {
    names.push_back(rank_name(r));
    colours.push_back(rank_colour(in.theme, r));
  }
  names.emplace_back("all");
  colours.push_back(in.theme.text_dim);
  const std::vector<std::string_view> labels(names.begin(), names.end());
  const auto fair = 1.0f / static_cast<float>(ranks);
  const float top = std::clamp(std::max(most, 2 * fair), 0.01f, 1.0f);
  const std::string top_label = viz::percent(top);
  const viz::MatrixResult result =
      viz::matrix({.id = "rank matrix",
                   .size = room,
                   .rows = ranks + 1,
                   .columns = ranks,
                   .values = values,
                   .shares = shares,
                   .share_max = top,
                   .format = counted,
                   .zero_is_empty = false,
                   .row_labels = labels,
                   .column_labels = std::span(labels).first(ranks),
                   .row_colours = colours,
                   .column_colours = std::span<const viz::Colour>(colours).first(ranks),
                   .show_legend = true,
                   .min_label = "0 %",
                   .max_label = top_label,
                   .caption = "of the row's tokens",
                   .reference = fair,
                   .reference_label = "even"},
                  in.theme, in.scale);
  register_item("matrix");
  if (result.row >= 0 && result.column >= 0)
    cell_tooltip(in, traffic, static_cast<std::size_t>(result.row), static_cast<std::size_t>(result.column));
}

}  // namespace

void draw_rank_tokens_panel(const PanelInput& in, UiState& ui, Commands&) {
  const auto shown = shown_ranks(in, ui);
  open_panel(in, shown && !shown->traffic.empty() ? "row: whose tokens, column: whose experts" : "",
             &notes::rank_tokens);
  const Readiness state = readiness(in, false);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "which ranks' tokens went to which ranks' experts");
    return panel_end(in);
  }
  if (!shown) {
    draw_no_ranks(in, "which ranks' tokens went to which ranks' experts");
    return panel_end(in);
  }
  const RankTraffic& traffic = shown->traffic;
  if (traffic.empty()) {
    draw_empty(in, "every rank has all experts: no token leaves its rank",
               "Expert parallel above 1 shares the experts out");
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) fill_table(traffic, *table);
  const Skin skin{in.theme, in.scale};
  if (ImGui::GetContentRegionAvail().y > skin.px(150)) {
    const std::string words = words_of(traffic);
    write_words(in, viz::Font::small, in.theme.text_dim, words);
    register_item("tokens in words", words);
    ImGui::Dummy({0, skin.px(2)});
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x > 1 && room.y > 1) draw_matrix(in, traffic, room);
  panel_end(in);
}

}  // namespace switchyard::app
