#include "app/window/appearance.h"

#include <algorithm>

namespace switchyard::app {

bool Appearance::refresh(const Live& live, const UiState& ui, PanelExports& exports) {
  const bool grew = learn_glyphs(live, ui), is_first = loaded_scale_ == 0, loads = grew || ui.scale != loaded_scale_;
  if (loads) {
    fonts_ = loader_.build(glyphs_, ui.scale);
    loaded_scale_ = ui.scale;
    styled_ = false;
  }
  if (!styled_ || theme_.is_dark == ui.light_theme) {
    theme_ = ui.light_theme ? viz::light() : viz::dark();
    theme_.fonts = fonts_;
    theme_.tap = exports.tap();
    viz::apply_style(theme_, ui.scale);
    styled_ = true;
  }
  return loads && !is_first;
}

bool Appearance::learn_glyphs(const Live& live, const UiState& ui) {
  bool grew = false;
  if (const auto& look = live.run().snapshot; look && look->tokens && look->tokens != glyphs_from_) {
    glyphs_from_ = look->tokens;
    for (const std::string& token : glyphs_from_->text) grew = glyphs_.add(token) || grew;
  }
  if (const auto& look = live.run().snapshot; look && look->points && look->points != glyphs_of_points_) {
    glyphs_of_points_ = look->points;
    for (const auto* names : {&look->points->class_names, &look->points->axis_names})
      for (const std::string& name : *names) grew = glyphs_.add(name) || grew;
  }
  for (std::size_t i = std::min(glyphs_generated_, ui.generated.size()); i < ui.generated.size(); ++i)
    grew = glyphs_.add(ui.generated[i].text) || grew;
  glyphs_generated_ = ui.generated.size();
  grew = glyphs_.add(ui.prompt) || grew;
  grew = glyphs_.add(live.shown_status().corpus_name) || grew;
  // Names of files: when others are listed.
  const Chooser& chooser = ui.chooser;
  grew = glyphs_.add(chooser.typed) || grew;
  grew = glyphs_.add(ui.text_offer.reads) || grew;
  if (chooser.listed != glyphs_listed_ || chooser.recent != glyphs_recent_) {
    glyphs_listed_ = chooser.listed;
    glyphs_recent_ = chooser.recent;
    for (const auto& folder : {chooser.listed, chooser.recent})
      if (folder) grew = glyphs_.add(folder->characters) || grew;
  }
  return grew;
}

}  // namespace switchyard::app
