#include "app/panels/causes/ablation_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/run/words/names.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

// How far the group's loss goes beyond what any such hole costs it.
double beyond(const GroupEffect& effect) {
  const double control = std::isnan(effect.control.all) ? 0 : effect.control.all;
  return std::isnan(effect.effect.all) ? 0 : effect.effect.all - control;
}

std::string row_name(const Ablated& row, std::size_t experts) {
  if (row.experts.empty()) return "layer";
  std::string text;
  for (const std::int32_t expert : row.experts) text += (text.empty() ? "" : "+") + expert_name(expert, experts);
  return text;
}

bool is_of(GroupKind kind, AblationGroups of) {
  if (kind == GroupKind::all) return false;
  if (of == AblationGroups::most_affected) return true;
  return (kind == GroupKind::character) == (of == AblationGroups::characters);
}

}  // namespace

int expert_of(const Ablated& row) { return row.experts.size() == 1 ? row.experts.front() : -1; }

std::string group_name(const TokenGroup& group) {
  if (group.kind != GroupKind::character) return group.name;
  // Between quotes nobody sees it.
  return group.name == " " ? std::string("space") : fmt::format("'{}'", printable(group.name));
}

AblationView ablation_view(const AblationReport& report, std::int32_t layer, std::size_t experts,
                           AblationGroups of, std::size_t most) {
  AblationView view;
  view.report = &report;
  view.experts = experts;
  for (const bool whole : {false, true})
    for (const Ablated& row : report.rows)
      if (row.layer == layer && row.experts.empty() == whole) view.rows.push_back(&row);
  for (const Ablated* row : view.rows) view.names.push_back(row_name(*row, experts));

  struct Column {
    std::size_t group;
    bool labelled = false;
    double beyond = 0;
  };
  std::vector<Column> columns;
  const std::vector<TokenGroup>& groups = report.groups.groups;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Column column{g};
    for (const Ablated* row : view.rows) {
      if (row->experts.empty() || g >= row->effects.size()) continue;
      const GroupEffect& effect = row->effects[g];
      view.labelled += effect.labelled;
      column.labelled = column.labelled || effect.labelled;
      column.beyond = std::max(column.beyond, std::abs(beyond(effect)));
    }
    // Of a few tokens nothing is known.
    const bool is_known = groups[g].halves[0] >= kLeastTokens && groups[g].halves[1] >= kLeastTokens;
    if (is_of(groups[g].kind, of) && (is_known || groups[g].kind != GroupKind::character))
      columns.push_back(column);
  }
  std::stable_sort(columns.begin(), columns.end(), [](const Column& a, const Column& b) {
    return a.labelled != b.labelled ? a.labelled : a.beyond > b.beyond;
  });
  if (columns.size() > most) columns.resize(most);
  // In their own order, which does not change from one answer to the next.
  if (of == AblationGroups::labels)
    std::sort(columns.begin(), columns.end(), [](const Column& a, const Column& b) { return a.group < b.group; });
  double largest = kLeastEffect;
  for (const Column& column : columns) {
    view.groups.push_back(column.group);
    view.group_names.push_back(group_name(groups[column.group]));
    largest = std::max(largest, column.beyond);
  }
  view.scale_nats = static_cast<float>(largest);
  return view;
}

std::vector<std::string> replicated_labels(const AblationReport& report, std::int32_t layer, std::size_t experts) {
  struct Label {
    double beyond;
    std::string words;
  };
  std::vector<Label> found;
  for (const Ablated& row : report.rows) {
    if (row.layer != layer || row.experts.empty()) continue;
    for (std::size_t g = 0; g < row.effects.size(); ++g) {
      const GroupEffect& effect = row.effects[g];
      if (!effect.labelled) continue;
      const TokenGroup& group = report.groups.groups[g];
      found.push_back(
          {beyond(effect),
           fmt::format("{} serves {}: {:+.3f} nats without it, {:+.3f} in the control", row_name(row, experts),
                       group.kind == GroupKind::all ? std::string("all tokens") : group_name(group),
                       effect.effect.all, effect.control.all)});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Label& a, const Label& b) { return a.beyond > b.beyond; });
  std::vector<std::string> words;
  for (Label& one : found) words.push_back(std::move(one.words));
  return words;
}

std::string no_labels(const AblationReport& report) {
  if (report.draws < kLeastDraws)
    return report.draws > 0
               ? fmt::format("Nothing is tested: that takes at least {} draws of a control.", kLeastDraws)
               : std::string(
                     "Nothing is tested: tokens of this gate do not choose top-k experts each, so "
                     "there is no control to draw.");
  return "Nothing beyond chance in this layer: no expert serves a group in both halves of the data.";
}

void draw_ablation_bars(viz::Canvas& canvas, const viz::Rect& rect, const AblationView& view, int lit_row,
                        const viz::Theme& theme, float scale) {
  if (view.rows.empty()) return;
  const float row_height = rect.height() / static_cast<float>(view.rows.size());
  float names = 0, figures = canvas.text_size("+0.000", viz::Font::mono_small).x;
  for (const std::string& name : view.names) names = std::max(names, canvas.text_size(name, viz::Font::small).x);
  names = std::min(names + 12 * scale, 0.35f * rect.width());
  const float left = rect.x0 + names, right = rect.x1 - figures - 8 * scale;
  // By the experts: a whole layer may cost ten times as much, and its bar ends at the edge.
  double low = 0, high = kLeastEffect;
  for (const Ablated* row : view.rows) {
    if (row->experts.empty() || row->effects.empty()) continue;
    const GroupEffect& all = row->effects.front();
    for (const double value : {all.effect.all, all.control.all, all.highest.all})
      if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  }
  const auto at = [&](double nats) {
    const double share = (std::clamp(nats, low, high) - low) / (high - low);
    return left + static_cast<float>(share) * std::max(1.0f, right - left);
  };
  for (std::size_t r = 0; r < view.rows.size(); ++r) {
    const Ablated& row = *view.rows[r];
    const float top = rect.y0 + row_height * static_cast<float>(r), middle = std::round(top + row_height / 2);
    const int expert = expert_of(row);
    const bool lit = static_cast<int>(r) == lit_row, never = row.contributions == 0;
    const float half = std::clamp(std::round(0.28f * row_height), 2.0f * scale, 7 * scale);
    if (lit) canvas.rect_fill({rect.x0, top, rect.x1, top + row_height}, theme.raised);
    if (expert >= 0)
      canvas.rect_fill({rect.x0, middle - 4 * scale, rect.x0 + 3 * scale, middle + 4 * scale},
                       viz::category_colour(theme, static_cast<std::size_t>(expert)));
    canvas.text({rect.x0 + 7 * scale, middle},
                viz::ellipsized(canvas, view.names[r], names - 9 * scale, viz::Font::small),
                lit ? theme.text : theme.text_dim, viz::Font::small, viz::Align::start, viz::Align::middle);
    if (row.effects.empty()) continue;
    const GroupEffect& all = row.effects.front();
    const double effect = all.effect.all;
    if (right - left > 12 * scale && std::isfinite(effect)) {
      const float zero = at(0), end = at(effect);
      const viz::Colour colour =
          expert >= 0 ? viz::category_colour(theme, static_cast<std::size_t>(expert)) : theme.text_dim;
      canvas.rect_fill({std::min(zero, end), middle - half, std::max({zero, end, zero + 1}), middle + half},
                       colour, scale);
      if (std::isfinite(all.control.all)) {
        const double highest = std::isfinite(all.highest.all) ? all.highest.all : all.control.all;
        const float mean = at(all.control.all), top_draw = at(highest), cap = half + 2 * scale;
        const float thick = std::max(1.0f, 1.5f * scale);
        canvas.line({mean, middle}, {top_draw, middle}, theme.text, thick);
        canvas.line({mean, middle - cap}, {mean, middle + cap}, theme.text, thick);
        canvas.line({top_draw, middle - cap / 2}, {top_draw, middle + cap / 2}, theme.text, thick);
      }
    }
    const std::string figure = never                   ? std::string("0")
                               : std::isfinite(effect) ? fmt::format("{:+.3f}", effect)
                                                       : std::string("–");
    const bool matters = all.effect.half[0] > all.highest.half[0] && all.effect.half[1] > all.highest.half[1];
    canvas.text({rect.x1, middle}, figure, matters ? theme.text : theme.text_dim, viz::Font::mono_small,
                viz::Align::end, viz::Align::middle);
  }
  const float zero = std::round(at(0));
  canvas.line({zero, rect.y0}, {zero, rect.y1}, theme.hairline, std::max(1.0f, std::floor(scale)));
}

}  // namespace switchyard::app
