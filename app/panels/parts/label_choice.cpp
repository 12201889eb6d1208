#include "app/panels/parts/label_choice.h"

#include <algorithm>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/point_text.h"

namespace switchyard::app {
namespace {

const char* name_of(LabelKind kind) {
  switch (kind) {
    case LabelKind::domain: return "by domain";
    case LabelKind::character: return "by character";
    case LabelKind::point_class: return "by class";
    case LabelKind::point_kind: return "by shape";
  }
  return "";
}

}  // namespace

std::vector<LabelKind> label_kinds(const Snapshot& look) {
  std::vector<LabelKind> kinds;
  for (const LabelKind kind : {LabelKind::domain, LabelKind::character, LabelKind::point_class, LabelKind::point_kind})
    if (has_labels(look, kind)) kinds.push_back(kind);
  return kinds;
}

LabelKind shown_labels(const UiState& ui, const Snapshot& look) {
  const std::vector<LabelKind> kinds = label_kinds(look);
  if (kinds.empty()) return LabelKind::character;
  return std::find(kinds.begin(), kinds.end(), ui.labels) == kinds.end() ? kinds.front() : ui.labels;
}

LabelKind label_picker(const PanelInput& in, UiState& ui, const Snapshot& look) {
  const std::vector<LabelKind> kinds = label_kinds(look);
  LabelKind kind = shown_labels(ui, look);
  if (kinds.size() < 2) return kind;
  std::vector<std::string> names;
  for (const LabelKind one : kinds) names.emplace_back(name_of(one));
  int shown = static_cast<int>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
  if (panel_header_combo(in, "labels", &shown, names)) ui.labels = kind = kinds[static_cast<std::size_t>(shown)];
  return kind;
}

viz::Colour label_colour(const viz::Theme& theme, LabelKind kind, std::size_t label) {
  return kind == LabelKind::point_class ? class_colour(theme, label) : domain_colour(theme, label);
}

}  // namespace switchyard::app
