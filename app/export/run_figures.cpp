#include "app/export/run_figures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "app/cli/causes/cause_reading.h"
#include "app/cli/console/ends.h"
#include "app/export/export_writer.h"
#include "app/export/figure.h"
#include "app/export/figure_fonts.h"
#include "app/export/offscreen.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/plane/projection_cloud.h"
#include "app/run/run_view.h"
#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

// A panel may wish for more once it has what it wished for first.
constexpr int kMostWishes = 4;

Glyphs glyphs_of(const FinishedRun& run) {
  Glyphs glyphs;
  glyphs.add(run.status.corpus_name);
  glyphs.add(run.prompt);
  if (run.snapshot && run.snapshot->tokens)
    for (const std::string& token : run.snapshot->tokens->text) glyphs.add(token);
  if (run.snapshot && run.snapshot->points)
    for (const auto* names : {&run.snapshot->points->class_names, &run.snapshot->points->axis_names})
      for (const std::string& name : *names) glyphs.add(name);
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
  Drawer(FinishedRun run, const FigureForm& form)
      : form_(form), run_(std::move(run)), fonts_(glyphs_of(run_), form.light_theme) {
    fonts_.theme().tap = exports_.tap();
    view_.id = run_.status.run;
    view_.model_id = run_.status.model_id;
    view_.history = std::move(run_.history);
    view_.kept = std::move(run_.kept);
    view_.snapshot = run_.snapshot;
    ui_.prompt = ui_.generated_from = run_.prompt;
    ui_.generated = run_.generated;
    ui_.inspecting.token = hardest_token(view_.snapshot.get());
    ui_.light_theme = form.light_theme;
    if (!run_.status.run_folder.empty() && run_.status.config)
      view_.causes = newest_answers(answers_in(path_of_text(run_.status.run_folder)), *run_.status.config).of;
  }

  // Whether somebody was told what it shows, of those that are about a question.
  bool is_answered(const PanelSpec& panel) const {
    for (std::size_t c = 0; c < kCauses; ++c)
      if (panel.id == file_of(static_cast<Cause>(c))) return view_.causes[c] != nullptr;
    return false;
  }

  // What else there would have been to see of it; it is told where it fails.
  Result<void> inspect_hardest() {
    if (ui_.inspecting.token < 0 || !run_.inspect || !view_.snapshot || view_.snapshot->layers.empty()) return {};
    Commands wish;
    inspect_token(run_.status, ui_, ui_.inspecting.token, 0, wish);
    Result<void> done = serve(wish);
    if (!done) ui_.inspecting.layer = Inspect::no_layer;
    return done;
  }

  // failure: why the panel has nothing to show. Either way `layers` it has a figure for.
  Result<PanelExport> draw(const PanelSpec& panel, int layer, int& layers) {
    ui_.layer = layer;
    for (int wish = 0;; ++wish) {
      ui_.watching.wanted = {};
      Commands wishes;
      const PanelInput in{
          .run = view_, .snapshot = view_.snapshot, .status = run_.status, .theme = fonts_.theme(), .exports = exports_};
      std::optional<PanelExport> drawn =
          draw_off_screen(panel, in, ui_, wishes, size(), {.figure = true, .data = true});
      const Result<bool> more = served(wishes);
      if (more && *more && wish < kMostWishes) continue;
      if (!drawn) return failure("it drew nothing");
      layers = std::max(1, static_cast<int>(drawn->facts.layers));
      if (drawn->table && !drawn->table->empty()) return std::move(*drawn);
      // Without what it wished for it could not.
      if (!more) return more.error();
      if (!drawn->facts.why_not.empty() || drawn->table)
        return failure(drawn->facts.why_not.empty() ? "there is nothing to show" : drawn->facts.why_not);
      return std::move(*drawn);
    }
  }

  // Works out a t-SNE of the layer's hidden states, for as long as it takes; a projection is drawn by it from then
  // on. failure: why there is none; interrupted.
  Result<void> begin_tsne(int layer) {
    ui_.projection.method = ProjectionMethod::tsne;
    if (!view_.snapshot) return failure("there is no look at the model");
    const auto at = static_cast<std::size_t>(layer);
    const ProjectedCloud of = ui_.projection.of;
    ui_.watching.wanted = {};
    watch_vectors(ui_.watching.wanted, *view_.snapshot, at, of);
    if (const auto more = served({}); !more) return more.error();
    const Snapshot& look = *view_.snapshot;
    const CloudVectors vectors = vectors_of(look, at, of);
    if (vectors.values.empty()) return failure(fmt::format("the looks of this run hold no {}", name_of(of)));
    view_.tsne.start(look, {look.model_id, of == ProjectedCloud::inputs ? 0 : at, of},
                     {vectors.values.begin(), vectors.values.end()}, vectors.width, ui_.projection.perplexity);
    for (;;) {
      if (EndSignals::asked_to_end()) return EndSignals::request();
      const TsneRun* const run = view_.tsne.shown();
      if (!run) return failure("it could not be begun");
      if (run->state == TsneRun::State::failed) return failure(run->error);
      if (run->state == TsneRun::State::done) return {};
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  void end_tsne() { ui_.projection.method = ProjectionMethod::pca; }

  ExportWriter::Look look() const { return {fonts_.theme(), fonts_.typefaces(), 1, form_}; }

 private:
  ImVec2 size() const {
    const viz::Point asked = panel_size(form_, fonts_.typefaces());
    return {asked.x > 0 ? asked.x : kFigureSize.x, asked.y > 0 ? asked.y : kFigureSize.y};
  }
  // Whether there is something new to draw.
  Result<bool> served(const Commands& wishes) {
    const Watch& wanted = ui_.watching.wanted;
    bool news = false;
    if (wanted.exceeds(has_) && run_.look) {
      const Watch wider = wanted.with(has_);
      auto taken = run_.look(wider);
      if (!taken) return taken.error();
      has_ = wider;
      view_.snapshot = std::move(*taken);
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
      view_.inspection = std::move(*found);
    }
    return {};
  }

  FigureForm form_;
  FinishedRun run_;  // but for what view_ has taken of it
  PanelExports exports_;
  FigureFonts fonts_;
  RunView view_;
  UiState ui_;
  Watch has_;
};

constexpr std::string_view kTsneTitle = "t-SNE";

// What is drawn, in the order of the table of panels.
struct Drawn {
  const PanelSpec* panel = nullptr;
  bool is_tsne = false;  // the projection by it
};
// `unsuited`: what is named and shows what no such run has.
std::vector<Drawn> drawn_panels(const FigureForm& form, bool points, bool has_ranks, const Drawer& drawer,
                                std::vector<std::string>& unsuited) {
  const auto is_named = [&](std::string_view name) {
    return std::find(form.panels.begin(), form.panels.end(), name) != form.panels.end();
  };
  std::vector<Drawn> out;
  for (const PanelSpec& panel : panel_table()) {
    if (panel.compares || panel.of_checkpoint) continue;
    const bool is_tsne = panel.id == "projection" && is_named(kTsneFigure);
    if (!suits(panel, points)) {
      if (is_named(panel.id)) unsuited.emplace_back(panel.title);
      if (is_tsne) unsuited.emplace_back(kTsneTitle);
      continue;
    }
    const bool is_usual =
        form.panels.empty() && (has_ranks || !panel.of_ranks) && (!panel.asked || drawer.is_answered(panel));
    if (is_usual || is_named(panel.id)) out.push_back({&panel});
    if (is_tsne) out.push_back({&panel, true});
  }
  return out;
}

// Panels, or layers of them, without a figure, by the reason.
class Missing {
 public:
  void add(std::string panel, const std::string& why) {
    const auto known = std::find_if(of_.begin(), of_.end(), [&](const auto& one) { return one.first == why; });
    (known == of_.end() ? of_.emplace_back(why, std::vector<std::string>{}) : *known)
        .second.push_back(std::move(panel));
  }
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const auto& [why, panels] : of_)
      out.push_back(fmt::format("no figure of {}: {}", fmt::join(panels, ", "), why));
    return out;
  }

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> of_;
};

}  // namespace

Result<FigureForm> with_known_panels(FigureForm form) {
  for (std::string& name : form.panels) {
    const auto panels = panel_table();
    if (file_stem(name) == kTsneFigure || name == "tsne") {
      name = kTsneFigure;
      continue;
    }
    if (name == kRegretFigure) name = "inspector";
    const auto found = std::find_if(panels.begin(), panels.end(), [&](const PanelSpec& panel) {
      return !panel.compares && (panel.id == name || file_stem(panel.title) == file_stem(name));
    });
    if (found == panels.end()) {
      std::vector<std::string_view> known;
      for (const PanelSpec& panel : panels)
        if (!panel.compares) known.push_back(panel.id);
      known.push_back(kTsneFigure);
      known.push_back(kRegretFigure);
      return usage_error(fmt::format("--figure-panels: there is no panel '{}'; there are {}", printable(name),
                                     fmt::join(known, ", ")));
    }
    name = found->id;
  }
  return form;
}

Result<std::vector<std::string>> draw_run_panels(FinishedRun run, const FigureForm& form, const TakeFigure& take) {
  const bool points = learns_points(run.status), has_ranks = !run.history.ranks().empty();
  Drawer drawer(std::move(run), form);
  std::vector<std::string> told;
  const auto inspected = caught("looking into a token", [&] { return drawer.inspect_hardest(); });
  if (!inspected) told.push_back("the figure of Token tries no other experts: " + inspected.error().message);
  Missing missing;
  std::vector<std::string> unsuited;
  for (const Drawn& what : drawn_panels(form, points, has_ranks, drawer, unsuited)) {
    const PanelSpec& panel = *what.panel;
    const std::string title(what.is_tsne ? kTsneTitle : panel.title);
    int layers = 1;
    std::vector<std::pair<int, std::string>> without;
    for (int layer = 0; layer < layers; ++layer) {
      if (EndSignals::asked_to_end()) return EndSignals::request();
      auto drawn = caught("the drawing failed", [&]() -> Result<PanelExport> {
        if (what.is_tsne)
          if (const auto begun = drawer.begin_tsne(layer); !begun) return begun.error();
        return drawer.draw(panel, layer, layers);
      });
      if (!drawn && drawn.error().kind == ErrorKind::interrupted) return drawn.error();
      if (drawn) {
        drawn->title = title;
        take(std::move(*drawn), drawer.look());
      } else {
        without.emplace_back(layer, drawn.error().message);
      }
    }
    if (what.is_tsne) drawer.end_tsne();
    const bool all = static_cast<int>(without.size()) == layers &&
                     std::all_of(without.begin(), without.end(),
                                 [&](const auto& one) { return one.second == without.front().second; });
    if (all) without.resize(1);
    for (const auto& [layer, why] : without)
      missing.add(all ? title : fmt::format("{} (layer {})", title, layer), why);
  }
  for (std::string& panel : unsuited)
    missing.add(std::move(panel), points ? "it is of a text, and this run learned points"
                                         : "it is of points, and this run learned a text");
  for (std::string& line : missing.told()) told.push_back(std::move(line));
  return told;
}

Result<DrawnFigures> draw_run_figures(FinishedRun run, const FigureForm& form,
                                      const std::filesystem::path& folder) {
  ExportWriter writer;
  const RunStatus status = run.status;
  auto told = draw_run_panels(std::move(run), form, [&](PanelExport panel, const ExportWriter::Look& look) {
    writer.write({std::move(panel), status, look, folder});
  });
  if (!told) return told.error();
  DrawnFigures out{{}, std::move(*told)};
  for (const auto& written : writer.finish()) {
    if (written) out.files.insert(out.files.end(), written->begin(), written->end());
    else out.told.push_back(written.error().message);
  }
  return out;
}

}  // namespace switchyard::app
