#include "app/export/figure_fonts.h"

#include "viz/base/compat.h"

namespace switchyard::app {

FigureFonts::FigureFonts(const Glyphs& glyphs, bool light_theme)
    : context_(ImGui::CreateContext()), theme_(light_theme ? viz::light() : viz::dark()) {
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = io.LogFilename = nullptr;
  viz::prepare_without_renderer();
  theme_.fonts = fonts_.build(glyphs, 1);
}

}  // namespace switchyard::app
