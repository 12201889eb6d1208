// switchyard: parse the command line, then the window or the terminal.
#include <cstdlib>

#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "app/cli/console/saved.h"
#include "app/cli/terminal.h"
#include "app/cli/words/cli.h"
#include "app/commit.h"
#include "core/base/caught.h"
#include "core/train/interface/engine_loader.h"
#ifdef SWITCHYARD_HAS_WINDOW
#include "app/export/run_figures.h"
#include "app/export/run_report.h"
#include "app/export/study_figures.h"
#include "app/export/sweep_figures.h"
#include "app/window/application.h"
#endif

namespace {

int run_with_window(const switchyard::app::Options& options) {
  using namespace switchyard;
#ifdef SWITCHYARD_HAS_WINDOW
  const Result<void> ended = app::run_window(options, app::make_engine_trainer);
  return ended ? 0 : app::report_error(ended.error());
#else
  if (options.recording)
    return app::report_error(
        usage_error("this build has no window (SWITCHYARD_APP=OFF) to watch in; switchyard open PATH prints what "
                    "a recording has"));
  return app::report_error(
      usage_error("this build has no window (SWITCHYARD_APP=OFF); train without one: switchyard --headless "
                  "--steps 500 --out DIR"));
#endif
}

int run(int argc, char** argv) {
  using namespace switchyard;
  // For a run from its first moment to the process's last: no request to end comes too early or too late.
  static const app::EndSignals* const signals = new app::EndSignals;
  Result<app::Options> options = app::parse_options(argc, argv);
  if (!options) return app::report_error(options.error());
  options->commit = app::commit();
  if (app::EndSignals::asked_to_end())
    return app::report_error(app::with_saved(app::EndSignals::request(), {}).error());
#ifdef SWITCHYARD_HAS_WINDOW
  // Where there is no display it is printed, as in a build without a window.
  if (options->shows && (std::getenv("DISPLAY") || std::getenv("WAYLAND_DISPLAY")))
    options->mode = app::Mode::window;
#endif
  const bool runs = options->mode == app::Mode::window || options->mode == app::Mode::headless ||
                    options->mode == app::Mode::compare || options->mode == app::Mode::sweep;
  if (!runs) delete signals;
  app::report_notes(*options);
  if (options->mode == app::Mode::window) return run_with_window(*options);
#ifdef SWITCHYARD_HAS_WINDOW
  // Before hours of training, not behind them.
  const auto form = app::with_known_panels(options->figure_form);
  if (!form) return app::report_error(form.error());
  const app::DrawFigures draw_figures = [&](app::FinishedRun run, const std::filesystem::path& folder) {
    return app::draw_run_figures(std::move(run), *form, folder);
  };
  const app::DrawStudy draw_study = [&](const StudyResults& results, const std::vector<ArmCurve>& curves,
                                        const std::filesystem::path& folder) {
    return app::draw_study_figures(results, curves, options->light_theme, folder);
  };
  const app::DrawSweep draw_sweep = [&](const SweepResults& results, const std::vector<ArmCurve>&,
                                        const std::filesystem::path& folder) {
    return app::draw_sweep_figures(results, options->light_theme, folder);
  };
  return app::run_in_terminal(*options, draw_figures, draw_study, draw_sweep, app::write_report_of);
#else
  return app::run_in_terminal(*options);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  using namespace switchyard;
  app::hold_standard_files();  // before anything opens a file
  app::settle_signals();
  prepare_process();  // before any thread: it sets the environment
  const Result<int> code = caught("it had to end", [&]() -> Result<int> { return run(argc, argv); });
  return code ? *code : app::report_error(code.error());
}
