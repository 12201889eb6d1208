// CPU time to build a frame with one large widget of 1200 x 700 pixels: a million points of a line, 100,000 of a
// scatter, flows of 16 and 64 nodes through 8 columns, 64 bands over 4,000 moments (the rows History keeps). A
// frame at 60 Hz is 16.7 ms.
#include <benchmark/benchmark.h>
#include <imgui.h>

#include <cmath>
#include <string>
#include <vector>

#include "viz/base/compat.h"
#include "viz/plots/line_plot.h"
#include "viz/plots/sankey.h"
#include "viz/plots/scatter.h"
#include "viz/plots/stacked_area.h"

namespace viz {
namespace {

// Any series that is not smooth.
float noise(std::size_t i) { return static_cast<float>((i * 2654435761u) % 1024) / 1024; }

class Window {
 public:
  Window() : context_(ImGui::CreateContext()) {
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {1200, 700};
    io.DeltaTime = 1.0f / 60;
    prepare_without_renderer();
    feed_mouse_position(600, 350);  // on the widget: finding what is under the mouse is part of the frame
  }
  ~Window() { ImGui::DestroyContext(context_); }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  template <class Draw>
  void run(benchmark::State& state, Draw draw) {
    for (auto _ : state) {
      ImGui::NewFrame();
      ImGui::SetNextWindowPos({0, 0});
      ImGui::SetNextWindowSize({1200, 700});
      ImGui::Begin("root", nullptr, ImGuiWindowFlags_NoDecoration);
      draw();
      ImGui::End();
      ImGui::Render();
    }
    state.counters["vertices"] = ImGui::GetDrawData()->TotalVtxCount;
  }

 private:
  ImGuiContext* context_;
};

void line(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  std::vector<double> x(n);
  std::vector<float> y(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i), y[i] = 3 + noise(i);
  const Curve curves[] = {{.label = "train", .x = x, .y = y}};
  const Theme theme = dark();
  PlotState plot;
  Window window;
  window.run(state, [&] { line_plot({.curves = curves}, plot, nullptr, theme, 1); });
}
BENCHMARK(line)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void points(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  std::vector<float> x(n), y(n);
  std::vector<Colour> colours(n);
  const Theme theme = dark();
  for (std::size_t i = 0; i < n; ++i) {
    const float angle = 6.2832f * noise(i), radius = std::sqrt(noise(i + 7'777));
    x[i] = radius * std::cos(angle), y[i] = radius * std::sin(angle);
    colours[i] = category_colour(theme, i % 16);
  }
  PlotState plot;
  Window window;
  window.run(state, [&] { scatter({.x = x, .y = y, .colours = colours}, plot, theme, 1); });
}
BENCHMARK(points)->Arg(2'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void flows(benchmark::State& state) {
  const auto nodes = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kColumns = 8;
  std::vector<std::string> names;
  for (std::size_t n = 0; n < nodes; ++n) names.push_back("E" + std::to_string(n));
  std::vector<SankeyNode> list;
  for (const std::string& name : names) list.push_back({name, 0});
  const std::vector<SankeyColumn> columns(kColumns, {"layer", list});
  std::vector<float> weights(nodes * nodes);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = noise(i) * noise(i) * noise(i);
  const std::vector<SankeyGap> gaps(kColumns - 1, {weights, {}});
  const Theme theme = dark();
  Window window;
  window.run(state, [&] { sankey({.columns = columns, .gaps = gaps}, theme, 1); });
}
BENCHMARK(flows)->Arg(16)->Arg(64)->Unit(benchmark::kMillisecond);

void bands(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kLayers = 64;
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i);
  std::vector<float> y(n);
  for (std::size_t i = 0; i < n; ++i) y[i] = noise(i);
  std::vector<std::string> names;
  for (std::size_t l = 0; l < kLayers; ++l) names.push_back("E" + std::to_string(l));
  std::vector<StackedLayer> layers;
  for (std::size_t l = 0; l < kLayers; ++l) layers.push_back({names[l], y, 0});
  const Theme theme = dark();
  PlotState plot;
  Window window;
  window.run(state, [&] { stacked_area({.x = x, .layers = layers}, plot, nullptr, theme, 1); });
}
BENCHMARK(bands)->Arg(4'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace viz

BENCHMARK_MAIN();
