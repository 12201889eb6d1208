// What it takes to list a directory of many runs. Run by hand, from build/release/bin:
//
//   list_bench DIR [N]   10,000 runs (or N) of some hundred steps and a checkpoint, made in DIR/runs where they
//   are not there yet; listed without an index, again, with one of them changed, and the newest twelve; then as a
//   table of 200 columns, filtered, sorted and grouped, and all of `switchyard runs`
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "app/cli/tables/runs.h"
#include "core/base/json.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/run_list.h"
#include "core/runs/run_filter.h"
#include "core/runs/run_groups.h"
#include "core/runs/run_rows.h"
#include "core/session/driving/driver.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/small_checkpoint.h"

namespace {

using namespace switchyard;
namespace fs = std::filesystem;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A real one, then its copies under other ids and settings.
void make_runs(const fs::path& runs, int count) {
  const fs::path model = runs.parent_path() / "model";
  fs::remove_all(model);
  Config config;
  config.val_interval = 10, config.tape_budget_mb = 0;
  test::FakeTrainer trainer(config);
  {
    auto folder = RunFolder::create(model);
    Driver driver(trainer, folder->get());
    driver.start();
    while (trainer.step() < 300) (void)driver.advance();
    driver.finish();
    auto kept = test::small_checkpoint(300);
    (void)CheckpointStore(model).write(kept);
  }
  const std::string metrics = text_of(model / "metrics.csv");
  const fs::path checkpoint = CheckpointStore(model).newest()->file;
  Json description = *read_json_file(model / "config.json");
  for (int i = 0; i < count; ++i) {
    const fs::path run = runs / ("20261129T" + std::to_string(1'000'000 + i).substr(1) + "Z-stories-" +
                                 std::to_string(100'000 + i));
    fs::create_directories(run / "checkpoints");
    description.member("run") = run.filename().native();
    description.member("config").member("seed") = i;
    description.member("config").member("learning_rate") = 1e-4 * (1 + i % 100);
    std::ofstream(run / "config.json") << dump_json(description, 2) << "\n";
    std::ofstream(run / "metrics.csv") << metrics;
    std::ofstream(run / "run.lock") << "1\n";
    fs::copy_file(checkpoint, run / "checkpoints" / checkpoint.filename());
  }
}

// CPU seconds of this thread.
double cpu() {
  timespec at{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

void list(const char* what, const fs::path& runs, std::size_t most) {
  const double began = now(), cpu_began = cpu();
  std::size_t count = 0, anew = 0;
  double first = 0;
  {
    RunIndex index(runs);
    read_runs(index, [&](RunSummary&&) {
      if (count == 0) first = now() - began;
      return ++count < most;
    });
    anew = index.read_anew();
  }
  std::printf("%-28s %6zu runs, %6zu read: %7.1f ms, %7.1f of CPU; the first after %.1f ms\n", what, count, anew,
              1e3 * (now() - began), 1e3 * (cpu() - cpu_began), 1e3 * first);
}

template <class Call>
void time_call(std::string_view what, Call call) {
  std::vector<double> took;
  std::size_t count = 0;
  for (int i = 0; i < 9; ++i) {
    const double began = now();
    count = call();
    took.push_back(1e3 * (now() - began));
  }
  std::ranges::nth_element(took, took.begin() + 4);
  std::printf("%-64s %6zu rows: %7.2f ms\n", std::string(what).c_str(), count, took[4]);
}

void tabulate(const fs::path& runs) {
  const double began = now();
  RunTable table = read_run_table(runs)->table;
  std::printf("read with their validations                      %7.1f ms\n", 1e3 * (now() - began));
  time_call("read as a table", [&] { return read_run_table(runs)->table.rows.size(); });
  for (std::size_t i = 0; table.columns.size() < 200; ++i) {
    table.columns.push_back({"more_" + std::to_string(i), KnobType::real});
    for (std::size_t row = 0; row < table.rows.size(); ++row)
      table.rows[row].emplace_back(std::in_place_type<double>, static_cast<double>((row * 7919 + i) % 1000));
  }
  for (const char* where :
       {"top_k=2 and val_loss<1.9", "learning_rate between 1e-3 and 5e-3 and gate='softmax' and more_99 > 500",
        "folder like '%-1000%' or data like '%shake%'", "parent is null and not (seed % 3 = 0 or best_step < 100)",
        "more_0 + more_1 + more_2 + more_3 + more_4 + more_5 + more_6 < 3500"})
    time_call(where, [&] { return filter_rows(table, where)->size(); });
  time_call("sorted", [&] {
    RunOrder rows = all_rows(table);
    (void)sort_rows(table, rows, "-more_50");
    return rows.size();
  });
  time_call("grouped", [&] { return group_rows(table, all_rows(table)).members.size(); });
  app::RunsRequest request;
  request.directory = runs.native(), request.filter = "learning_rate<0.002 and val_loss<9",
  request.sort = "val_loss";
  time_call("the command, as text", [&] { return app::report_runs(request)->table.size(); });
  request.filter.clear(), request.format = app::TableFormat::json;
  time_call("all of them, as JSON (bytes)", [&] { return app::report_runs(request)->table.size(); });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "list_bench DIR [N]\n");
    return 2;
  }
  const fs::path runs = fs::path(argv[1]) / "runs";
  const int count = argc > 2 ? std::atoi(argv[2]) : 10'000;
  if (!fs::exists(runs)) {
    const double began = now();
    make_runs(runs, count);
    std::printf("%d runs made in %.1f s\n", count, now() - began);
    std::this_thread::sleep_for(std::chrono::seconds(RunIndex::kRest_s + 1));
  }
  for (const char* with : {"", "-wal", "-shm"}) fs::remove((runs / kIndexFile).native() + with);
  list("without an index", runs, kAllRuns);
  std::printf("  index.sqlite: %.1f MB\n", static_cast<double>(fs::file_size(runs / kIndexFile)) / 1e6);
  for (int i = 0; i < 3; ++i) list("unchanged", runs, kAllRuns);
  std::ofstream(fs::directory_iterator(runs)->path() / "metrics.csv", std::ios::app) << "\n";
  list("one changed", runs, kAllRuns);
  list("the newest twelve", runs, 12);
  tabulate(runs);
  return 0;
}
