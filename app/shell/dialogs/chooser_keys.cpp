#include "app/shell/dialogs/chooser_keys.h"

#include <algorithm>
#include <utility>

#include "app/files/typed_path.h"
#include "app/ui/widgets.h"
#include "viz/base/compat.h"

namespace switchyard::app {

using viz::Key;

void walk_by_keys(Chooser& chooser, const std::vector<Place>& places) {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.KeyCtrl || io.KeySuper) return;
  if (io.KeyAlt) {
    if (viz::key_pressed(Key::up)) list_parent(chooser);
    return;
  }
  const bool idle = chooser.typed.empty();
  const int down = (viz::key_pressed(Key::down, true) ? 1 : 0) - (viz::key_pressed(Key::up, true) ? 1 : 0);
  const int pages =
      (viz::key_pressed(Key::page_down, true) ? 1 : 0) - (viz::key_pressed(Key::page_up, true) ? 1 : 0);
  const int ends = (viz::key_pressed(Key::end) ? 1 : 0) - (viz::key_pressed(Key::home) ? 1 : 0);
  if (idle && viz::key_pressed(Key::backspace)) list_parent(chooser);
  if (idle && viz::key_pressed(Key::left)) chooser.in_places = !places.empty();
  if (idle && viz::key_pressed(Key::right)) {
    if (!std::exchange(chooser.in_places, false)) enter_folder(chooser);
  }
  const int most = static_cast<int>(chooser.in_places ? places.size() : chooser.rows.size());
  const int by = down + pages * chooser.page + ends * most;
  if (by == 0) return;
  if (chooser.in_places) chooser.lit_place = std::clamp(chooser.lit_place + by, 0, std::max(0, most - 1));
  else light_by(chooser, by);
}

void arrange_by_keys(Chooser& chooser) {
  const ImGuiIO& io = ImGui::GetIO();
  if (!io.KeyCtrl || io.KeyAlt || io.KeyShift) return;
  if (viz::key_pressed(Key::l))
    chooser.put = typed_of_path(chooser.folder) + (chooser.folder == chooser.folder.root_path() ? "" : "/");
  const bool flips = viz::key_pressed(Key::h), sorts = viz::key_pressed(Key::t);
  if (flips) chooser.hidden = !chooser.hidden;
  if (sorts) chooser.by_age = !chooser.by_age;
  if (flips || sorts) arrange_rows(chooser);
}

}  // namespace switchyard::app
