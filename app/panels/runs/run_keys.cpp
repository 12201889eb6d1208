#include "app/panels/runs/run_keys.h"

#include "app/run/lying_over.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

using viz::Key;

// Lines that these two keys go on by.
long way(Key back, Key on) {
  return (viz::key_pressed(on, true) ? 1L : 0L) - (viz::key_pressed(back, true) ? 1L : 0L);
}

}  // namespace

bool table_has_keys(const UiState& ui) {
  const bool lies_over = page_is_open(ui) || something_lies_over(ui);
  return ui.library.has_keys && !lies_over && !ImGui::GetIO().WantTextInput &&
         !ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup);
}

void take_run_keys(const RunListing& listing, LibraryView& view, const RunLines& lines, long page,
                   GridAsks& asks) {
  const ImGuiIO& io = ImGui::GetIO();
  const long by = way(Key::up, Key::down) + page * way(Key::page_up, Key::page_down) +
                  static_cast<long>(lines.size()) * way(Key::home, Key::end);
  if (by != 0) move_lit(listing, view, lines, by, io.KeyCtrl, io.KeyShift);
  if (io.KeyCtrl && viz::key_pressed(Key::a)) select_all(listing, view);
  if (io.KeyCtrl && viz::key_pressed(Key::c)) asks.copy = true;
  if (io.KeyCtrl || io.KeyShift || io.KeyAlt) return;
  const bool folds = viz::key_pressed(Key::left), unfolds_it = viz::key_pressed(Key::right),
             selects = viz::key_pressed(Key::space);
  if (folds || unfolds_it || selects)
    if (const std::size_t lit = lit_line(listing, view, lines); lit < lines.size()) {
      if (selects) select_line(listing, view, lines, lit, true, false);
      const bool is_open =
          unfolds(listing, lines[lit]) && view.unfolded.contains(listing.group_names[lines[lit].row]);
      if (unfolds(listing, lines[lit]) && (is_open ? folds : unfolds_it))
        fold_or_unfold(listing, view, lines[lit]);
    }
  if (viz::key_pressed(Key::enter)) (view.asks_delete ? asks.erase : asks.open) = true;
  if (viz::key_pressed(Key::delete_next)) view.asks_delete = true;
}

}  // namespace switchyard::app
