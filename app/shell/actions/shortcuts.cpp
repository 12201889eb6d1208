#include "app/shell/actions/shortcuts.h"

#include "app/panels/parts/panel_parts.h"
#include "app/run/lying_over.h"
#include "app/shell/actions/actions.h"
#include "app/shell/guide/explain.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

// What Escape takes back: the page on top, the panel that fills the window, then what is chosen.
void take_back(UiState& ui) {
  if (ui.show_help || ui.show_about) {
    ui.show_help = ui.show_about = false;
  } else if (is_read(ui.reading)) {
    end_reading(ui.reading);
  } else if (ui.library.asks_delete) {
    ui.library.asks_delete = false;
  } else if (ui.events.open) {
    ui.events.open = false;
  } else if (!ui.arranging.filled.empty()) {
    ui.arranging.filled.clear();
  } else if (ui.selection.active()) {
    ui.selection = {};
  } else {
    pin_expert(ui, -1);
  }
}

}  // namespace

bool text_is_awaited(const UiState& ui) {
  const auto opens = [&](Over what, bool asks) { return asks && lies_over(ui, what); };
  return text_field_asks() || ui.text_asked || ui.knobs.typing_begins || ui.typing_begins ||
         !ui.knobs.wanted_key.empty() || opens(Over::palette, ui.palette.just_opened) ||
         opens(Over::name, ui.name_prompt.just_opened) || opens(Over::sweep, ui.sweep_prompt.just_opened) ||
         opens(Over::figure, ui.figure_prompt.just_opened) || opens(Over::keys, ui.key_prompt.just_opened) ||
         opens(Over::chooser, ui.chooser.wants_keyboard);
}

void handle_shortcuts(const ActionContext& context) {
  UiState& ui = context.ui;
  // A dialog has the keys for itself; only what concerns the whole window is heard.
  const bool dialog = lies_over(ui, Over::chooser) || lies_over(ui, Over::text);
  // A field takes every key, also in the frames before it has the keyboard; a menu of a kept step those it knows.
  const bool field = ImGui::GetIO().WantTextInput || text_is_awaited(ui) || dialog_is_open(ui) ||
                     ui.context_menu.of != ContextMenu::Of::nothing;
  // What lies over the panels takes those without Ctrl: nobody means what is hidden below.
  const bool page = page_is_open(ui);
  const bool popup = ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup);
  if (viz::key_pressed(viz::Key::escape) && !ui.focus.took_escape() && !field && !popup) take_back(ui);
  for (const Action& action : actions()) {
    // Space presses the control that Tab stands on, and selects in the table of runs.
    const bool is_taken = ui.focus.has_keys() || ui.library.has_keys;
    if (action.chord && action.chord->key == viz::Key::space && !action.chord->shift && is_taken) continue;
    // The menu is of the knob that has the ring (knob_row.cpp).
    if (action.id == "edit.kept-step" && ui.focus.ring() && !ui.knobs.ringed_key.empty()) continue;
    if (!action.chord || (dialog && action.id != "file.quit" && action.id != "file.screenshot")) continue;
    const bool heard = action.chord->while_typing || !(field || ((popup || page) && !action.chord->ctrl));
    if (heard && asked_for(*action.chord)) run_action(action, context);
  }
}

}  // namespace switchyard::app
