#include "app/panels/runs/run_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/runs/run_actions.h"
#include "app/panels/runs/run_header.h"
#include "app/panels/runs/run_keys.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kGridRow = 22, kGridHeader = 24;  // at scale 1
constexpr const char* kRunMenu = "##run menu";

class Grid {
 public:
  Grid(const PanelInput& in, UiState& ui, const RunListing& listing, const DrawnRuns& drawn)
      : in_(in),
        ui_(ui),
        view_(ui.library),
        listing_(listing),
        drawn_(drawn),
        skin_{in.theme, in.scale},
        t_(in.theme),
        lines_(lines_of(listing, ui.library)),
        row_(std::round(skin_.px(kGridRow))),
        header_(std::round(skin_.px(kGridHeader))) {
    columns_ = lay_out_columns(in, listing, view_);
    if (!columns_.empty()) whole_ = columns_.back().x + columns_.back().width;
  }

  GridAsks draw(float height) {
    const ImVec2 size(ImGui::GetContentRegionAvail().x, height);
    const float content = header_ + row_ * static_cast<float>(lines_.size());
    const bool figure = for_figure(in_);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
    viz::begin_child("table of runs", size, false,
                     ImGuiWindowFlags_HorizontalScrollbar | ImGuiWindowFlags_NoBackground |
                         (figure ? ImGuiWindowFlags_NoScrollbar : 0));
    ImGui::PopStyleVar(2);
    at_ = ImGui::GetWindowPos();
    const ImVec2 start = ImGui::GetCursorScreenPos();
    shown_width_ = std::min(size.x - (content > size.y ? ImGui::GetStyle().ScrollbarSize : 0), size.x);
    shown_height_ = size.y - (whole_ > shown_width_ ? ImGui::GetStyle().ScrollbarSize : 0);
    // What there is to scroll through.
    ImGui::Dummy({whole_, content});
    take_keys();
    scroll_to_lit();
    draw_rows();
    draw_run_header(in_, ui_, listing_, columns_, {at_.x, at_.y, right(), bottom()}, header_);
    context_menu();
    ImGui::SetCursorScreenPos(start);
    panel_hides(in_, content - size.y);
    ImGui::EndChild();
    return asks_;
  }

 private:
  float x_of(const GridColumn& column) const {
    return &column == columns_.data() ? at_.x : at_.x + column.x - ImGui::GetScrollX();
  }
  float first_end() const { return columns_.empty() ? at_.x : at_.x + std::min(columns_[0].width, shown_width_); }
  float right() const { return at_.x + shown_width_; }
  float bottom() const { return at_.y + shown_height_; }

  const DrawnRun* mark_of(const std::string& name) const {
    for (const DrawnRun& one : drawn_.drawn)
      if (one.name == name) return &one;
    return nullptr;
  }

  void take_keys() {
    const bool clicked = ImGui::IsMouseClicked(0) || ImGui::IsMouseClicked(1);
    if (clicked && !ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows)) view_.has_keys = false;
    if (ui_.focus.ring()) view_.has_keys = false;  // Tab went elsewhere, or comes below
    if (for_figure(in_)) return;
    const FocusKeys keys =
        focus_stop(ImGui::GetID("rows"), {at_.x, at_.y + header_}, {right(), bottom()}, FocusKind::turn);
    view_.has_keys = view_.has_keys || keys.has;
    const long page = std::max(1L, std::lround((shown_height_ - header_) / row_) - 1);
    if (table_has_keys(ui_)) take_run_keys(listing_, view_, lines_, page, asks_);
  }

  void scroll_to_lit() {
    if (!std::exchange(view_.brings_lit, false)) return;
    const std::size_t lit = lit_line(listing_, view_, lines_);
    if (lit >= lines_.size()) return;
    const float top = row_ * static_cast<float>(lit), room = shown_height_ - header_;
    if (top < ImGui::GetScrollY()) ImGui::SetScrollY(top);
    else if (top + row_ > ImGui::GetScrollY() + room) ImGui::SetScrollY(top + row_ - room);
  }

  void draw_rows() {
    const float top = at_.y + header_ - std::round(ImGui::GetScrollY());
    const auto first = static_cast<std::size_t>(std::max(0.0f, std::floor(ImGui::GetScrollY() / row_)));
    const auto count = static_cast<std::size_t>(std::max(0.0f, std::ceil((shown_height_ - header_) / row_) + 1));
    const std::size_t begin = std::min(first, lines_.size()), end = std::min(lines_.size(), begin + count);
    ImGui::PushClipRect({at_.x, at_.y + header_}, {right(), bottom()}, true);
    const std::string hovered = view_.hovered;
    view_.hovered.clear();
    press_rows(begin, end, top);
    viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t_);
    viz::Canvas& canvas = screen;
    canvas.push_clip({at_.x, at_.y + header_, right(), bottom()});
    for (std::size_t i = begin; i < end; ++i) draw_row(canvas, i, top + row_ * static_cast<float>(i), hovered);
    canvas.pop_clip();
    ImGui::PopClipRect();
  }

  // Mouse: one area for all rows in sight.
  void press_rows(std::size_t begin, std::size_t end, float top) {
    const ImVec2 size(shown_width_, shown_height_ - header_);
    if (for_figure(in_) || size.x < 1 || size.y < 1) return;
    ImGui::SetCursorScreenPos({at_.x, at_.y + header_});
    ImGui::InvisibleButton("rows", size, ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
    const bool hovered = ImGui::IsItemHovered();
    const ImVec2 mouse = ImGui::GetMousePos();
    for (std::size_t i = begin; i < end; ++i) {
      const float y = top + row_ * static_cast<float>(i);
      register_item("run " + name_of(listing_, lines_[i]), {at_.x, y}, {first_end(), y + row_},
                    name_of_line(listing_, lines_[i]).text);
    }
    if (!hovered || mouse.y < top) return (void)rests_on(0);
    const auto at = static_cast<std::size_t>((mouse.y - top) / row_);
    if (at < begin || at >= end) return (void)rests_on(0);
    const RunLine& line = lines_[at];
    view_.hovered = name_of(listing_, line);
    const ImGuiIO& io = ImGui::GetIO();
    if (ImGui::IsMouseClicked(0)) {
      view_.has_keys = true;
      view_.asks_delete = false;
      const bool on_fold = unfolds(listing_, line) && mouse.x < at_.x + skin_.px(kFoldRoom + 4);
      if (on_fold) fold_or_unfold(listing_, view_, line);
      else select_line(listing_, view_, lines_, at, io.KeyCtrl, io.KeyShift);
      if (ImGui::IsMouseDoubleClicked(0) && !io.KeyCtrl && !io.KeyShift && !on_fold) {
        if (unfolds(listing_, line)) fold_or_unfold(listing_, view_, line);
        else asks_.open = true;
      }
    }
    if (ImGui::IsMouseClicked(1)) {
      view_.has_keys = true;
      if (!is_selected(listing_, view_, line)) select_line(listing_, view_, lines_, at, false, false);
      view_.lit = name_of(listing_, line);
    }
    if (ImGui::IsMouseReleased(1)) ImGui::OpenPopup(kRunMenu);
    tell_cell(line);
  }

  // Whether the mouse has been on this cell for a while; 0: it is on none.
  bool rests_on(ImGuiID cell) {
    ImGuiStorage* const storage = ImGui::GetStateStorage();
    int* const last = storage->GetIntRef(ImGui::GetID("cell under the mouse"));
    float* const rested = storage->GetFloatRef(ImGui::GetID("for so long"));
    // What was clicked is known.
    if (ImGui::IsMouseClicked(0) || ImGui::IsMouseClicked(1)) *rested = -FLT_MAX;
    else *rested = *last == static_cast<int>(cell) ? *rested + ImGui::GetIO().DeltaTime : 0;
    *last = static_cast<int>(cell);
    return cell != 0 && *rested >= kRestSeconds && !ImGui::IsAnyItemActive();
  }

  void tell_cell(const RunLine& line) {
    const ImVec2 mouse = ImGui::GetMousePos();
    for (std::size_t c = columns_.size(); c-- > 0;) {
      const GridColumn& column = columns_[c];
      const float left = x_of(column);
      if (mouse.x < left || mouse.x >= left + column.width || (c > 0 && mouse.x < first_end())) continue;
      if (!rests_on(ImGui::GetID((name_of(listing_, line) + " " + column.shown.key).c_str()))) return;
      const RunCellText cell = run_cell_text(listing_, line, column.shown);
      if (c > 0) {
        if (!cell.whole.empty() && cell.whole != cell.text) tooltip(skin_, column.shown.key, cell.whole);
      } else if (unfolds(listing_, line)) {
        tooltip(skin_, fmt::format("{} runs that differ by their seeds alone", runs_of(listing_, line).size()),
                cell.whole, "Double click unfolds it, as does the right arrow");
      } else {
        tooltip(skin_, cell.whole, about_run(runs_of(listing_, line)[0]), "Double click or Enter opens it");
      }
      return;
    }
  }

  std::string about_run(std::size_t row) const {
    const RunTable& table = listing_.table();
    const auto text = [&](std::string_view key) {
      const std::string* const found = std::get_if<std::string>(&cell_of_run(table, row, key));
      return found ? *found : std::string();
    };
    std::string about = printable(listing_.of->folders[row].parent_path().native());
    if (const std::string parent = text("parent"); !parent.empty()) {
      const std::int64_t* const step = std::get_if<std::int64_t>(&cell_of_run(table, row, "parent_step"));
      about += fmt::format("\nBegan at step {} of {}.", step ? *step : 0, parent);
    }
    if (const std::string started = text("started"); !started.empty()) about += "\nStarted " + started;
    if (const std::string changed = text("changed"); !changed.empty()) about += "\nLast step " + changed;
    return about;
  }

  void draw_row(viz::Canvas& canvas, std::size_t index, float y, const std::string& hovered) {
    const RunLine& line = lines_[index];
    const std::string name = name_of(listing_, line);
    const bool figure = for_figure(in_), selected = !figure && is_selected(listing_, view_, line);
    const float middle = std::round(y + row_ / 2);
    const auto ground_of = [&] {
      if (selected) return viz::mixed(t_.panel, t_.accent, hovered == name ? 0.34f : 0.26f);
      return hovered == name && !figure ? t_.raised : t_.panel;
    };
    const viz::Colour ground = ground_of();
    if (ground != t_.panel) canvas.rect_fill({at_.x, y, right(), y + row_}, ground, 0);
    canvas.push_clip({first_end(), y, right(), y + row_});
    for (std::size_t c = 1; c < columns_.size(); ++c) {
      const float x = x_of(columns_[c]);
      if (x + columns_[c].width <= first_end() || x >= right()) continue;
      draw_cell(canvas, columns_[c], line, x, middle);
    }
    canvas.pop_clip();
    if (columns_.empty()) return;
    float x = at_.x + skin_.px(4);
    const float end = first_end() - skin_.px(kCellPad);
    if (listing_.query.grouped) {
      if (unfolds(listing_, line) && !figure) {
        const bool open = view_.unfolded.contains(listing_.group_names[line.row]);
        draw_icon(ImGui::GetWindowDrawList(), open ? Icon::chevron_down : Icon::chevron_right,
                  {x + skin_.px(7), middle}, skin_.px(7), t_.text_dim);
      }
      x += skin_.px(kFoldRoom) + (line.kind == RunLine::Kind::member ? skin_.px(kFoldRoom) : 0);
    }
    if (const DrawnRun* mark = mark_of(name)) {
      const viz::Point ends[] = {{x, middle}, {x + skin_.px(kMarkRoom - 5), middle}};
      viz::styled_polyline(canvas, ends, mark->colour, skin_.px(2), viz::Stroke::smooth, mark->style, in_.scale);
    }
    x += skin_.px(kMarkRoom);
    const RunCellText cell = name_of_line(listing_, line);
    const std::string shown = viz::ellipsized(canvas, cell.text, end - x, viz::Font::small);
    canvas.text({x, middle}, shown, line.kind == RunLine::Kind::member ? t_.text_dim : t_.text, viz::Font::small,
                viz::Align::start, viz::Align::middle);
    if (!cell.tail.empty() && shown == cell.text) {
      x += canvas.text_size(shown, viz::Font::small).x + skin_.px(7);
      canvas.text({x, middle}, viz::ellipsized(canvas, cell.tail, end - x, viz::Font::small), t_.text_dim,
                  viz::Font::small, viz::Align::start, viz::Align::middle);
    }
    if (view_.has_keys && !figure && name == view_.lit)
      ImGui::GetWindowDrawList()->AddRect({at_.x + 1, y}, {right() - 1, y + row_}, t_.accent, skin_.px(3), 0,
                                          std::max(1.0f, in_.scale));
  }

  void draw_cell(viz::Canvas& canvas, const GridColumn& column, const RunLine& line, float x, float middle) {
    const RunCellText cell = run_cell_text(listing_, line, column.shown);
    if (cell.text.empty()) return;
    const float room = column.width - 2 * skin_.px(kCellPad);
    const bool numeric = is_numeric(column.shown);
    const viz::Font font = numeric ? viz::Font::mono_small : viz::Font::small;
    viz::Colour ink = cell.is_dim || line.kind == RunLine::Kind::member ? t_.text_dim : t_.text;
    float left = x + skin_.px(kCellPad);
    if (column.shown.key == "state" && cell.text == "running") {
      canvas.circle_fill({left + skin_.px(3), middle}, skin_.px(3), t_.good);
      left += skin_.px(11);
      ink = t_.text;
    }
    const std::string text = viz::ellipsized(canvas, cell.text, room, font);
    if (numeric)
      canvas.text({x + column.width - skin_.px(kCellPad), middle}, text, ink, font, viz::Align::end,
                  viz::Align::middle);
    else canvas.text({left, middle}, text, ink, font, viz::Align::start, viz::Align::middle);
  }

  void context_menu() {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin_.px(8), skin_.px(8)});
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin_.px(8), skin_.px(6)});
    if (begin_menu_popup(kRunMenu)) {
      const RunOrder selected = selected_rows(listing_, view_);
      const auto entry = [&](const char* label, const char* keys, const std::string& why_not) {
        const bool pressed = ImGui::MenuItem(label, keys, false, why_not.empty());
        register_item(std::string("menu/") + label, why_not);
        if (!why_not.empty() && ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled))
          tooltip(skin_, label, why_not);
        return pressed;
      };
      asks_.open = entry("Open", "Enter", why_not_open(selected)) || asks_.open;
      asks_.compare = entry("Compare", "", why_not_compare(selected)) || asks_.compare;
      asks_.copy = entry("Copy path", "Ctrl + C", "") || asks_.copy;
      ImGui::Separator();
      if (entry("Delete…", "Delete", why_not_delete(listing_, selected))) view_.asks_delete = true;
      end_menu_popup();
    }
    ImGui::PopStyleVar(2);
  }

  const PanelInput& in_;
  UiState& ui_;
  LibraryView& view_;
  const RunListing& listing_;
  const DrawnRuns& drawn_;
  const Skin skin_;
  const viz::Theme& t_;
  const RunLines lines_;
  const float row_, header_;
  GridColumns columns_;
  float whole_ = 0, shown_width_ = 0, shown_height_ = 0;
  ImVec2 at_{};
  GridAsks asks_;
};

}  // namespace

GridAsks draw_run_grid(const PanelInput& in, UiState& ui, const RunListing& listing, const DrawnRuns& drawn,
                       float height) {
  return Grid(in, ui, listing, drawn).draw(height);
}

}  // namespace switchyard::app
