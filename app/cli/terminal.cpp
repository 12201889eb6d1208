#include "app/cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <functional>

#include "app/cli/causes/causes.h"
#include "app/cli/console/console.h"
#include "app/cli/headless/rank_part.h"
#include "app/cli/manual/completion.h"
#include "app/cli/manual/man_page.h"
#include "app/cli/recording.h"
#include "app/cli/route.h"
#include "app/cli/setups/own_presets.h"
#include "app/cli/weights.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/base/version.h"
#include "core/train/interface/allocator.h"
#include "core/train/interface/engine_loader.h"

namespace switchyard::app {
namespace {

int print(std::string_view text) {
  const Result<void> written = deliver(text);
  return written ? 0 : report_error(written.error());
}

std::string built_from(const Options& options) {
  return options.commit.empty() ? std::string("built outside of git, no commit known")
                                : fmt::format("commit {}", options.commit);
}

int print_version(const Options& options) {
  const auto engine = load_engine();
  if (!engine) return report_error(engine.error());
  const EngineInfo info = (*engine)->info();
  return print(fmt::format(
      "Switchyard {} ({})\nLibTorch   {}\nBLAS       {}\ndevice     {}\nthreads    {}\nmemory     {}\n", version(),
      built_from(options), info.libtorch, info.blas, info.device, info.threads, allocator_name()));
}

int print_presets() {
  const OwnPresets own = read_own_presets();
  for (const std::string& warning : own.warnings) inform("switchyard: warning: {}\n", printable(warning));
  return print(preset_list(own.presets));
}

int print_load_script(const Options& options) {
  const auto run = StoredRun::open(options.run);
  if (!run) return report_error(run.error());
  const auto script = run->script();
  return script ? print(*script) : report_error(script.error());
}

int print_route(const Options& options) {
  const auto run = open_routable(options.run);
  if (!run) return report_error(run.error());
  const auto engine = load_engine();
  if (!engine) return report_error(engine.error());
  const auto report = route_text(**engine, *run, options.text, options.precision, options.full);
  if (!report) return report_error(report.error());
  const auto note = [](std::size_t characters, const char* what) {
    if (characters > 0)
      inform("switchyard: {} characters of the text are not in the model's vocabulary and were {}\n", characters, what);
  };
  note(report->trace.left_out, "left out");
  note(report->trace.unknown, "read as <unk>");
  return print(options.json ? route_json(*report) : route_table(*report));
}

int run_headless_here(const Options& options, const DrawFigures& draw_figures, const WriteReport& write_report) {
  const auto folder = run_headless(options, make_engine_trainer, draw_figures, make_engine_trainer_from);
  if (!folder) return report_error(folder.error());
  const Result<void> reported = options.report ? report_headless(options, *folder, write_report) : Result<void>();
  // A script gets the name as it is, a person what a terminal can show of it.
  inform((isatty(STDOUT_FILENO) ? printable(folder->native()) : folder->native()) + '\n', STDOUT_FILENO,
         kLastWordPatience_ms);  // the run is on disk, whoever hears of it
  return reported ? 0 : report_error(reported.error());
}

// `work` where this process is the one that leads, or alone; another follows it.
int run_with_ranks(const Options& options, const std::function<int(RankPart&)>& work) {
  const auto ranks = RankPart::take(options);
  if (!ranks) return report_error(ranks.error());
  if (const auto code = (*ranks)->follow()) return *code ? **code : report_error(code->error());
  const int code = work(**ranks);
  (*ranks)->leave(code);
  return code;
}

}  // namespace

int report_error(const Error& error) {
  inform(fmt::format("switchyard: {}\n", printable(error.message)), STDERR_FILENO, kLastWordPatience_ms);
  return exit_code(error.kind);
}

Result<void> report_headless(const Options& options, const std::filesystem::path& folder,
                             const WriteReport& write_report) {
  Options of = options;
  of.run = folder.native(), of.out.clear();
  const auto written = write_record(of, write_report);
  if (written) return {};
  if (written.error().kind == ErrorKind::interrupted)
    return Error{
        ErrorKind::interrupted,
        fmt::format("{} before its report was written; the run is whole, and switchyard report {} writes it",
                    written.error().message, folder.native())};
  inform("switchyard: no report: {}\n", printable(written.error().message));
  return {};
}

void report_notes(const Options& options) {
  // Rank 0 says what all of them were told.
  if (options.ranks.place && options.ranks.place->rank > 0) return;
  for (const std::string& note : options.notes) inform("switchyard: warning: {}\n", printable(note));
}

Result<std::unique_ptr<Trainer>> make_engine_trainer(const Config& config) {
  const auto engine = load_engine();
  if (!engine) return engine.error();
  return (*engine)->create(config);
}

Result<std::unique_ptr<Trainer>> make_engine_trainer_from(const TrainerState& state) {
  const auto engine = load_engine();
  if (!engine) return engine.error();
  return (*engine)->create(state);
}

int run_in_terminal(const Options& options, const DrawFigures& draw_figures, const DrawStudy& draw_study,
                    const DrawSweep& draw_sweep, const WriteReport& write_report) {
  switch (options.mode) {
    case Mode::help:
      return print(options.help);
    case Mode::list_knobs:
      return print(knob_list(options.json));
    case Mode::list_presets:
      return print_presets();
    case Mode::man:
      return print(man_page(completion_tables()));
    case Mode::completion: {
      const auto shell = shell_of(options.text);
      if (!shell)
        return report_error(usage_error(
            fmt::format("--completion {}: allowed is {}", options.text, fmt::join(shell_names(), ", "))));
      return print(completion(*shell, completion_tables()));
    }
    case Mode::version:
      return print_version(options);
    case Mode::recording: {
      const auto report = report_recording(options);
      return report ? print(*report) : report_error(report.error());
    }
    case Mode::weights: {
      const auto report = report_weights(options);
      return report ? print(*report) : report_error(report.error());
    }
    case Mode::route:
      return print_route(options);
    case Mode::load_script:
      return print_load_script(options);
    case Mode::checkpoints: {
      const auto list = checkpoint_list(options.run, options.json);
      return list ? print(*list) : report_error(list.error());
    }
    case Mode::figures: {
      const auto folder = draw_record(options, draw_figures);
      return folder ? print(folder->native() + '\n') : report_error(folder.error());
    }
    case Mode::report: {
      const auto file = write_record(options, write_report);
      return file ? print(file->native() + '\n') : report_error(file.error());
    }
    case Mode::compare: {
      const auto report = run_compare(options, make_engine_trainer, make_engine_trainer_from, draw_study);
      return report ? print(*report) : report_error(report.error());
    }
    case Mode::runs: {
      const auto report = report_runs(options.runs);
      if (!report) return report_error(report.error());
      for (const std::string& note : report->notes) inform("switchyard: {}\n", note);
      return print(report->table);
    }
    case Mode::cause: {
      const auto report = report_cause(options, make_engine_trainer, make_engine_trainer_from);
      return report ? print(*report) : report_error(report.error());
    }
    case Mode::sweep: {
      const auto report = run_sweep(options, make_engine_trainer, make_engine_trainer_from, draw_sweep);
      return report ? print(*report) : report_error(report.error());
    }
    case Mode::self_check:
      return run_with_ranks(options, [](RankPart& ranks) {
        const auto report = ranks.self_check();
        if (!report) return report_error(report.error());
        const int code = print(report->text);
        return code == 0 && !report->good ? 1 : code;
      });
    case Mode::headless:
      if (options.report && !write_report)
        return report_error(usage_error("--report: this build draws no figures (SWITCHYARD_APP=OFF)"));
      return run_with_ranks(options, [&](RankPart&) { return run_headless_here(options, draw_figures, write_report); });
    case Mode::window:
      break;
  }
  return report_error(usage_error("this build has no window (SWITCHYARD_APP=OFF); use --headless"));
}

}  // namespace switchyard::app
