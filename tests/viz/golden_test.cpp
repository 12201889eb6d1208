// What every widget draws, as SVG text in letters of fixed widths, against the pictures kept in golden/. README.md
// says how to look at a difference and how to accept one.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/viz/headless_imgui.h"
#include "tests/viz/stub_typefaces.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_svg.h"
#include "viz/canvas/drawing.h"
#include "viz/plots/bar_chart.h"
#include "viz/plots/heatmap.h"
#include "viz/plots/line_plot.h"
#include "viz/plots/line_plot_draw.h"
#include "viz/plots/matrix.h"
#include "viz/plots/parallel_plot.h"
#include "viz/plots/sankey.h"
#include "viz/plots/scatter.h"
#include "viz/plots/stacked_area.h"
#include "viz/widgets/text_strip.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// The first line in which two texts differ, for the message.
std::string first_difference(const std::string& wanted, const std::string& got) {
  std::istringstream a(wanted), b(got);
  for (int line = 1;; ++line) {
    std::string left, right;
    const bool more_left = static_cast<bool>(std::getline(a, left)),
               more_right = static_cast<bool>(std::getline(b, right));
    if (!more_left && !more_right) return "none";
    if (left != right || more_left != more_right)
      return "line " + std::to_string(line) + "\n  golden: " + left + "\n  drawn:  " + right;
  }
}

void compare(const std::string& name, const std::string& svg) {
  const fs::path golden = fs::path(SWITCHYARD_GOLDEN) / (name + ".svg");
  if (std::getenv("SWITCHYARD_UPDATE_GOLDEN")) write(golden, svg);
  const std::string wanted = read(golden);
  if (svg == wanted) return;
  const fs::path drawn = fs::temp_directory_path() / "switchyard-golden" / (name + ".svg");
  write(drawn, svg);
  FAIL() << golden << " shows something else than " << drawn
         << "; first difference: " << first_difference(wanted, svg);
}

// A picture of what `draw` draws on a canvas of the size given.
template <class Draw>
std::string picture(float width, float height, const Theme& theme, Draw draw) {
  CanvasSvg canvas({{0, 0, width, height}, 1}, testing::stub_typefaces(), testing::stub_text_size);
  canvas.rect_fill({0, 0, width, height}, theme.panel);
  draw(canvas, Rect{10, 10, width - 10, height - 10});
  return canvas.document({});
}

TEST(Golden, LinePlot) {
  const Theme theme = dark();
  std::vector<double> x, sparse_x;
  std::vector<float> raw, smooth, sparse;
  for (int i = 0; i <= 120; ++i) {
    x.push_back(10 * i);
    // Sums of eighths: the same on every machine.
    const float fall = 3.5f - static_cast<float>(i) / 64, wiggle = static_cast<float>((i * 37) % 17 - 8) / 32;
    raw.push_back(i >= 60 && i < 64 ? NAN : fall + wiggle);
    smooth.push_back(fall);
    if (i % 20 == 10) sparse_x.push_back(10 * i), sparse.push_back(fall + 0.125f);
  }
  const Curve curves[] = {{.label = "train", .x = x, .y = raw, .faint = true},
                          {.label = "train", .x = x, .y = smooth, .thickness = 2},
                          {.label = "validation", .x = sparse_x, .y = sparse, .sparse = true, .marked = true},
                          {.label = "dashed", .x = x, .y = raw, .style = LineStyle::dashed}};
  const ReferenceLine references[] = {{2.5, "bigram 2.50"}};
  const EventMark events[] = {{300, "Top-k 1\u21922"}};
  const double breaks[] = {900};
  const LinePlotSpec spec{.curves = curves,
                          .references = references,
                          .events = events,
                          .breaks = breaks,
                          .summary = "1.625 \u00b1 0.012",
                          .y_floor = 0};
  PlotState state;
  state.hidden = {"dashed"};
  compare("line_plot", picture(520, 260, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_line_plot(canvas, rect, spec, state, 480, theme, 1);
          }));
}

TEST(Golden, LinePlotLog) {
  const Theme theme = light();
  std::vector<double> x;
  std::vector<float> y;
  for (int i = 0; i < 12; ++i) {
    x.push_back(i);
    y.push_back(std::ldexp(1.0f, -i));
  }
  const Curve curves[] = {{.label = "rate", .x = x, .y = y}};
  const LinePlotSpec spec{.curves = curves, .log_y = true};
  compare("line_plot_log", picture(360, 220, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_line_plot(canvas, rect, spec, {}, NAN, theme, 1);
          }));
}

TEST(Golden, BarChart) {
  const Theme theme = dark();
  std::vector<std::string> names;
  std::vector<Bar> bars;
  for (int i = 0; i < 18; ++i) names.push_back("E" + std::to_string(i));
  for (std::size_t i = 0; i < 18; ++i) bars.push_back({static_cast<float>((i * 5) % 9) / 4, names[i]});
  bars[3].value_colour = theme.bad;
  const BarChartSpec spec{
      .bars = bars, .format = times, .reference = 1, .reference_label = "fair", .highlighted = 17};
  compare("bar_chart", picture(480, 200, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_bar_chart(canvas, rect, spec, theme, 1);
          }));
}

TEST(Golden, Heatmap) {
  const Theme theme = dark();
  std::vector<std::vector<float>> values(6);
  std::vector<View<float>> rows;
  std::vector<double> x;
  for (int c = 0; c < 40; ++c) x.push_back(25 * c);
  for (std::size_t r = 0; r < values.size(); ++r) {
    for (std::size_t c = 0; c < x.size(); ++c)
      values[r].push_back(r == 4 && c < 12 ? NAN : static_cast<float>((r * 7 + c * c) % 32) / 16);
    rows.emplace_back(values[r]);
  }
  const std::string_view labels[] = {"E00", "E01", "E02", "E03", "E04", "E05"};
  const HeatmapSpec spec{.x = x,
                         .rows = rows,
                         .labels = labels,
                         .value_max = 2,
                         .min_label = "0\u00d7",
                         .max_label = "2\u00d7",
                         .caption = "utilisation over steps",
                         .show_x_labels = true,
                         .highlighted = 2};
  compare("heatmap", picture(420, 180, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_heatmap(canvas, rect, spec, nullptr, 500, theme, 1);
          }));
}

TEST(Golden, Matrix) {
  const Theme theme = light();
  const float values[] = {40, 3, 0, 1, 38, 2, 7, 0, 29},
              shares[] = {0.93f, 0.07f, 0, 0.02f, 0.93f, 0.05f, 0.19f, 0, 0.81f};
  const std::string_view names[] = {"arm 0", "arm 1", "a very long name of a class"};
  const Colour colours[] = {category_colour(theme, 0), category_colour(theme, 1), category_colour(theme, 2)};
  const MatrixSpec spec{.rows = 3,
                        .columns = 3,
                        .values = values,
                        .shares = shares,
                        .row_labels = names,
                        .column_labels = names,
                        .row_colours = colours,
                        .column_colours = colours};
  compare("matrix", picture(380, 170, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_matrix(canvas, rect, spec, 1, 2, theme, 1);
          }));
}

// Signed values with a key: rows of labels, columns of experts.
TEST(Golden, MatrixSigned) {
  const Theme theme = dark();
  std::vector<float> values;
  for (int i = 0; i < 4 * 8; ++i) values.push_back(i == 5 ? NAN : static_cast<float>((i * 11) % 17 - 8) / 8);
  const std::string_view labels[] = {"narrative", "dialogue", "code", "sums"};
  std::vector<std::string> names;
  for (int e = 0; e < 8; ++e) names.push_back("E0" + std::to_string(e));
  const std::vector<std::string_view> experts(names.begin(), names.end());
  std::vector<Colour> colours;
  for (std::size_t e = 0; e < 8; ++e) colours.push_back(category_colour(theme, e));
  const MatrixSpec spec{.rows = 4,
                        .columns = 8,
                        .values = values,
                        .shares = values,
                        .share_min = -1,
                        .share_max = 1,
                        .format = [](double v) { return fixed_significant(v, 2); },
                        .zero_is_empty = false,
                        .row_labels = labels,
                        .column_labels = experts,
                        .column_colours = colours,
                        .map = ColourMap::diverging,
                        .highlighted_column = 6,
                        .show_legend = true,
                        .min_label = "1/4\u00d7",
                        .max_label = "4\u00d7",
                        .caption = "lift over the expert's load",
                        .reference = 0.25f,
                        .reference_label = "1.4\u00d7"};
  compare("matrix_signed", picture(460, 190, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_matrix(canvas, rect, spec, -1, -1, theme, 1);
          }));
}

TEST(Golden, ParallelPlot) {
  const std::vector<std::string_view> ks = {"1", "2", "4"}, factors = {"1", "1.25", "2"},
                                      gates = {"softmax", "sigmoid"}, rates = {"0.001", "0.003"};
  const ParallelAxis axes[] = {
      {"top_k", ks}, {"capacity_factor", factors}, {"gate", gates}, {"learning_rate", rates}};
  std::vector<std::array<std::size_t, 4>> at;
  std::vector<float> y;
  for (std::size_t i = 0; i < 36; ++i) {
    at.push_back({i % 3, i / 3 % 3, i / 9 % 2, i / 18});
    y.push_back(1.6f + 0.1f * static_cast<float>((i % 3 + 1) % 3) + 0.04f * static_cast<float>(2 - i / 3 % 3) +
                0.05f * static_cast<float>(i / 18) + 0.01f * static_cast<float>(i * 7 % 5));
  }
  std::vector<ParallelLine> lines;
  for (std::size_t i = 0; i < at.size(); ++i) lines.push_back({at[i], y[i], y[i] < 1.64f});
  const Theme theme = dark();
  compare("parallel_plot", picture(640, 260, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_parallel_plot(canvas, rect, {.axes = axes, .lines = lines, .y_name = "validation loss"}, theme,
                               1);
          }));
}

TEST(Golden, StackedArea) {
  const Theme theme = dark();
  std::vector<double> x;
  std::vector<std::vector<float>> y(5);
  for (int i = 0; i < 60; ++i) {
    x.push_back(20 * i);
    for (int r = 0; r < 5; ++r)
      y[static_cast<std::size_t>(r)].push_back(static_cast<float>(8 + ((i / 4) * (r + 2)) % 16));
  }
  const std::string_view labels[] = {"E00", "E01", "E02", "E03", "E04"};
  std::vector<StackedLayer> layers;
  for (std::size_t r = 0; r < 5; ++r) layers.push_back({labels[r], y[r], 0});
  const double breaks[] = {800};
  const StackedAreaSpec spec{.x = x, .layers = layers, .breaks = breaks, .highlighted = -1};
  PlotState state;
  state.hidden = {"E03"};
  compare("stacked_area", picture(420, 220, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_stacked_area(canvas, rect, spec, state, 400, theme, 1);
          }));
}

TEST(Golden, Sankey) {
  const Theme theme = dark();
  std::vector<std::string> names;
  for (int e = 0; e < 4; ++e) names.push_back("E0" + std::to_string(e));
  std::vector<SankeyNode> nodes;
  for (const std::string& name : names) nodes.push_back({name, 0});
  const SankeyColumn columns[] = {{"layer 0", nodes}, {"layer 1", nodes}, {"layer 2", nodes}};
  const float first[] = {8, 1, 0, 3, 2, 6, 1, 0, 0, 2, 4, 2, 1, 1, 1, 8},
              second[] = {2, 2, 6, 1, 4, 4, 1, 1, 1, 1, 4, 0, 3, 2, 0, 8};
  const SankeyGap gaps[] = {{first, {}}, {second, {}}};
  const SankeySpec spec{.columns = columns, .gaps = gaps, .lit_column = 1, .lit_node = 2};
  compare("sankey", picture(420, 260, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_sankey(canvas, rect, spec, {}, theme, 1);
          }));
}

TEST(Golden, Scatter) {
  const Theme theme = dark();
  std::vector<float> x, y;
  std::vector<Colour> colours;
  std::vector<std::uint8_t> ringed;
  for (int i = 0; i < 90; ++i) {
    x.push_back(static_cast<float>((i * 29) % 64) / 32 - 1);
    y.push_back(static_cast<float>((i * 47) % 64) / 32 - 1);
    colours.push_back(category_colour(theme, static_cast<std::size_t>(i % 3)));
    ringed.push_back(i % 30 == 7);
  }
  std::vector<Colour> ground;
  for (int cell = 0; cell < 8 * 8; ++cell)
    ground.push_back(mixed(theme.panel, category_colour(theme, cell % 8 < cell / 8 ? 0 : 1), 0.4f));
  const PlaneLabel labels[] = {{0.5f, 0.5f, "E00", category_colour(theme, 0), true}};
  const LegendEntry legend[] = {{"stories", category_colour(theme, 0)}, {"code", category_colour(theme, 1)}};
  const ScatterSpec spec{.x = x,
                         .y = y,
                         .colours = colours,
                         .ringed = ringed,
                         .cells = {8, 8, ground, -1, 1, -1, 1, theme.panel},
                         .labels = labels,
                         .legend = legend,
                         .highlighted_entry = 1,
                         .x_name = "PC1 39 %",
                         .y_name = "PC2 21 %"};
  compare("scatter", picture(300, 300, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_scatter(canvas, rect, spec, {}, 12, theme, 1);
          }));
}

// Eight directions, two of them nearly the same and one that is lit, over faint points.
TEST(Golden, Arrows) {
  const Theme theme = light();
  std::vector<float> x, y;
  std::vector<Colour> colours;
  for (int i = 0; i < 60; ++i) {
    x.push_back(static_cast<float>((i * 29) % 64) / 32 - 1);
    y.push_back(static_cast<float>((i * 47) % 64) / 32 - 1);
    colours.push_back(faded(theme.text_dim, 0.5f));
  }
  const char* names[] = {"E00", "E01", "E02", "E03", "E04", "E05", "E06", "E07"};
  const float ends[][2] = {{0.9f, 0.1f}, {0.88f, 0.16f}, {0.3f, 0.8f}, {-0.6f, 0.6f}, {-1.1f, 0}, {-0.02f, -0.03f}, {0, 0}, {0.4f, -0.9f}};
  std::vector<PlaneArrow> arrows;
  for (std::size_t i = 0; i < std::size(names); ++i)
    arrows.push_back({.x1 = ends[i][0], .y1 = ends[i][1], .name = names[i], .colour = category_colour(theme, i), .lit = i == 3});
  const ScatterSpec spec{.x = x, .y = y, .colours = colours, .arrows = arrows, .x_name = "PC1 39 %", .y_name = "PC2 21 %"};
  compare("arrows", picture(300, 300, theme, [&](Canvas& canvas, const Rect& rect) {
            draw_scatter(canvas, rect, spec, {}, -1, theme, 1);
          }));
}

// Has no drawing apart from its scrolling window: taken through a tap, in ImGui's own font.
class GoldenWindow : public testing::HeadlessImGui {
 protected:
  GoldenWindow() : HeadlessImGui(320, 120) {}
};

TEST_F(GoldenWindow, TextStrip) {
  Drawing drawing;
  const Tap tap{&drawing};
  Theme theme = dark();
  theme.tap = &tap;
  std::vector<StripToken> tokens;
  const std::string_view words[] = {"Once",           " ", "upon", " ", "a", " ", "time", "\n",
                                    "<there & then>", " ", "was",  " ", "a", " ", "mill", "."};
  for (std::size_t i = 0; i < std::size(words); ++i)
    tokens.push_back(
        {.text = words[i], .background = category_colour(theme, i % 4), .emphasised = i == 6, .faint = i == 2});
  frame([&] { text_strip({.size = {300, 100}, .tokens = tokens, .highlighted = 10}, theme, 1); });
  compare("text_strip", picture(320, 120, theme, [&](Canvas& canvas, const Rect&) { drawing.draw_on(canvas); }));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
