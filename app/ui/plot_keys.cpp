#include "app/ui/plot_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/ui/registry.h"

namespace switchyard::app {
namespace {

constexpr float kSmallSteps = 100;  // across a plot without cells

// Where `steps` further leads along one side.
float moved(float at, int steps, std::size_t cells) {
  if (cells == 0) return std::clamp(at + static_cast<float>(steps) / kSmallSteps, 0.0f, 1.0f);
  const auto count = static_cast<float>(cells);
  return (std::clamp(std::floor(at * count) + static_cast<float>(steps), 0.0f, count - 1) + 0.5f) / count;
}

}  // namespace

bool PlotKeys::point(const char* name, ImGuiID id, const viz::Rect& rect) {
  const FocusKeys keys = focus_stop(id, FocusKind::move);
  register_item(fmt::format("plot {}", name));
  if (!keys.has) {
    if (id == id_) id_ = 0;
    return false;
  }
  if (std::exchange(id_, id) != id) {
    at_ = {0.5f, 0.5f};
    area_ = {0, 0, rect.width(), rect.height()};
    columns_ = rows_ = 0;
    rests_ = false;
  }
  ImGuiIO& io = ImGui::GetIO();
  const bool moves = keys.right != 0 || keys.down != 0 || keys.end != 0;
  if (moves || keys.page != 0 || keys.pressed) rests_ = false;
  else if (io.MouseDelta.x != 0 || io.MouseDelta.y != 0) rests_ = true;
  rect_ = rect;
  if (moves) move(keys);
  if (rests_) return false;
  // Whole pixels, within what can be pointed at.
  const ImVec2 at(rect.x0 + std::floor(area_.x0 + std::min(at_.x * area_.width(), area_.width() - 1)),
                  rect.y0 + std::floor(area_.y0 + std::min(at_.y * area_.height(), area_.height() - 1)));
  const ImDrawList* const list = ImGui::GetWindowDrawList();
  if (moves && (at.y < list->GetClipRectMin().y || at.y >= list->GetClipRectMax().y))
    ImGui::SetScrollFromPosY(at.y - ImGui::GetWindowPos().y, 0.5f);
  if (!own_)
    own_ = {io.MousePos, io.MouseDownDuration[0], io.MouseWheel, io.MouseClicked[0], io.MouseClickedCount[0]};
  io.MousePos = at;
  io.MouseWheel = static_cast<float>(keys.page);
  if (keys.pressed) {
    io.MouseClicked[0] = true;
    io.MouseDownDuration[0] = 0;
    io.MouseClickedCount[0] = keys.entered ? 2 : 1;
  }
  return true;
}

void PlotKeys::move(const FocusKeys& keys) {
  at_ = {moved(at_.x, keys.right, columns_), moved(at_.y, keys.down, rows_)};
  if (keys.end != 0) at_.x = moved(keys.end < 0 ? 0.0f : 1.0f, 0, columns_);
}

void PlotKeys::cells(ImGuiID id, const viz::Rect& area, std::size_t columns, std::size_t rows) {
  if (id != id_ || area.width() <= 0 || area.height() <= 0) return;
  area_ = {area.x0 - rect_.x0, area.y0 - rect_.y0, area.x1 - rect_.x0, area.y1 - rect_.y0};
  columns_ = columns, rows_ = rows;
}

void PlotKeys::let_go() {
  if (!own_) return;
  ImGuiIO& io = ImGui::GetIO();
  io.MousePos = own_->at;
  io.MouseWheel = own_->wheel;
  io.MouseDownDuration[0] = own_->down_s;
  io.MouseClicked[0] = own_->clicked;
  io.MouseClickedCount[0] = own_->clicks;
  own_.reset();
}

}  // namespace switchyard::app
