#include "app/ui/panel_exports.h"

#include <utility>

namespace switchyard::app {

void PanelExports::ask(std::string_view panel, Wish wish) {
  wanted_ = panel;
  wish_ = wish;
  is_new_ = true;
}

void PanelExports::begin(std::string_view panel, const viz::Rect& area) {
  panel_ = panel;
  if (!is_pending() || is_new_ || (!wanted_.empty() && panel != wanted_)) return;
  open_.emplace();
  open_->panel = panel;
  open_->area = area;
  if (wish_.figure) tap_.into = &open_->drawing.emplace();
  if (wish_.data) open_->table.emplace();
  wish_ = {};
}

void PanelExports::end() {
  if (!open_) return;
  tap_.into = nullptr;
  done_.push_back(std::move(*open_));
  open_.reset();
}

std::vector<PanelExport> PanelExports::end_frame() {
  if (!std::exchange(is_new_, false)) wish_ = {};
  return std::exchange(done_, {});
}

}  // namespace switchyard::app
