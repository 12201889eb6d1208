#include "app/window/beside/ranks_host.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/cli/setups/setup.h"
#include "app/run/notices.h"
#include "app/window/beside/companion_process.h"
#include "core/base/input_file.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"
#include "core/record/tape/tape_rows.h"

namespace switchyard::app {
namespace {

constexpr int kTerminated = 128 + SIGTERM;         // an exit code
constexpr const char* kEndless = "1000000000";     // steps: until they are asked to end
constexpr std::size_t kMostOfCheck = 1024 * 1024;  // bytes of what a check says

// A file for what is said, beside the directory of runs: of these processes alone, whoever else there is.
std::filesystem::path fresh_log(const std::filesystem::path& runs, const std::string& name) {
  std::error_code code;
  const std::filesystem::path folder = runs.parent_path();
  std::filesystem::create_directories(folder, code);
  std::filesystem::remove(folder / name, code);
  return folder / name;
}

// Of lines, those that `wanted` takes.
template <class Wanted>
std::string lines_of(std::string_view text, const Wanted& wanted) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (wanted(line)) out += std::string(line) + '\n';
  }
  return out;
}

// Rows that are as they should be are counted, all else told.
std::string words_of_check(std::string_view text) {
  std::size_t good = 0;
  const std::string told = printable_lines(lines_of(text, [&](std::string_view line) {
    const bool is_good = line.find("  as one process: ") != std::string_view::npos;
    good += is_good;
    return !is_good;
  }));
  return told.empty() ? fmt::format("{} configurations so far, all as one process computes them", good) : told;
}

// The last that the program says as itself: why it ended, where it ended by itself.
std::string complaint_in(const std::string& said) {
  std::string last;
  lines_of(said, [&](std::string_view line) {
    if (line.starts_with("switchyard: ")) last = line;
    return false;
  });
  return last.empty() ? said : last;
}

}  // namespace

RanksHost::~RanksHost() {
  if (check_ >= 0) ::kill(check_, SIGTERM);
}

double RanksHost::next_s() const {
  return process_ < 0 && check_ < 0 ? std::numeric_limits<double>::infinity() : seen_s_ + kEvery_s;
}

void RanksHost::begin(UiState& ui, const RanksWish& wish, const std::filesystem::path& runs, double now_s) {
  if (process_ >= 0)
    return add_toast(ui, Notice::Level::warning,
                     fmt::format("{} processes train already; end them first.", ui.ranks.processes), now_s);
  folder_ = new_run_folder(runs, wish.called);
  log_ = fresh_log(runs, folder_.filename().native() + ".log");
  const auto started =
      start_process(program_,
                    {"--headless", "--ranks", std::to_string(wish.processes), "--steps", kEndless, "--out",
                     folder_.native(), "--config-text", dump_json(setup_json(wish.config))},
                    log_, Lifetime::its_own);
  if (!started) return add_toast(ui, Notice::Level::error, started.error().message, now_s);
  process_ = *started;
  is_shown_ = asked_to_end_ = false;
  ui.ranks.run = true;
  ui.ranks.processes = wish.processes;
  ui.ranks.folder = folder_.native();
  add_toast(
      ui, Notice::Level::info,
      fmt::format("{} processes begin to train one model. They go on when this window closes.", wish.processes),
      now_s);
}

void RanksHost::tell_of_end(UiState& ui, int status, double now_s) {
  ui.ranks.run = false;
  const bool well =
      WIFEXITED(status) && (WEXITSTATUS(status) == 0 || (WEXITSTATUS(status) == kTerminated && asked_to_end_));
  if (well) {
    std::error_code code;
    std::filesystem::remove(log_, code);
    return add_toast(ui, Notice::Level::info, "The processes have ended: " + printable(folder_.native()), now_s);
  }
  std::string why = WIFEXITED(status) ? complaint_in(last_said(log_)) : std::string();
  if (why.empty()) why = ended_how(status);
  add_toast(ui, Notice::Level::error, fmt::format("The processes that trained have ended: {}", why), now_s);
}

void RanksHost::begin_check(UiState& ui, const std::filesystem::path& runs, double now_s) {
  if (check_ >= 0) return;
  check_log_ = fresh_log(runs, fmt::format("self-check-{}.log", ::getpid()));
  const auto started = start_process(program_, {"--self-check", "--ranks", "2"}, check_log_);
  if (!started) return add_toast(ui, Notice::Level::error, started.error().message, now_s);
  check_ = *started;
  ui.ranks.check_runs = true;
  ui.ranks.check_failed = false;
  ui.ranks.check_words = words_of_check({});
}

void RanksHost::read_check(UiState& ui, bool has_ended) {
  const auto file = InputFile::open(check_log_);
  if (!file) return;
  const auto text = file->read_all(kMostOfCheck);
  // It may have grown as it was read: then the next time.
  if (text) ui.ranks.check_words = words_of_check(*text);
  else if (has_ended) ui.ranks.check_words = last_said(check_log_);
}

void RanksHost::serve(UiState& ui, const std::filesystem::path& runs, double now_s) {
  seen_s_ = now_s;
  if (process_ >= 0) {
    std::error_code code;
    // From its first look on there is something to see.
    if (!is_shown_ && std::filesystem::exists(folder_ / kTapeFile, code)) {
      is_shown_ = true;
      ui.wants_view.push_back(folder_.native());
      ui.runs_changed = true;
    }
    if (std::exchange(ui.ranks.end_wanted, false)) {
      asked_to_end_ = true;
      ::kill(process_, SIGTERM);
    }
    if (const auto status = end_of(process_)) {
      process_ = -1;
      tell_of_end(ui, *status, now_s);
    }
  }
  if (check_ >= 0) {
    const auto status = end_of(check_);
    read_check(ui, status.has_value());
    if (status) {
      check_ = -1;
      std::error_code code;
      std::filesystem::remove(check_log_, code);
      ui.ranks.check_runs = false;
      ui.ranks.check_failed = !WIFEXITED(*status) || WEXITSTATUS(*status) != 0;
      if (ui.ranks.check_failed && !WIFEXITED(*status)) ui.ranks.check_words += "\n" + ended_how(*status);
    }
  }
  if (const auto wish = std::exchange(ui.ranks.wanted, std::nullopt)) begin(ui, *wish, runs, now_s);
  if (std::exchange(ui.ranks.check_wanted, false)) begin_check(ui, runs, now_s);
}

}  // namespace switchyard::app
