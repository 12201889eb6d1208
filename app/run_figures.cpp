#include "app/run_figures.h"

#include <imgui.h>

#include <algorithm>
#include <memory>

#include "app/ends.h"
#include "app/export_writer.h"
#include "app/figure.h"
#include "app/fonts.h"
#include "app/insight_cache.h"
#include "app/offscreen.h"
#include "app/panels/panel_parts.h"
#include "app/panels/point_text.h"
#include "viz/compat.h"

namespace switchyard::app {
namespace {

// A panel may wish for more once it has what it wished for first.
constexpr int kMostWishes = 4;

struct ContextDelete {
  void operator()(ImGuiContext* context) const { ImGui::DestroyContext(context); }
};

Glyphs glyphs_of(const FinishedRun& run) {
  Glyphs glyphs;
  glyphs.add(run.status.corpus_name);
  glyphs.add(run.prompt);
  if (run.snapshot && run.snapshot->tokens)
    for (const std::string& token : run.snapshot->tokens->text) glyphs.add(token);
  for (const GeneratedToken& token : run.generated) glyphs.add(token.text);
  return glyphs;
}

// The token whose successor surprised the model most: what a panel of one token shows. -1: there are none.
int hardest_token(const Snapshot* look) {
  if (!look || !look->tokens || look->tokens->text.empty()) return -1;
  std::size_t hardest = 0;
  float most = -1;  // the last of a stretch has no successor, and so no loss
  for (std::size_t t = 0; t < look->token_loss.size(); ++t)
    if (look->token_loss[t] > most) most = look->token_loss[hardest = t];
  return static_cast<int>(hardest);
}

// Draws panels of a finished run, and has it looked at as they wish.
class Drawer {
 public:
  Drawer(const FinishedRun& run, bool light_theme) : run_(run), theme_(light_theme ? viz::light() : viz::dark()) {
    theme_.fonts = fonts_.build(glyphs_of(run), 1);
    theme_.tap = exports_.tap();
    look_ = {std::shared_ptr<void>(), run.snapshot};  // the run outlives its figures
    ui_.prompt = ui_.generated_from = run.prompt;
    ui_.generated = run.generated;
    ui_.inspecting.token = hardest_token(look_.get());
    ui_.light_theme = light_theme;
  }

  Result<void> inspect_hardest() {
    if (ui_.inspecting.token < 0 || !run_.inspect) return {};
    Commands wish;
    inspect_token(ui_, ui_.inspecting.token, 0, wish);
    return serve(wish);
  }

  // Nothing where the panel has nothing to show.
  Result<std::optional<PanelExport>> draw(const PanelSpec& panel, int layer) {
    ui_.layer = layer;
    for (int wish = 0;; ++wish) {
      ui_.watching.wanted = {};
      Commands wishes;
      const PanelInput in{run_.history, look_,     run_.status, theme_,           1, 0,
                          &exports_,    &insight_, run_.kept,   inspection_};
      std::optional<PanelExport> drawn =
          draw_off_screen(panel, in, ui_, wishes, kFigureSize, {.figure = true, .data = true});
      const Result<bool> more = served(wishes);
      if (!more) return more.error();
      if (*more && wish < kMostWishes) continue;
      const bool nothing = drawn && (!drawn->table || drawn->table->empty());
      if (nothing && (drawn->facts.says_why_not || drawn->table)) drawn.reset();
      return drawn;
    }
  }

  ExportWriter::Job job(PanelExport panel, const std::filesystem::path& folder) const {
    return {std::move(panel), run_.status, {theme_, fonts_.typefaces(), 1}, folder};
  }

 private:
  // Whether there is something new to draw.
  Result<bool> served(const Commands& wishes) {
    const Watch& wanted = ui_.watching.wanted;
    bool news = false;
    if (wanted.exceeds(has_) && run_.look) {
      has_ = wanted.with(has_);
      auto taken = run_.look(has_);
      if (!taken) return taken.error();
      look_ = std::move(*taken);
      news = true;
    }
    const bool inspects = std::any_of(wishes.begin(), wishes.end(),
                                      [](const Command& c) { return std::holds_alternative<Inspect>(c); });
    if (inspects && run_.inspect) {
      if (const Result<void> done = serve(wishes); !done) return done.error();
      news = true;
    }
    return news;
  }
  Result<void> serve(const Commands& wishes) {
    for (const Command& wish : wishes) {
      const auto* const inspect = std::get_if<Inspect>(&wish);
      if (!inspect) continue;
      auto found = run_.inspect(*inspect);
      if (!found) return found.error();
      inspection_ = std::move(*found);
    }
    return {};
  }

  const FinishedRun& run_;
  PanelExports exports_;
  FontLoader fonts_;
  viz::Theme theme_;
  InsightCache insight_;
  UiState ui_;
  Watch has_;
  std::shared_ptr<const Snapshot> look_;
  std::shared_ptr<const Inspection> inspection_;
};

}  // namespace

Result<std::vector<std::filesystem::path>> draw_run_figures(const FinishedRun& run, bool light_theme,
                                                            const std::filesystem::path& folder) {
  const std::unique_ptr<ImGuiContext, ContextDelete> context(ImGui::CreateContext());
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = io.LogFilename = nullptr;
  viz::prepare_without_renderer();

  Drawer drawer(run, light_theme);
  if (const Result<void> done = drawer.inspect_hardest(); !done) return done.error();
  ExportWriter writer;
  for (const PanelSpec& panel : panel_table()) {
    if (!suits(panel, learns_points(run.status))) continue;
    int layers = 1;
    for (int layer = 0; layer < layers; ++layer) {
      if (EndSignals::asked_to_end()) return EndSignals::request();
      auto drawn = drawer.draw(panel, layer);
      if (!drawn) return drawn.error();
      if (!*drawn) break;
      layers = static_cast<int>((*drawn)->facts.layers);
      writer.write(drawer.job(std::move(**drawn), folder));
    }
  }
  std::vector<std::filesystem::path> files;
  for (const auto& written : writer.finish()) {
    if (!written) return written.error();
    files.insert(files.end(), written->begin(), written->end());
  }
  return files;
}

}  // namespace switchyard::app
