#include "app/panels/experts/token_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/share_or_lift.h"
#include "app/panels/parts/token_text.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kRow = 16;    // logical pixels a character needs
constexpr float kFrame = 46;  // names of experts above, key below

std::size_t count_at(const VocabularySpecialization& v, std::size_t token, std::size_t expert) {
  return token * static_cast<std::size_t>(v.experts) + expert;
}

void cell_tooltip(const PanelInput& in, const VocabularySpecialization& v, std::size_t index, std::size_t expert) {
  const VocabularySpecialization::Token& token = v.tokens[index];
  const auto experts = static_cast<std::size_t>(v.experts);
  const std::int64_t count = v.counts[count_at(v, index, expert)];
  const double share = static_cast<double>(count) / static_cast<double>(token.occurrences);
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(fmt::format("{} to {}", quoted_token(token.text), expert_name(static_cast<int>(expert), experts)).c_str());
  }
  ImGui::TextUnformatted(fmt::format("{} of {} tokens: {}", viz::grouped(static_cast<double>(count)),
                                     viz::grouped(static_cast<double>(token.occurrences)), viz::percent(share))
                             .c_str());
  {
    const WithFont small(in.theme.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
    const std::string lift = v.overall[expert] > 0 ? viz::times(share / v.overall[expert]) : std::string("–");
    ImGui::TextUnformatted(fmt::format("of all tokens {} ({} lift)\nits own expert is {}: {}, by chance {}",
                                       viz::percent(v.overall[expert]), lift, expert_name(token.expert, experts),
                                       viz::percent(token.share), viz::percent(token.chance))
                               .c_str());
    ImGui::PopStyleColor();
  }
  ImGui::EndTooltip();
}

void select_tokens(const PanelInput& in, UiState& ui, const VocabularySpecialization::Token& token, std::size_t layer, int expert) {
  const Snapshot& look = *in.snapshot;
  const Assignments assignments = assignments_of(look.layers[layer]);
  std::vector<std::uint8_t> chosen(look.tokens->id.size(), 0);
  for (std::size_t t = 0; t < chosen.size(); ++t) {
    if (look.tokens->id[t] != token.id) continue;
    const auto of = assignments.of(t);
    chosen[t] = expert < 0 || std::find(of.begin(), of.end(), expert) != of.end();
  }
  ui.selection = select(look, std::move(chosen), quoted_token(token.text));
}

}  // namespace

std::vector<std::size_t> token_order(const VocabularySpecialization& v, bool frequent) {
  std::vector<std::size_t> order(v.tokens.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (frequent) return order;
  const auto value = [&](std::size_t i) {
    const VocabularySpecialization::Token& token = v.tokens[i];
    return token.chance < 1 ? (token.share - token.chance) / (1 - token.chance) : 0;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return value(a) > value(b); });
  return order;
}

float most_in_token_matrix(const VocabularySpecialization& v) {
  std::vector<double> shares;
  for (std::size_t i = 0; i < v.tokens.size(); ++i)
    for (std::size_t e = 0; e < static_cast<std::size_t>(v.experts); ++e)
      shares.push_back(static_cast<double>(v.counts[count_at(v, i, e)]) /
                       static_cast<double>(v.tokens[i].occurrences));
  return shares.empty() ? 0 : ShareOrLift::top_of(shares, v.even);
}

int draw_token_matrix(const PanelInput& in, UiState& ui, const VocabularySpecialization& v, std::size_t layer, ImVec2 size) {
  const auto experts = static_cast<std::size_t>(v.experts);
  std::vector<std::size_t> order = token_order(v, ui.frequent_tokens);
  const float room = (size.y - kFrame * in.scale) / (kRow * in.scale);
  order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(1.0f, room))));
  std::vector<double> shares, lifts;
  std::vector<std::string> names;
  std::vector<viz::Colour> marks, colours;
  for (const std::size_t i : order) {
    const VocabularySpecialization::Token& token = v.tokens[i];
    names.push_back(fmt::format("{} {:>4}", quoted_token(token.text), token.occurrences));
    marks.push_back(viz::category_colour(in.theme, static_cast<std::size_t>(token.expert)));
    for (std::size_t e = 0; e < experts; ++e)
      shares.push_back(static_cast<double>(v.counts[count_at(v, i, e)]) / static_cast<double>(token.occurrences));
  }
  for (std::size_t e = 0; e < experts; ++e) colours.push_back(viz::category_colour(in.theme, e));
  const ShareOrLift shown(shares, lifts, false, v.even, in.several ? in.several->most : 0);
  const std::vector<std::string> columns = expert_names(experts);
  const std::vector<std::string_view> row_labels(names.begin(), names.end()), column_labels(columns.begin(), columns.end());
  viz::MatrixSpec spec{.id = "token matrix",
                       .size = size,
                       .rows = order.size(),
                       .columns = experts,
                       .row_labels = row_labels,
                       .column_labels = column_labels,
                       .row_colours = marks,
                       .column_colours = colours,
                       .highlighted_column = ui.hovered_expert < v.experts ? ui.hovered_expert : -1,
                       .caption = "share of a character's tokens, %; its colour: its own expert"};
  shown.fill(spec, "k/N");
  const viz::MatrixResult result = viz::matrix(spec, in.theme, in.scale);
  register_item("token matrix", std::to_string(order.size()));
  if (result.row >= 0 && result.column >= 0)
    cell_tooltip(in, v, order[static_cast<std::size_t>(result.row)], static_cast<std::size_t>(result.column));
  if (result.clicked && result.row >= 0)
    select_tokens(in, ui, v.tokens[order[static_cast<std::size_t>(result.row)]], layer, result.column);
  else if (result.clicked)
    pin_expert(ui, result.column);
  return result.column;
}

void fill_token_table(const VocabularySpecialization& v, Table& table) {
  table.set_header({"token", "id", "occurrences", "expert", "of them to the expert", "share", "lift", "expert's share of all",
                    "its own expert", "its share v", "v by chance"});
  for (std::size_t i = 0; i < v.tokens.size(); ++i)
    for (std::size_t e = 0; e < static_cast<std::size_t>(v.experts); ++e) {
      const VocabularySpecialization::Token& token = v.tokens[i];
      const std::int64_t count = v.counts[count_at(v, i, e)];
      const double share = static_cast<double>(count) / static_cast<double>(token.occurrences);
      table.add_row({token.text, std::int64_t{token.id}, token.occurrences, static_cast<std::int64_t>(e), count, share,
                     v.overall[e] > 0 ? Cell(share / v.overall[e]) : Cell(), v.overall[e], std::int64_t{token.expert}, token.share,
                     token.chance});
    }
}

}  // namespace switchyard::app
