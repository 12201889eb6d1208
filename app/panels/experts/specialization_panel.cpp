// Which expert gets which share of each label's tokens, in one layer; and how well experts and labels agree, against
// shuffled labels, in every layer.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/experts/panels.h"
#include "app/panels/experts/token_matrix.h"
#include "app/panels/parts/label_choice.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/share_or_lift.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/derived/insight_cache.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "core/insight/layer_flow.h"
#include "core/insight/specialization.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/base/named_text.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/line_plot.h"
#include "viz/plots/matrix.h"

namespace switchyard::app {
namespace {

// Agreement at the kept looks of a model, as far as it is worked out: NMI and ARI with labels, and what characters
// say.
struct Course {
  std::vector<double> x;
  std::vector<LayerAgreement> found;  // as long

  template <class Value>
  std::vector<float> curve(Value value) const {
    std::vector<float> out;
    for (const LayerAgreement& one : found) out.push_back(static_cast<float>(value(one)));
    return out;
  }
};

Course course_of(const PanelInput& in, const UiState& ui, const Snapshot& shown, std::size_t layer,
                 LabelKind kind) {
  Course out;
  for (std::size_t i = 0; i < in.run.kept.size(); ++i) {
    const Snapshot& look = *in.run.kept[i].snapshot;
    const LayerAgreement* found = look.model_id == shown.model_id
                                      ? in.run.insight.agreement(look, layer, kind, ui.selection.chosen)
                                      : nullptr;
    if (!found) continue;
    out.x.push_back(in.run.kept[i].x);
    out.found.push_back(*found);
  }
  return out;
}

// Below the matrix: the figures of the shown look, then their curves.
constexpr const char* kFigureColumns[] = {"figure", "step", "value"};

void fill_agreement(const PanelInput& in, const UiState& ui, const Snapshot& look, std::size_t layer,
                    LabelKind kind, Table& table) {
  const std::size_t before = table.columns().size() - std::size(kFigureColumns);
  const auto add = [&](double step, const LayerAgreement& found) {
    const auto row = [&](const char* what, double value) {
      std::vector<Cell> cells(before);
      cells.emplace_back(std::string(what));
      cells.emplace_back(step);
      cells.emplace_back(value);
      table.add_row(std::move(cells));
    };
    row("NMI", found.all.nmi);
    row("NMI of first choices", found.first.nmi);
    row("ARI of first choices", found.first.ari);
    if (look.tokens) row("vocabulary specialization", found.vocabulary);
  };
  const double now = static_cast<double>(look.step);
  const LayerAgreement* found = in.run.insight.agreement(look, layer, kind, ui.selection.chosen);
  const bool shown = found != nullptr;
  if (found) add(now, *found);
  const Course course = course_of(in, ui, look, layer, kind);
  for (std::size_t i = 0; i < course.x.size(); ++i)
    if (!shown || course.x[i] != now) add(course.x[i], course.found[i]);
}

void fill_table(const Specialization& s, const std::vector<std::string>& labels, Table& table) {
  table.set_header({"label", "expert", "tokens of the label", "of them to the expert", "share", "lift", "chance k/N", "expert's share of all"});
  for (std::int32_t d = 0; d < s.labels; ++d)
    for (std::int32_t e = 0; e < s.experts; ++e) {
      const auto at = static_cast<std::size_t>(d * s.experts + e);
      table.add_row({labels[static_cast<std::size_t>(d)], std::int64_t{e}, s.tokens[static_cast<std::size_t>(d)], s.counts[at], s.share[at],
                     s.lift[at], s.chance, s.overall[static_cast<std::size_t>(e)]});
    }
}

void cell_tooltip(const PanelInput& in, const Specialization& s, const std::string& label, std::size_t row, int column) {
  const std::size_t at = row * static_cast<std::size_t>(s.experts) + static_cast<std::size_t>(column);
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(
        fmt::format("{} to {}", viz::named_text(label), expert_name(column, static_cast<std::size_t>(s.experts)))
            .c_str());
  }
  ImGui::TextUnformatted(fmt::format("{} of {} tokens: {}", viz::grouped(static_cast<double>(s.counts[at])),
                                     viz::grouped(static_cast<double>(s.tokens[row])),
                                     std::isfinite(s.share[at]) ? viz::percent(s.share[at]) : "–")
                             .c_str());
  {
    const WithFont small(in.theme.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
    ImGui::TextUnformatted(fmt::format("of all tokens {} ({} lift); by chance k/N = {}",
                                       viz::percent(s.overall[static_cast<std::size_t>(column)]),
                                       std::isfinite(s.lift[at]) ? viz::times(s.lift[at]) : "–",
                                       viz::percent(s.chance))
                               .c_str());
    ImGui::PopStyleColor();
  }
  ImGui::EndTooltip();
}

std::string figure(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : std::string("–"); }

// One line of figures below the matrix, each with its own explanation.
void draw_figures(const PanelInput& in, const LayerAgreement* found, bool is_text) {
  const Skin skin{in.theme, in.scale};
  struct Figure {
    const char* name;
    double value;
    const MetricNote* note;
  };
  std::vector<Figure> figures{{"NMI", found ? found->all.nmi : kMissing, &notes::nmi},
                              {"first choice", found ? found->first.nmi : kMissing, &notes::nmi_first},
                              {"ARI", found ? found->first.ari : kMissing, &notes::ari}};
  if (is_text) figures.push_back({"vocabulary", found ? found->vocabulary : kMissing, &notes::vocabulary});
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  const float widest_value = canvas.text_size("-0.000", viz::Font::mono_small).x, space = skin.px(6);
  const auto width_of = [&](const Figure& f) {
    return canvas.text_size(f.name, viz::Font::small).x + space + widest_value;
  };
  const auto taken = [&] {
    float sum = skin.px(10) * static_cast<float>(figures.size() - 1);
    for (const Figure& f : figures) sum += width_of(f);
    return sum;
  };
  // Where they do not all fit, the first choices' goes before the others.
  while (figures.size() > 1 && taken() > room.x)
    figures.erase(figures.size() > 2 ? figures.begin() + 1 : figures.end() - 1);
  const float between = std::max(0.0f, room.x - taken()) / static_cast<float>(figures.size()) + skin.px(10);
  float x = at.x;
  for (const Figure& f : figures) {
    const float name = canvas.text_size(f.name, viz::Font::small).x;
    canvas.text({x, at.y}, f.name, in.theme.text_dim, viz::Font::small);
    canvas.text({x + name + space, at.y}, figure(f.value), in.theme.text, viz::Font::mono_small);
    ImGui::SetCursorScreenPos({x, at.y});
    ImGui::InvisibleButton(f.name, {width_of(f), skin.px(18)});
    register_item(f.name, figure(f.value));
    if (ImGui::IsItemHovered()) note_tooltip(*f.note, figure(f.value), in.theme, in.scale);
    x += width_of(f) + between;
  }
}

void draw_over_time(const PanelInput& in, UiState& ui, const Snapshot& shown, std::size_t layer, LabelKind kind, ImVec2 size) {
  const bool tokens = ui.specialization == SpecializationFigure::tokens;
  const Course course = course_of(in, ui, shown, layer, kind);
  const std::array<std::vector<float>, 2> y{
      course.curve([&](const LayerAgreement& one) { return tokens ? one.vocabulary : one.all.nmi; }),
      course.curve([](const LayerAgreement& one) { return one.first.ari; })};
  const viz::View<double> steps(course.x);
  const std::array<std::string_view, 2> names{tokens ? "vocabulary" : "NMI", "ARI"};
  std::vector<viz::Curve> curves;
  for (std::size_t c = 0; c < (tokens ? 1 : y.size()); ++c)
    curves.push_back({.label = names[c], .x = steps, .y = y[c], .colour = viz::curve_colour(in.theme, c), .thickness = 2, .sparse = true});
  const viz::ReferenceLine chance{.y = 0, .label = "chance"};
  // Runs side by side have one scale: all steps of theirs, and all there can be.
  std::vector<double> all_x;
  const std::vector<float> all_y{0, 1};
  std::vector<viz::Curve> beside;
  if (in.several && !curves.empty()) {
    const auto [first, last] = all_steps(in);
    all_x = {first, last};
    beside.push_back({.x = all_x, .y = all_y});
  }
  const EventMarks marks(in.run.history, in.theme, false, shown_x(ui.timeline));
  const viz::LinePlotResult result = viz::line_plot({.id = "agreement",
                                                     .size = size,
                                                     .curves = curves,
                                                     .beside = beside,
                                                     .references = std::span(&chance, 1),
                                                     .events = marks.marks(),
                                                     .empty_text = "from the first looks at the model",
                                                     .y_include = 0},
                                                    ui.plots["agreement"], &ui.hover, in.theme, in.scale);
  register_item("agreement over time", std::to_string(course.x.size()));
  if (result.view_changed) share_x_range(ui, "agreement");
  marks.tooltip(in, result.hovered_event);
}

// Labels that the look has tokens of, chosen or not: a text without digits needs no row for them, and a selection moves none.
std::vector<std::size_t> present_labels(const Labels& labels) {
  std::vector<std::uint8_t> seen(labels.names.size());
  for (const std::int32_t label : labels.of)
    if (label >= 0 && static_cast<std::size_t>(label) < seen.size()) seen[static_cast<std::size_t>(label)] = 1;
  std::vector<std::size_t> present;
  for (std::size_t d = 0; d < seen.size(); ++d)
    if (seen[d]) present.push_back(d);
  return present;
}

// Label by expert. Returns the expert under the mouse, -1: none.
int draw_label_matrix(const PanelInput& in, UiState& ui, const LabelMatrix& matrix, std::size_t layer, LabelKind kind, ImVec2 size) {
  const Snapshot& look = *in.snapshot;
  const Specialization& s = matrix.of;
  const Labels whole = labels_of(look, kind);
  const bool lifts = ui.specialization == SpecializationFigure::lift;
  const auto experts = static_cast<std::size_t>(s.experts);
  const std::vector<std::size_t> present = present_labels(whole);
  std::vector<double> shares, as_lifts;
  std::vector<std::string_view> rows;
  std::vector<viz::Colour> expert_colours, label_colours;
  for (const std::size_t d : present) {
    const auto from = static_cast<std::ptrdiff_t>(d * experts), to = from + s.experts;
    shares.insert(shares.end(), s.share.begin() + from, s.share.begin() + to);
    as_lifts.insert(as_lifts.end(), s.lift.begin() + from, s.lift.begin() + to);
    rows.push_back(whole.names[d]);
    label_colours.push_back(label_colour(in.theme, kind, d));
  }
  const ShareOrLift shown(shares, as_lifts, lifts, s.chance, in.several ? in.several->most : 0);
  const std::vector<std::string> names = expert_names(experts);
  const std::vector<std::string_view> columns(names.begin(), names.end());
  for (std::size_t e = 0; e < experts; ++e) expert_colours.push_back(viz::category_colour(in.theme, e));
  viz::MatrixSpec spec{.id = "specialization",
                       .size = size,
                       .rows = rows.size(),
                       .columns = experts,
                       .row_labels = rows,
                       .column_labels = columns,
                       .row_colours = label_colours,
                       .column_colours = expert_colours,
                       .highlighted_column = ui.hovered_expert < s.experts ? ui.hovered_expert : -1,
                       .caption = lifts ? "against the expert's share of all tokens" : "share of a label's tokens, %"};
  shown.fill(spec, "k/N");
  const viz::MatrixResult result = viz::matrix(spec, in.theme, in.scale);
  register_item("matrix", shown.scale_text());
  const std::size_t label = result.row >= 0 ? present[static_cast<std::size_t>(result.row)] : 0;
  if (result.clicked && result.row >= 0) {
    // A label selects its tokens, a cell those of them that went to the expert.
    std::vector<std::uint8_t> chosen = with_label(whole, static_cast<std::int32_t>(label));
    const Assignments assignments = assignments_of(look.layers[layer]);
    for (std::size_t t = 0; t < chosen.size() && result.column >= 0; ++t) {
      const auto of = assignments.of(t);
      chosen[t] = chosen[t] && std::find(of.begin(), of.end(), result.column) != of.end();
    }
    ui.selection = select(look, std::move(chosen), whole.names[label]);
  } else if (result.clicked) {
    pin_expert(ui, result.column);
  }
  if (result.row >= 0 && result.column >= 0)
    cell_tooltip(in, s, whole.names[label], label, result.column);
  return result.column;
}

// What the panel shows; a choice of rows in place of the labels where they are characters.
void pick_figure(const PanelInput& in, UiState& ui, const Snapshot& look) {
  std::vector<std::string> figures{"share", "lift"};
  if (look.tokens) figures.emplace_back("tokens");
  int as = static_cast<int>(ui.specialization);
  if (as >= static_cast<int>(figures.size())) as = 0;
  if (panel_header_combo(in, "figure", &as, figures)) ui.specialization = static_cast<SpecializationFigure>(as);
  if (ui.specialization != SpecializationFigure::tokens || !look.tokens) return;
  int order = ui.frequent_tokens ? 0 : 1;
  if (panel_header_combo(in, "rows", &order, std::vector<std::string>{"most frequent", "most specialised"}))
    ui.frequent_tokens = order == 0;
}

bool shows_characters(const PanelInput& in, const UiState& ui) {
  return ui.specialization == SpecializationFigure::tokens && in.snapshot && in.snapshot->tokens;
}

}  // namespace

float most_specialization(const PanelInput& in, const UiState& ui) {
  if (readiness(in, true) != Readiness::ready) return 0;
  const Snapshot& look = *in.snapshot;
  const auto layer = static_cast<std::size_t>(shown_layer(ui, look.layers.size()));
  InsightCache& insight = in.run.insight;
  // Its labels are no scale for the others' characters.
  if (ui.specialization == SpecializationFigure::tokens && !shows_characters(in, ui)) return 0;
  if (shows_characters(in, ui)) return most_in_token_matrix(insight.vocabulary(look, layer, ui.selection.chosen));
  const Specialization& s = insight.specialization(look, layer, shown_labels(ui, look), ui.selection.chosen).of;
  return s.empty() ? 0 : ShareOrLift::top_of(s.share, s.chance);
}

void draw_specialization_panel(const PanelInput& in, UiState& ui, Commands&) {
  const bool of_tokens = shows_characters(in, ui);
  open_panel(in, of_look(in), of_tokens ? &notes::token_matrix : &notes::specialization);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "who specialises in what");
    light_expert(ui, HoverSource::specialization, -1);
    return panel_end(in);
  }
  const Snapshot& look = *in.snapshot;
  const auto layer = static_cast<std::size_t>(layer_picker(in, ui, look.layers.size(), true));
  const LabelKind kind = of_tokens ? shown_labels(ui, look) : label_picker(in, ui, look);
  pick_figure(in, ui, look);
  chosen_chips(in, ui, static_cast<std::size_t>(look.layers[layer].experts));
  const Among& among = ui.selection.chosen;
  InsightCache& insight = in.run.insight;
  const LabelMatrix* labels = of_tokens ? nullptr : &insight.specialization(look, layer, kind, among);
  const VocabularySpecialization* tokens = of_tokens ? &insight.vocabulary(look, layer, among) : nullptr;
  if (tokens && !tokens->tokens.empty())
    header_text(in, fmt::format("vocabulary {} {}", figure(tokens->value), among_text(ui, look)));
  else
    header_text(in, among_text(ui, look));
  if (tokens ? tokens->tokens.empty() : labels->of.empty()) {
    const bool choices = look.layers[layer].choices;
    draw_empty(in, !choices  ? "soft mixing sends every token everywhere"
                   : tokens ? "no character occurs 10 times among these tokens"
                            : "these tokens have no labels to compare with",
               choices ? "" : "there is no choice of which one could ask what it follows");
    light_expert(ui, HoverSource::specialization, -1);
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) {
    if (tokens) fill_token_table(*tokens, *table);
    else fill_table(labels->of, labels->labels.names, *table);
    table->add_columns({std::begin(kFigureColumns), std::end(kFigureColumns)});
    fill_agreement(in, ui, look, layer, kind, *table);
  }

  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float figures = room.y > skin.px(90) ? skin.px(24) : 0;
  const float over_time = room.y > skin.px(300) ? std::floor(std::min(0.32f * room.y, skin.px(180))) : 0;
  const float foot = figures + over_time;
  int lights = -1;
  if (const ImVec2 size{room.x, room.y - foot}; size.x > 1 && size.y > 1)
    lights = tokens ? draw_token_matrix(in, ui, *tokens, layer, size) : draw_label_matrix(in, ui, *labels, layer, kind, size);
  light_expert(ui, HoverSource::specialization, lights);
  if (figures > 0) {
    ImGui::SetCursorScreenPos({at.x, at.y + room.y - foot + skin.px(6)});
    draw_figures(in, insight.agreement(look, layer, kind, among), look.tokens != nullptr);
  }
  if (over_time > 0) {
    ImGui::SetCursorScreenPos({at.x, at.y + room.y - over_time + skin.px(4)});
    draw_over_time(in, ui, look, layer, kind, {room.x, over_time - skin.px(4)});
  }
  panel_end(in);
}

}  // namespace switchyard::app
