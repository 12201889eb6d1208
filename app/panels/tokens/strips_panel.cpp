// A validation passage once, and below every line of it a strip a layer: who handled each character there. Columns of
// one colour are tokens that keep their expert; a click looks into a token.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/token_text.h"
#include "app/panels/tokens/panels.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/widgets/item.h"

namespace switchyard::app {

namespace {

constexpr float kStrip = 9, kStripGap = 1, kBlockGap = 12, kStripNames = 26, kLeastFlow = 480;  // at scale 1

// One line of a passage: tokens [begin, end), drawn y pixels below the first.
struct Line {
  std::size_t begin = 0, end = 0;
  float y = 0;
};

std::string_view face_of(std::string_view text) { return text == "\n" ? "↵" : text == " " ? "·" : text; }

// How many cells each token takes: one, but for what is wider, as a name is or a letter of two columns.
std::vector<std::uint8_t> cells_of(viz::Canvas& canvas, const ProbeTokens& tokens, float cell) {
  std::vector<std::uint8_t> out;
  out.reserve(tokens.text.size());
  for (const std::string& text : tokens.text) {
    const bool plain = text.size() == 1 && text.front() >= ' ';
    const float width = plain ? cell : canvas.text_size(face_of(text), viz::Font::mono).x;
    out.push_back(static_cast<std::uint8_t>(std::clamp(std::ceil(width / cell - 0.2f), 1.0f, 64.0f)));
  }
  return out;
}

// Broken after a newline, else after the last blank that fits.
std::vector<Line> lines_of(const ProbeTokens& tokens, const std::vector<std::uint8_t>& cells, std::size_t begin, std::size_t end,
                           std::size_t columns) {
  std::vector<Line> out;
  while (begin < end) {
    std::size_t to = begin, blank = 0, used = 0;
    while (to < end && (to == begin || used + cells[to] <= columns)) {
      used += cells[to];
      const std::string& text = tokens.text[to++];
      if (text == "\n") break;
      if (text == " ") blank = to;
    }
    const bool broken = to < end && tokens.text[to - 1] != "\n";
    if (broken && blank > begin) to = blank;
    out.push_back({begin, to, 0});
    begin = to;
  }
  return out;
}

struct Grid {
  float cell = 8, line = 18, strip = 9, gap = 1, block = 60;
  std::size_t layers = 0;
  std::vector<std::uint8_t> cells{};  // of each token
  float width(std::size_t token) const { return cell * static_cast<float>(cells[token]); }
};

// The token and layer under the mouse; layer -1: on the text itself.
struct Hit {
  std::ptrdiff_t token = -1;
  int layer = -1;
};

Hit hit_at(const Grid& grid, const std::vector<Line>& lines, ImVec2 origin, ImVec2 mouse) {
  if (mouse.x < origin.x || mouse.y < origin.y) return {};
  const float y = mouse.y - origin.y;
  const auto below_mouse = std::upper_bound(lines.begin(), lines.end(), y, [](float at, const Line& line) { return at < line.y; });
  if (below_mouse == lines.begin()) return {};
  const auto row = static_cast<std::size_t>(below_mouse - lines.begin()) - 1;
  if (y >= lines[row].y + grid.block) return {};
  std::size_t token = lines[row].begin;
  for (float right = origin.x; token < lines[row].end && mouse.x >= (right += grid.width(token));) ++token;
  if (token >= lines[row].end) return {};
  const float below = y - lines[row].y - grid.line;
  const int layer = below < 0 ? -1 : static_cast<int>(below / (grid.strip + grid.gap));
  if (layer >= static_cast<int>(grid.layers)) return {};
  return {static_cast<std::ptrdiff_t>(token), layer};
}

void draw_line(const PanelInput& in, const UiState& ui, viz::Canvas& canvas, const Grid& grid, const Line& line, ImVec2 at, bool names) {
  const Snapshot& snapshot = *in.snapshot;
  const viz::Theme& t = in.theme;
  const int lit = ui.hovered_expert;
  float x = at.x, right = at.x;
  for (std::size_t token = line.begin; token < line.end; ++token, x = right) {
    right = x + grid.width(token);
    const std::string& text = snapshot.tokens->text[token];
    const bool chosen = ui.selection.has(token), inspected = ui.inspecting.token == static_cast<int>(token);
    if (inspected)
      canvas.rect_fill({x - 1, at.y, right, at.y + grid.block - grid.gap - kBlockGap * in.scale}, viz::faded(t.accent, 0.45f), 2);
    const bool mark = text == "\n" || text == " ";
    canvas.text({(x + right) / 2, at.y + grid.line / 2}, face_of(text), mark ? viz::faded(t.text_dim, 0.5f) : chosen ? t.text : viz::faded(t.text_dim, 0.6f), viz::Font::mono, viz::Align::middle,
                viz::Align::middle);
  }
  for (std::size_t l = 0; l < snapshot.layers.size(); ++l) {
    const ProbeLayer& layer = snapshot.layers[l];
    const auto k = static_cast<std::size_t>(layer.top_k);
    const float y = at.y + grid.line + static_cast<float>(l) * (grid.strip + grid.gap);
    if (names)
      canvas.text({at.x - 6 * in.scale, y + grid.strip / 2}, fmt::format("L{}", l), l == static_cast<std::size_t>(shown_layer(ui, snapshot.layers.size())) ? t.text : t.text_dim,
                  viz::Font::mono_small, viz::Align::end, viz::Align::middle);
    x = right = at.x;
    for (std::size_t token = line.begin; token < line.end; ++token, x = right) {
      right = x + grid.width(token);
      const int expert = first_choice(layer, token);
      if (expert < 0) continue;
      float strength = layer.kept[token * k] == 0 ? 0.15f : 0.35f + 0.65f * shown_weight(layer, token * k);
      if (!ui.selection.has(token)) strength *= 0.2f;
      if (lit >= 0 && ui.hover_source != HoverSource::strips) strength = expert == lit ? 1 : strength * 0.25f;
      canvas.rect_fill({x, y, right - 1, y + grid.strip},
                       viz::faded(viz::category_colour(t, static_cast<std::size_t>(std::max(0, expert))), strength), 0);
    }
  }
}

void fill_table(const Snapshot& snapshot, std::size_t begin, std::size_t end, Table& table) {
  std::vector<std::string> columns{"position", "token"};
  for (std::size_t l = 0; l < snapshot.layers.size(); ++l) {
    columns.push_back(fmt::format("first expert of layer {}", l));
    columns.push_back(fmt::format("weight in layer {}", l));
  }
  table.set_header(std::move(columns));
  for (std::size_t t = begin; t < end; ++t) {
    std::vector<Cell> cells{static_cast<std::int64_t>(t - begin), snapshot.tokens->text[t]};
    for (const ProbeLayer& layer : snapshot.layers) {
      const std::int32_t first = first_choice(layer, t);
      cells.push_back(first >= 0 ? Cell(std::int64_t{first}) : Cell());
      cells.push_back(first >= 0 ? Cell(layer.weight[t * static_cast<std::size_t>(layer.top_k)]) : Cell());
    }
    table.add_row(std::move(cells));
  }
}

}  // namespace

void draw_strips_panel(const PanelInput& in, UiState& ui, Commands& out) {
  open_panel(in, of_look(in, "first expert, a strip a layer"), &notes::tokens);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready || !in.snapshot->tokens || in.snapshot->tokens->text.empty()) {
    draw_not_ready(in, state == Readiness::ready ? Readiness::first_step : state, "a passage, and who handled it in every layer");
    light_expert(ui, HoverSource::strips, -1);
    return panel_end(in);
  }
  if (lacks_first_choices(in)) {
    light_expert(ui, HoverSource::strips, -1);
    return panel_end(in);
  }
  const Snapshot& snapshot = *in.snapshot;
  const ProbeTokens& tokens = *snapshot.tokens;
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  const std::size_t passages = (tokens.text.size() + length - 1) / length;
  std::size_t passage = std::min(ui.passage, passages - 1);
  if (passages > 1) {
    panel_header_wants(70 * in.scale);
    if (header_arrow(in, "next passage", Arrow::right)) ui.passage = passage = (passage + 1) % passages;
    header_text(in, fmt::format("{}/{}", passage + 1, passages));
    if (header_arrow(in, "previous passage", Arrow::left)) ui.passage = passage = (passage + passages - 1) % passages;
  }
  const std::size_t begin = passage * length, end = std::min(tokens.text.size(), begin + length);
  const auto experts = static_cast<std::size_t>(snapshot.layers.front().experts);
  chosen_chips(in, ui, experts);
  if (Table* table = wanted_table(in)) fill_table(snapshot, begin, end, *table);

  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float chips = expert_chips_height(in);
  int lit = -1, lit_by_chip = -1;
  panel_scroll_begin(in, "strips", {room.x, room.y - chips - skin.px(4)});
  {
    Grid grid;
    grid.layers = snapshot.layers.size();
    // Wide enough for the widest common letter, and wider where the panel is. Passages lie in as many columns as hold
    // lines of a page's width.
    const float least = text_size(in.theme.fonts.mono, "M").x + 1, all = ImGui::GetContentRegionAvail().x;
    const auto flows = std::clamp<std::size_t>(viz::how_many(all, skin.px(kLeastFlow)), 1, std::min<std::size_t>(passages, 3));
    const float flow = all / static_cast<float>(flows);
    const float free = std::max(least, flow - skin.px(kStripNames) - skin.px(4));
    const auto columns = std::max<std::size_t>(8, viz::how_many(free, std::max(least, skin.px(9.5f))));
    grid.cell = std::floor(std::max(least, std::min(free / static_cast<float>(columns), skin.px(13))));
    grid.line = skin.px(19);
    grid.strip = skin.px(kStrip);
    grid.gap = std::max(1.0f, skin.px(kStripGap));
    grid.block = grid.line + static_cast<float>(grid.layers) * (grid.strip + grid.gap) + skin.px(kBlockGap);
    viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme);
    grid.cells = cells_of(canvas, tokens, grid.cell);
    // The chosen passage first, the others after it in a circle, each where there is most room.
    struct Flow {
      std::vector<Line> lines;
      float height = 0;
    };
    struct Heading {
      std::size_t flow = 0;
      float y = 0;
      std::string text;
    };
    std::vector<Flow> side_by_side(flows);
    std::vector<Heading> headings;
    for (std::size_t i = 0; i < passages; ++i) {
      const std::size_t which = (passage + i) % passages, first = which * length, last = std::min(tokens.text.size(), first + length);
      const auto shortest = std::min_element(side_by_side.begin(), side_by_side.end(), [](const Flow& x, const Flow& y) { return x.height < y.height; });
      const std::string domain = domains_of(tokens, first, last);
      headings.push_back({static_cast<std::size_t>(shortest - side_by_side.begin()), shortest->height,
                          fmt::format("{}{}passage {} of {}", domain, domain.empty() ? "" : " · ", which + 1, passages)});
      shortest->height += grid.line;
      for (Line line : lines_of(tokens, grid.cells, first, last, columns)) {
        line.y = shortest->height;
        shortest->height += grid.block;
        shortest->lines.push_back(line);
      }
      shortest->height += skin.px(kBlockGap);
    }
    float height = 0;
    for (const Flow& one : side_by_side) height = std::max(height, one.height);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const auto origin_of = [&](std::size_t which) { return ImVec2(std::round(corner.x + flow * static_cast<float>(which)) + skin.px(kStripNames), corner.y); };
    const viz::Item item = viz::place_item("passage of layers", {std::max(8.0f, all), height}, false);
    register_item("strips");
    for (const Heading& heading : headings)
      canvas.text({origin_of(heading.flow).x, corner.y + heading.y + grid.line / 2}, heading.text, in.theme.text_dim, viz::Font::small,
                  viz::Align::start, viz::Align::middle);
    Hit hit;
    for (std::size_t f = 0; f < flows; ++f) {
      const ImVec2 origin = origin_of(f);
      for (const Line& line : side_by_side[f].lines) {
        const ImVec2 place(origin.x, origin.y + line.y);
        if (ImGui::IsRectVisible(place, {place.x + 8, place.y + grid.block})) draw_line(in, ui, canvas, grid, line, place, true);
      }
      if (item.hovered && hit.token < 0) hit = hit_at(grid, side_by_side[f].lines, origin, item.mouse);
    }
    if (hit.token >= 0) {
      const auto token = static_cast<std::size_t>(hit.token);
      const auto l = static_cast<std::size_t>(hit.layer >= 0 ? hit.layer : shown_layer(ui, snapshot.layers.size()));
      token_tooltip(in, l, token, false);
      lit = first_choice(snapshot.layers[l], token);
      if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
        inspect_token(in.status, ui, static_cast<int>(token), Inspect::no_layer, out);
        if (hit.layer >= 0) ui.layer = hit.layer;
      }
    }
  }
  panel_scroll_end(in);
  ImGui::SetCursorScreenPos({at.x, at.y + room.y - chips});
  lit_by_chip = expert_chips(in, ui, experts);
  light_expert(ui, HoverSource::strips, lit);
  light_expert(ui, HoverSource::tokens, lit_by_chip);
  panel_end(in);
}

}  // namespace switchyard::app
