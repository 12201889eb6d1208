#include "app/window/beside/report_host.h"

#include <signal.h>
#include <sys/wait.h>

#include <limits>
#include <system_error>
#include <utility>

#include "app/cli/headless/record_figures.h"
#include "app/run/notices.h"
#include "app/window/beside/companion_process.h"
#include "core/base/printable.h"

namespace switchyard::app {
ReportHost::~ReportHost() {
  if (process_ >= 0) ::kill(process_, SIGTERM);
}

double ReportHost::next_s() const {
  return process_ < 0 ? std::numeric_limits<double>::infinity() : seen_s_ + kEvery_s;
}

void ReportHost::begin(UiState& ui, const std::string& run_folder, double now_s) {
  if (process_ >= 0) return add_toast(ui, Notice::Level::info, "A report is being written already.", now_s);
  if (run_folder.empty())
    return add_toast(ui, Notice::Level::warning, "Nothing is recorded yet: a report is made of a run's folder.",
                     now_s);
  const std::filesystem::path folder = run_folder;
  page_ = folder / kReportFile;
  log_ = folder / "report.log";
  std::error_code code;
  std::filesystem::remove(log_, code);
  const auto started = start_process(program_, {"report", folder.native(), "--out", page_.native()}, log_);
  if (!started) return add_toast(ui, Notice::Level::error, "No report: " + started.error().message, now_s);
  process_ = *started;
  add_toast(ui, Notice::Level::info, "A report of this run is being written.", now_s);
}

void ReportHost::tell_of_end(UiState& ui, int status, double now_s) {
  std::error_code code;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    std::filesystem::remove(log_, code);
    return add_toast(ui, Notice::Level::info, "Written: " + printable(page_.native()), now_s);
  }
  std::string why = last_said(log_);
  if (why.empty()) why = ended_how(status);
  std::filesystem::remove(log_, code);
  add_toast(ui, Notice::Level::error, "No report: " + why, now_s);
}

void ReportHost::serve(UiState& ui, const std::string& run_folder, double now_s) {
  seen_s_ = now_s;
  if (const auto status = process_ >= 0 ? end_of(process_) : std::nullopt) {
    process_ = -1;
    tell_of_end(ui, *status, now_s);
  }
  if (std::exchange(ui.wants_report, false)) begin(ui, run_folder, now_s);
}

}  // namespace switchyard::app
