// CPU time to build the data panels of one frame: 64 experts, 8 layers, 100,000 steps of history. The bar is
// 4 ms for those of one workspace (single_thread CPU, at 1920x1080).
#include <benchmark/benchmark.h>

#include <memory>

#include "app/shell/workbench.h"
#include "tests/app/panels/library_scene.h"
#include "tests/app/panels/panel_scene.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

struct Place {
  const char* id;
  ImVec2 at, size;
};
const Place kPlaces[] = {
    {"loss", {340, 60}, {700, 330}},         {"expert-load", {1050, 60}, {860, 330}},
    {"tokens", {340, 400}, {520, 330}},      {"projection", {870, 400}, {520, 330}},
    {"generation", {1400, 400}, {510, 330}}, {"routing", {340, 740}, {1570, 330}},
    {"flow", {340, 60}, {860, 500}},
};

const scene::Scene& long_run() {
  static const scene::Scene run({.layers = 8, .experts = 64, .top_k = 2, .steps = 100'000});
  return run;
}

// One frame with the panels chosen: -1 for all.
void build_frame(benchmark::State& state) {
  const scene::Scene& run = long_run();
  scene::Headless window;
  ImGui::GetIO().UserData = nullptr;
  UiState ui;
  Commands out;
  ui.generated_from = ui.prompt;
  for (int i = 0; i < 400; ++i) ui.generated.push_back({"a", std::vector<std::int32_t>(8, i % 64)});
  const int only = static_cast<int>(state.range(0));
  int vertices = 0;
  for (auto _ : state) {
    ImGui::NewFrame();
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
    ImGui::Begin("root", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove);
    ui.hover.begin_frame();
    for (int i = 0; i < static_cast<int>(std::size(kPlaces)); ++i) {
      if (only >= 0 && only != i) continue;
      const Place& place = kPlaces[i];
      ImGui::SetCursorScreenPos(place.at);
      viz::begin_child(place.id, place.size, true, ImGuiWindowFlags_NoScrollbar);
      scene::draw(place.id, run.input(), ui, out);
      ImGui::EndChild();
    }
    ImGui::End();
    ImGui::Render();
    vertices = ImGui::GetDrawData()->TotalVtxCount;
  }
  state.counters["vertices"] = vertices;
  state.SetLabel(only < 0 ? "all panels" : kPlaces[only].id);
}
BENCHMARK(build_frame)->DenseRange(-1, static_cast<int>(std::size(kPlaces)) - 1)->Unit(benchmark::kMillisecond);

// One frame of the whole window in one workspace: everything there is in it, top bar and timeline included. Live: each
// frame brings a new step as well, more than a trainer would.
void build_workspace(benchmark::State& state, bool live) {
  scene::Scene run({.layers = 8, .experts = 64, .top_k = 2, .steps = 0, .passages = 1});
  run.view.history = long_run().view.history;
  run.seen = long_run().seen;
  run.status = long_run().status;
  scene::Headless window({1920, 1080});
  ImGui::GetIO().UserData = nullptr;
  UiState ui;
  Commands out;
  run.view.kept.add(std::make_shared<Snapshot>(run.seen));
  take_status(ui.knobs, run.status);
  ui.show_welcome = false;
  ui.arranging.workspace = workspaces()[static_cast<std::size_t>(state.range(0))].id;
  const PanelInput in = run.input();
  int vertices = 0;
  std::int64_t step = run.seen.step;
  const StepRecord next = scene::record({.layers = 8, .experts = 64, .top_k = 2}, step + 1);
  for (auto _ : state) {
    if (live) {
      StepRecord record = next;
      record.step = ++step;
      run.view.history.append(record);
    }
    ImGui::NewFrame();
    draw_workbench(in, {}, ui, out);
    ImGui::Render();
    vertices = ImGui::GetDrawData()->TotalVtxCount;
  }
  state.counters["vertices"] = vertices;
  state.SetLabel(std::string(spec_of(ui.arranging.workspace).title));
}
// The table of so many runs: drawn as it stands, and with all of it asked for again (filter, sort, grouping),
// which is no frame's but a thread's.
void build_run_table(benchmark::State& state, bool asks) {
  scene::Scene run({.layers = 2, .experts = 8});
  scene::Headless window({1920, 1080});
  ImGui::GetIO().UserData = nullptr;
  UiState ui;
  Commands out;
  ui.show_welcome = false;
  ui.arranging.workspace = Workspace::runs;
  const auto runs = scene::made_runs(static_cast<int>(state.range(0)));
  ui.library.query = {.filter = "top_k=2 or val_loss<1e9", .sort = "-val_loss", .grouped = state.range(1) != 0};
  scene::ask(ui.library, runs);
  // All are selected, which is the dearest.
  for (const std::string& name : runs->names) ui.library.selected.insert(name);
  const PanelInput in = run.input();
  for (auto _ : state) {
    if (asks) {
      scene::ask(ui.library, runs);
      continue;
    }
    ImGui::NewFrame();
    draw_workbench(in, {}, ui, out);
    ImGui::Render();
  }
}
BENCHMARK_CAPTURE(build_run_table, frame, false)
    ->Args({10'000, 0})
    ->Args({10'000, 1})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build_run_table, asked, true)
    ->Args({10'000, 0})
    ->Args({10'000, 1})
    ->Unit(benchmark::kMillisecond);

BENCHMARK_CAPTURE(build_workspace, still, false)->DenseRange(0, static_cast<int>(kWorkspaces) - 1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build_workspace, live, true)->DenseRange(0, static_cast<int>(kWorkspaces) - 1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace switchyard::app

BENCHMARK_MAIN();
