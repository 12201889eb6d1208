#include "app/export/run_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include "app/cli/headless/record_figures.h"
#include "app/export/figure.h"
#include "app/export/report_page.h"
#include "app/export/run_figures.h"
#include "app/panels/explanations.h"
#include "app/panels/parts/point_text.h"
#include "app/run/words/event_words.h"
#include "core/base/version.h"
#include "core/config/cost.h"
#include "core/config/knobs.h"
#include "core/record/files/files.h"
#include "core/record/reading/run_whole.h"
#include "core/study/study_report.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;

// More are thinned evenly, which is said; all of them are in the CSV.
constexpr std::size_t kMostRows = 60, kMostEvents = 2000;
constexpr std::size_t kMostCsvBytes = std::size_t{1} << 20;

std::string in_digits(double value, int digits = 4) {
  return std::isfinite(value) ? viz::fixed_significant(value, digits) : std::string("none");
}
std::string grouped(std::int64_t number) { return viz::grouped(static_cast<double>(number)); }

// --- what was trained

std::string data_text(const RunStatus& status) {
  const Fingerprint& source = status.text.source;
  std::string text = status.corpus_name;
  if (!source.sha256.empty())
    text += fmt::format(", {} bytes, SHA-256 {}", grouped(static_cast<std::int64_t>(source.bytes)), source.sha256);
  return text;
}

std::string model_text(const RunStatus& status) {
  Config config = *status.config;
  if (learns_from_file(config) && status.dims > 0) config.cluster_dims = status.dims;
  const ModelCost cost = model_cost(config, status.vocabulary);
  return fmt::format("{} parameters, {} of them in use for a {}, {} FLOP a {} forward", grouped(cost.parameters),
                     grouped(cost.active_parameters), learns_points(status) ? "point" : "token",
                     viz::compact(cost.forward_flops_per_token), learns_points(status) ? "point" : "token");
}

std::string summary_of(const FinishedRun& run, const fs::path& folder) {
  const RunStatus& status = run.status;
  const bool points = learns_points(status);
  const RunWhole whole = read_whole(folder);
  Facts facts{{"Run", status.run}};
  if (status.parent)
    facts.emplace_back("Began from",
                       fmt::format("step {} of {}", grouped(status.parent->step), status.parent->run));
  facts.emplace_back("Learned", data_text(status));
  if (status.text.unknown.kinds > 0)
    facts.emplace_back("Unknown characters", fmt::format("{} of the validation text are <unk>",
                                                         viz::percent(status.text.unknown.validation_share)));
  if (status.config) facts.emplace_back("Model", model_text(status));
  if (const StepRecord* const last = run.history.last()) {
    facts.emplace_back("Steps", grouped(status.step));
    const History::Recent recent = run.history.recent_loss();
    facts.emplace_back("Training loss",
                       fmt::format("{} ± {} nats a {} over the last {} steps", in_digits(recent.mean),
                                   in_digits(recent.deviation, 2), points ? "point" : "character", recent.count));
    (void)last;
  }
  const char* const held_out = points ? "Test" : "Validation";
  const double bar = status.bigram_loss;
  if (std::isfinite(whole.last.val_loss))
    facts.emplace_back(
        fmt::format("{} loss", held_out),
        fmt::format("{} nats at step {}; the best {} at step {}", in_digits(whole.last.val_loss),
                    grouped(whole.last.step), in_digits(whole.best.val_loss), grouped(whole.best.step)));
  if (std::isfinite(whole.last.val_accuracy))
    facts.emplace_back(fmt::format("{} accuracy", held_out), viz::percent(whole.last.val_accuracy));
  if (bar > 0)
    facts.emplace_back("To be beaten",
                       fmt::format("{} nats: which character follows which, and no more", in_digits(bar)));
  const EngineInfo& engine = status.engine;
  const std::string threads = fmt::format("{} thread{}", engine.threads, engine.threads == 1 ? "" : "s");
  if (!engine.libtorch.empty())
    facts.emplace_back("Computed with", fmt::format("LibTorch {}, {}, {}, {}", engine.libtorch, engine.blas,
                                                    engine.device, threads));
  return html_facts(facts);
}

std::string settings_of(const Config& config) {
  HtmlTable changed{{"", "setting", "value", "by default"}, {}}, all{{"", "setting", "value", "allowed"}, {}};
  const Config usual;
  for (const Knob& knob : knobs()) {
    const std::string value = shared_text(knob, config);
    all.rows.push_back({std::string(knob.label), std::string(knob.key), value, allowed_range(knob)});
    if (knob.get(config) != knob.get(usual))
      changed.rows.push_back({std::string(knob.label), std::string(knob.key), value, shared_text(knob, usual)});
  }
  return fmt::format(
      "<p>What differs from how Switchyard starts, as it was at the last step.</p>\n{}"
      "<details><summary>All {} settings</summary>\n{}</details>\n",
      html_table(changed, "Nothing: these are the settings it starts with."), knobs().size(), html_table(all));
}

// --- what happened

struct Happened {
  HtmlTable edits{{"step", "what was changed"}, {}}, alerts{{"step", "alert"}, {}},
      kept{{"step", "what else"}, {}};
};

Happened happened_in(const History& history) {
  Happened out;
  for (const History::Event& event : history.events()) {
    HtmlTable* into = nullptr;
    switch (kind_of(event.event.kind)) {
      case HappeningKind::edit:
      case HappeningKind::model:
        into = &out.edits;
        break;
      case HappeningKind::alert:
      case HappeningKind::alert_end:
        into = &out.alerts;
        break;
      case HappeningKind::kept:
      case HappeningKind::other:
        into = &out.kept;
        break;
    }
    if (into->rows.size() < kMostEvents)
      into->rows.push_back({grouped(event.event.step), event_title(history, event.event)});
  }
  return out;
}

// --- the study it is a run of

// RUNS is STUDY/runs.
std::string verdict_of(const fs::path& folder) {
  std::error_code code;
  const fs::path study = fs::absolute(folder, code).lexically_normal().parent_path().parent_path();
  if (code || !fs::exists(study / kStudyFile, code)) return {};
  const auto plan = read_study(study);
  if (!plan) return {};
  const auto results = read_results(study, *plan);
  if (!results || results->words.empty()) return {};
  HtmlTable arms{{"setup", "seeds", "validation loss", "±", "difference", "half of its interval", "finding"}, {}};
  for (std::size_t a = 0; a < plan->arms.size(); ++a) {
    const Spread losses = spread_of(results->losses(a));
    std::vector<std::string> row{plan->arms[a].name, std::to_string(losses.count), in_digits(losses.mean),
                                 in_digits(losses.deviation, 2)};
    if (a > 0 && a - 1 < results->verdicts.size()) {
      const Verdict& verdict = results->verdicts[a - 1];
      row.insert(row.end(), {in_digits(verdict.difference, 3), in_digits(verdict.half_width, 2),
                             std::string(name_of(verdict.finding))});
    } else {
      row.insert(row.end(), {"", "", "the first"});
    }
    arms.rows.push_back(std::move(row));
  }
  return fmt::format(
      "<p class=\"verdict\">{}</p>\n<p>This is one of its {} runs. Losses are in {}; ± is the sample standard "
      "deviation over seeds.</p>\n{}",
      html_text(results->words), results->planned(), html_text(unit_of_loss(*plan)), html_table(arms));
}

// --- figures

std::string numbers_of(const Table& table, const std::string& stem) {
  const std::size_t rows = table.rows().size(), shown = std::min(rows, kMostRows);
  HtmlTable numbers{table.columns(), {}};
  for (std::size_t i = 0; i < shown; ++i) {
    // Evenly, with the first and the last.
    const std::size_t row = shown == 1 ? 0 : i * (rows - 1) / (shown - 1);
    std::vector<std::string>& cells = numbers.rows.emplace_back();
    for (const Cell& cell : table.rows()[row]) cells.push_back(cell.text());
  }
  const std::string csv = table.csv();
  const std::string all = csv.size() <= kMostCsvBytes
                              ? fmt::format(" · <a download=\"{}.csv\" href=\"{}\">all of them as CSV</a>",
                                            html_text(stem), data_uri("text/csv", csv))
                              : std::string();
  return fmt::format(
      "<details><summary>The numbers: {} rows{}</summary>\n<p class=\"small\">{}{}</p>\n{}</details>\n",
      grouped(static_cast<std::int64_t>(rows)),
      shown < rows ? fmt::format(", {} of them here", shown) : std::string(),
      shown < rows ? "Thinned evenly." : "Complete.", all, html_table(numbers));
}

std::string figure_of(const PanelExport& panel, const RunStatus& status, const ExportWriter::Look& look) {
  const FigureLook as{look.theme, look.typefaces, look.scale, look.form};
  std::string title = panel.title, out = "<figure>\n";
  if (panel.facts.layers > 1) {
    title += fmt::format(", layer {}", panel.facts.layer);
    out += fmt::format("<h3>{}</h3>\n", html_text(title));
  }
  if (panel.drawing)
    out += fmt::format("<img alt=\"{}\" src=\"{}\">\n", html_text(title),
                       data_uri("image/svg+xml", figure_svg(panel, status, as)));
  if (const Explanation* const words = explanation_of(panel.id))
    out += fmt::format("<figcaption>{} <span class=\"dim\">{}</span></figcaption>\n", html_text(words->shows),
                       html_text(words->reading));
  if (panel.table && !panel.table->empty()) out += numbers_of(*panel.table, file_stem(title));
  return out + "</figure>\n";
}

}  // namespace

Result<Report> report_of(FinishedRun run, const fs::path& folder) {
  const RunStatus status = run.status;
  Page page;
  page.title = status.corpus_name.empty() ? status.run
                                          : fmt::format("{}, {} steps", status.corpus_name, grouped(status.step));
  page.subtitle = run_line(status);
  page.foot = fmt::format("Made by Switchyard {} from the record of {}. It loads nothing and runs nothing.",
                          version(), status.run);
  page.sections.push_back({"summary", "What was trained", summary_of(run, folder)});
  if (const std::string verdict = verdict_of(folder); !verdict.empty())
    page.sections.push_back({"verdict", "How sure it is", verdict});
  if (status.config) page.sections.push_back({"settings", "Settings", settings_of(*status.config)});
  const Happened happened = happened_in(run.history);
  page.sections.push_back({"happened", "What happened",
                           html_table(happened.edits, "Nothing was changed while it learned.") +
                               html_table(happened.alerts, "No alert: routing stayed healthy.")});

  // A section for each panel; its layers in it.
  Report report;
  auto told = draw_run_panels(std::move(run), FigureForm{.light_theme = true}, [&](PanelExport panel, const ExportWriter::Look& look) {
    const std::string id = "figure-" + file_stem(panel.title);
    if (page.sections.back().id != id) page.sections.push_back({id, panel.title, {}});
    page.sections.back().body += figure_of(panel, status, look);
  });
  if (!told) return told.error();
  report.told = std::move(*told);
  HtmlTable without{{"without a figure"}, {}};
  for (const std::string& line : report.told) without.rows.push_back({line});
  if (!without.rows.empty()) page.sections.push_back({"without", "What has no figure", html_table(without)});
  if (!happened.kept.rows.empty())
    page.sections.push_back({"kept", "Kept and written", html_table(happened.kept)});
  report.html = html_page(page);
  return report;
}

Result<std::vector<std::string>> write_report_of(const fs::path& run, const fs::path& file) {
  auto read = read_finished_run(run);
  if (!read) return read.error();
  auto report = report_of(std::move(*read), run);
  if (!report) return report.error();
  if (const auto written = replace_file(file, report->html); !written) return written.error();
  return std::move(report->told);
}

}  // namespace switchyard::app
