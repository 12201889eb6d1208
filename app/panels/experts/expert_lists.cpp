#include "app/panels/experts/expert_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/panels/parts/label_choice.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/parts/share_rows.h"
#include "app/panels/parts/token_text.h"
#include "app/ui/widgets.h"
#include "core/insight/layer_flow.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/base/named_text.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

// Empty where it was not recorded.
std::string weight_text(float weight) {
  return std::isfinite(weight) ? fmt::format("{:.2f}", weight) : std::string();
}

void list_tooltip(const PanelInput& in, const std::string& title, const std::string& body, const MetricNote& note) {
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(viz::named_text(title).c_str());
  }
  ImGui::TextUnformatted(viz::named_text(body).c_str());
  ImGui::Separator();
  draw_note(note, {}, in.theme, in.scale);
  ImGui::EndTooltip();
}

}  // namespace

std::string shown_share(double value) { return std::isfinite(value) ? viz::percent(value) : std::string("–"); }
std::string times_text(double value) { return std::isfinite(value) ? viz::times(value) : std::string("–"); }
const char* what_of(const PanelInput& in) { return in.snapshot->points ? "points" : "tokens"; }
viz::Colour ink_of(const PanelInput& in, int expert) { return viz::category_colour(in.theme, static_cast<std::size_t>(expert)); }

void list_title(const PanelInput& in, const char* title, std::string_view reference, const MetricNote& note, float width) {
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  const float words = canvas.text_size(title, viz::Font::small).x;
  ImGui::InvisibleButton(title, {std::max(1.0f, std::min(words, width)), skin.px(kListTitle - 3)});
  register_item(title, reference);
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) note_tooltip(note, {}, in.theme, in.scale);
  canvas.text(at, viz::ellipsized(canvas, title, width, viz::Font::small), hovered ? in.theme.text : in.theme.text_dim, viz::Font::small);
  canvas.text({at.x + width, at.y}, viz::ellipsized(canvas, reference, width - words - skin.px(10), viz::Font::small), in.theme.text_dim,
              viz::Font::small, viz::Align::end);
  ImGui::SetCursorScreenPos({at.x, at.y + skin.px(kListTitle)});
}

void draw_tokens(const PanelInput& in, UiState& ui, const ExpertCard& card, std::size_t most, float width) {
  const ExpertProfile& p = *card.profile;
  list_title(in, "characteristic tokens", fmt::format("mark: {} of all", shown_share(p.share)),
             notes::expert_tokens, width);
  std::vector<ShareRow> rows;
  for (std::size_t i = 0; i < std::min(most, p.top.size()); ++i) {
    const TokenOfExpert& token = p.top[i];
    const double share = static_cast<double>(token.count) / static_cast<double>(token.occurrences);
    rows.push_back({.name = quoted_token(token.text),
                    .share = share,
                    .reference = p.share,
                    .figure = fmt::format("{:>3.0f} % of {:<4} {}", 100 * share, token.occurrences, times_text(token.lift))});
  }
  if (rows.empty()) return write_words(in, viz::Font::small, in.theme.text_dim, "no token comes here more often than the rest", width);
  const ShareRowsResult result =
      share_rows(in, {.id = "token", .rows = rows, .colour = ink_of(in, card.expert), .row_height = kListRow * in.scale}, width);
  const int meant = result.clicked >= 0 ? result.clicked : result.hovered;
  if (meant < 0) return;
  const TokenOfExpert& token = p.top[static_cast<std::size_t>(meant)];
  if (result.hovered >= 0)
    list_tooltip(in, fmt::format("{} to {}", quoted_token(token.text), expert_name(card.expert, card.experts)),
                 fmt::format("{} of {} tokens; by its load {:.1f} of them, z = {:.1f}", token.count,
                             token.occurrences, p.share * static_cast<double>(token.occurrences), token.z),
                 notes::expert_tokens);
  if (result.clicked < 0) return;
  std::vector<std::uint8_t> chosen(in.snapshot->tokens->id.size());
  for (std::size_t t = 0; t < chosen.size(); ++t) chosen[t] = in.snapshot->tokens->id[t] == token.id;
  ui.selection = select(*in.snapshot, std::move(chosen), quoted_token(token.text));
}

void draw_labels(const PanelInput& in, UiState& ui, const ExpertCard& card, const LabelList& list, std::size_t most, float width) {
  const ExpertProfile& p = *list.profile;
  const LabelKind kind = list.kind;
  const char* title = kind == LabelKind::domain        ? "domains"
                      : kind == LabelKind::character   ? "kinds of character"
                      : kind == LabelKind::point_class ? "classes"
                                                       : "shapes";
  list_title(in, title, "mark: chance " + shown_share(p.chance), notes::specialization, width);
  std::vector<ShareRow> rows;
  double full = 2 * p.chance;
  for (std::size_t i = 0; i < std::min(most, p.labels.size()); ++i) {
    const ExpertProfile::Label& label = p.labels[i];
    full = std::max(full, label.share);
    rows.push_back({.name = label.name,
                    .swatch = label_colour(in.theme, kind, label.index),
                    .share = label.share,
                    .reference = p.chance,
                    .figure = fmt::format("{:>6} {:>6}", shown_share(label.share), times_text(label.lift))});
  }
  if (rows.empty()) return write_words(in, viz::Font::small, in.theme.text_dim, fmt::format("these {} have no labels", what_of(in)), width);
  const std::string id = list.profile == card.profile ? "label" : "other label";
  const ShareRowsResult result = share_rows(
      in, {.id = id, .rows = rows, .colour = ink_of(in, card.expert), .full = full, .row_height = kListRow * in.scale}, width);
  const int meant = result.clicked >= 0 ? result.clicked : result.hovered;
  if (meant < 0) return;
  const ExpertProfile::Label& label = p.labels[static_cast<std::size_t>(meant)];
  if (result.hovered >= 0)
    list_tooltip(
        in, fmt::format("{} to {}", label.name, expert_name(card.expert, card.experts)),
        fmt::format("{} of {}; {} of all, so lift {}", viz::grouped(static_cast<double>(label.mine)),
                    viz::grouped(static_cast<double>(label.tokens)), shown_share(p.share), times_text(label.lift)),
        notes::specialization);
  if (result.clicked >= 0)
    ui.selection = select(*in.snapshot, with_label(labels_of(*in.snapshot, kind), static_cast<std::int32_t>(label.index)), label.name);
}

void draw_contexts(const PanelInput& in, UiState& ui, const ExpertCard& card, std::size_t most, float width, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const ExpertProfile& p = *card.profile;
  const ProbeTokens& tokens = *in.snapshot->tokens;
  list_title(in, "in context", "combine weight", notes::expert_examples, width);
  if (p.examples.empty()) return write_words(in, viz::Font::small, t.text_dim, "none of these tokens comes here", width);
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float letter = std::max(1.0f, canvas.text_size("0", viz::Font::mono_small).x), row = kListRow * in.scale;
  const float figures = canvas.text_size("0.00", viz::Font::mono_small).x + skin.px(8), text = width - figures;
  const auto reach = static_cast<std::size_t>(std::max(2.0f, (text / letter - 5) / 2));
  const float middle_x = at.x + text / 2;
  for (std::size_t i = 0; i < std::min(most, p.examples.size()); ++i) {
    const std::size_t token = p.examples[i];
    const float top = at.y + row * static_cast<float>(i), middle = top + row / 2;
    ImGui::SetCursorScreenPos({at.x, top});
    const std::string name = fmt::format("context {}", i);
    if (press_area(name, {std::max(1.0f, width), row}).pressed) {
      inspect_token(in.status, ui, static_cast<int>(token), Inspect::no_layer, out);
      ui.passage = token / static_cast<std::size_t>(std::max(1, tokens.sequence_length));
    }
    register_item(name, tokens.text[token]);
    if (ImGui::IsItemHovered()) {
      canvas.rect_fill({at.x - skin.px(3), top, at.x + width + skin.px(3), top + row}, t.raised, skin.px(3));
      token_tooltip(in, card.layer, token, false);
    }
    const std::string& own = tokens.text[token];
    const std::string word = own == "\n" ? "↵" : own == " " ? "␣" : own == "\t" ? "→" : own;
    const float half = canvas.text_size(word, viz::Font::mono_small).x / 2;
    const viz::Colour ink = ink_of(in, card.expert);
    canvas.push_clip({at.x, top, at.x + text, top + row});
    canvas.text({middle_x - half - skin.px(2), middle}, context_before(tokens, token, reach), t.text_dim, viz::Font::mono_small,
                viz::Align::end, viz::Align::middle);
    canvas.rect_fill({middle_x - half - skin.px(1), top + skin.px(1), middle_x + half + skin.px(1), top + row - skin.px(1)}, ink, skin.px(2));
    canvas.text({middle_x, middle}, word, viz::text_on(ink), viz::Font::mono_small, viz::Align::middle, viz::Align::middle);
    canvas.text({middle_x + half + skin.px(2), middle}, context_after(tokens, token, reach), t.text_dim, viz::Font::mono_small,
                viz::Align::start, viz::Align::middle);
    canvas.pop_clip();
    canvas.text({at.x + width, middle}, weight_text(p.example_weight[i]), t.text_dim, viz::Font::mono_small,
                viz::Align::end, viz::Align::middle);
  }
  ImGui::SetCursorScreenPos({at.x, at.y + row * static_cast<float>(std::min(most, p.examples.size()))});
}

void draw_points(const PanelInput& in, const ExpertCard& card, std::size_t most, float width) {
  const ExpertProfile& p = *card.profile;
  const ProbePoints& points = *in.snapshot->points;
  list_title(in, "surest points", "combine weight", notes::expert_examples, width);
  if (p.examples.empty()) return write_words(in, viz::Font::small, in.theme.text_dim, "none of these points comes here", width);
  std::vector<ShareRow> rows;
  for (std::size_t i = 0; i < std::min(most, p.examples.size()); ++i) {
    const std::size_t point = p.examples[i], label = static_cast<std::size_t>(points.label[point]);
    const float x = points.xy[2 * point], y = points.xy[2 * point + 1];
    rows.push_back({.name = fmt::format(
                        "{} at {}", label < points.class_names.size() ? points.class_names[label] : "?",
                        has_own_units(points) ? place_text(points, x, y) : fmt::format("({:.2f}, {:.2f})", x, y)),
                    .swatch = class_colour(in.theme, label),
                    .share = kMissing,
                    .figure = weight_text(p.example_weight[i])});
  }
  const ShareRowsResult result =
      share_rows(in, {.id = "point", .rows = rows, .chooses = false, .row_height = kListRow * in.scale}, width);
  if (result.hovered >= 0) point_tooltip(in, card.layer, p.examples[static_cast<std::size_t>(result.hovered)]);
}

}  // namespace switchyard::app
