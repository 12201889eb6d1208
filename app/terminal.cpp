#include "app/terminal.h"

#include <fmt/format.h>

#include <cstdio>

#include "app/route.h"
#include "core/base/version.h"
#include "core/data/utf8.h"
#include "core/train/engine_loader.h"

namespace switchyard::app {
namespace {

// A pipe that closed early, or a full disk, must not pass as done.
int print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written ? 0 : report_error(failure("cannot write to the standard output (disk full?)"));
}

int print_version() {
  const auto engine = load_engine();
  if (!engine) return report_error(engine.error());
  const EngineInfo info = (*engine)->info();
  return print(fmt::format("Switchyard {}\nLibTorch   {}\nBLAS       {}\ndevice     {}\nthreads    {}\n",
                           version(), info.libtorch, info.blas, info.device, info.threads));
}

int print_route(const Options& options) {
  const auto engine = load_engine();
  if (!engine) return report_error(engine.error());
  const auto report = route_text(**engine, options.run, options.text, options.full);
  if (!report) return report_error(report.error());
  const auto given = report->vocabulary.encode(options.text);
  if (const auto all = decode_utf8(options.text).text.size(); given && given->size() < all)
    fmt::print(stderr,
               "switchyard: {} characters of the text are not in the model's vocabulary and were left out\n",
               all - given->size());
  return print(options.json ? route_json(*report) : route_table(*report));
}

}  // namespace

int report_error(const Error& error) {
  fmt::print(stderr, "switchyard: {}\n", error.message);
  return exit_code(error.kind);
}

Result<std::unique_ptr<Trainer>> make_engine_trainer(const Config& config) {
  const auto engine = load_engine();
  if (!engine) return engine.error();
  return (*engine)->create(config);
}

int run_in_terminal(const Options& options, const DrawFigures& draw_figures) {
  switch (options.mode) {
    case Mode::help:
      return print(options.help);
    case Mode::list_knobs:
      return print(knob_list(options.json));
    case Mode::list_presets:
      return print(preset_list());
    case Mode::version:
      return print_version();
    case Mode::route:
      return print_route(options);
    case Mode::headless: {
      const auto folder = run_headless(options, make_engine_trainer, draw_figures);
      return folder ? print(folder->string() + '\n') : report_error(folder.error());
    }
    case Mode::window:
      break;
  }
  return report_error(usage_error("this build has no window (SWITCHYARD_APP=OFF); use --headless"));
}

}  // namespace switchyard::app
