#include "app/ui/panel_exports.h"

#include <algorithm>
#include <utility>

namespace switchyard::app {

void PanelExports::ask(std::string_view panel, Wish wish) {
  if (!are_offered()) return;
  wanted_ = panel;
  wish_ = wish;
  is_new_ = true;
}

std::optional<PanelExports::Asked> PanelExports::take() {
  if (!is_pending()) return std::nullopt;
  is_new_ = false;
  Asked asked{std::exchange(wanted_, {}), std::exchange(wish_, {})};
  if (const auto known = sizes_.find(asked.panel); known != sizes_.end()) asked.size = known->second;
  return asked;
}

void PanelExports::begin(std::string_view id, std::string_view title, const viz::Rect& area) {
  // One that was left in the middle of its drawing is given up.
  open_.reset();
  tap_.into = nullptr;
  panel_ = id;
  facts_ = {};
  if (!off_screen_) sizes_.insert_or_assign(panel_, viz::Point{area.width(), area.height()});
  if (!is_pending() || is_new_ || (!wanted_.empty() && id != wanted_)) return;
  open_.emplace();
  open_->id = id;
  open_->title = title;
  open_->area = area;
  if (wish_.figure) tap_.into = &open_->drawing.emplace();
  if (wish_.data) open_->table.emplace();
  wish_ = {};
}

void PanelExports::end() {
  if (!open_) return;
  tap_.into = nullptr;
  open_->facts = facts_;
  done_.push_back(std::move(*open_));
  open_.reset();
}

void PanelExports::shows_layer(int layer, std::size_t of) {
  facts_.layer = layer;
  facts_.layers = of;
}

void PanelExports::hides(float height) {
  facts_.hidden = facts_.hidden == 0 ? height : std::max(facts_.hidden, height);
}

std::vector<PanelExport> PanelExports::end_frame() {
  if (!std::exchange(is_new_, false)) wish_ = {};
  return std::exchange(done_, {});
}

}  // namespace switchyard::app
