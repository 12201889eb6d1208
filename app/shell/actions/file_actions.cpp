#include "app/shell/actions/groups.h"

#include <imgui.h>

#include "app/run/checkpoint_shown.h"
#include "app/run/transport.h"
#include "app/shell/dialogs/chooser_view.h"
#include "app/shell/dialogs/name_prompt.h"

namespace switchyard::app {
namespace {

using viz::Key;
using Context = ActionContext;

void add_open(std::vector<Action>& out) {
  out.push_back({.id = "file.open-text",
                 .group = "File",
                 .title = "Open a text or points…",
                 .chord = Chord{.key = Key::o, .ctrl = true, .while_typing = true},
                 .run = [](const Context& c) { open_chooser(c.in, c.ui, Chooses::text); },
                 .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
                 .detail = "A new model learns it from the start: a text, or a .csv of labelled points. Dropping "
                           "it on the window does the same.",
                 .also = "load import data dataset corpus csv"});
  out.push_back({.id = "file.open-run",
                 .group = "File",
                 .title = "Open a run…",
                 .chord = Chord{.key = Key::o, .ctrl = true, .shift = true, .while_typing = true},
                 .run = [](const Context& c) { open_chooser(c.in, c.ui, Chooses::run); },
                 .detail =
                     "To look at it, or to go on with it; or a recording or a checkpoint that another program "
                     "made. Dropping its folder on the window does the same.",
                 .also = "load import checkpoint recording history"});
  out.push_back({.id = "file.recording-keys",
                 .group = "File",
                 .title = "Keys of this recording…",
                 .run = [](const Context& c) { c.ui.wants_keys = c.in.run.id; },
                 .enabled = [](const Context& c) { return c.in.status.recorded != nullptr; },
                 .detail = "What its form does not say: experts, k, layers, pipeline stages, whether capacity had "
                           "dropped choices. It is read again with what is told."});
  out.push_back({.id = "file.open-settings",
                 .group = "File",
                 .title = "Open settings…",
                 .run = [](const Context& c) { open_chooser(c.in, c.ui, Chooses::settings); },
                 .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
                 .detail = "A config.json, of a run or your own. Dropping it on the window does the same.",
                 .also = "load import config json"});
}

void add_checkpoint(std::vector<Action>& out) {
  out.push_back({.id = "file.read-checkpoint",
                 .group = "File",
                 .title = "Read all experts of the checkpoint",
                 .run = [](const Context& c) { c.ui.checkpoint->read_all_wanted = true; },
                 .enabled = [](const Context& c) { return c.ui.checkpoint && !c.ui.checkpoint->news->pass.runs; },
                 .detail = "Norms of their weights and cosines between them, in one pass in the background."});
  out.push_back({.id = "file.close-checkpoint",
                 .group = "File",
                 .title = "Close checkpoint",
                 .run = [](const Context& c) { c.ui.checkpoint->close_wanted = true; },
                 .enabled = [](const Context& c) { return c.ui.checkpoint != nullptr; },
                 .detail = "What is read of it ends; the workspaces of the runs stay as they are."});
}

void add_keep(std::vector<Action>& out) {
  out.push_back({.id = "file.keep",
                 .group = "File",
                 .title = "Keep this model",
                 .chord = Chord{.key = Key::s, .ctrl = true, .while_typing = true},
                 .run = [](const Context& c) { ask_to_keep(c.in, c.ui); },
                 .enabled = [](const Context& c) { return can_run(c.in.status) && c.in.status.step > 0; },
                 .detail = "Under a name: weights, optimizer and place in the data, to go on from later.",
                 .also = "save store checkpoint weights snapshot export"});
  out.push_back({.id = "file.copy-setup",
                 .group = "File",
                 .title = "Copy setup",
                 .run = [](const Context& c) { copy_setup(c.in, c.ui); },
                 .enabled = [](const Context& c) { return c.in.status.config != nullptr; },
                 .detail = "The settings that run now, as one line for a terminal: switchyard --config-text …",
                 .also = "settings config command line export share"});
  out.push_back({.id = "file.paste-setup",
                 .group = "File",
                 .title = "Paste setup",
                 .chord = Chord{.key = Key::v, .ctrl = true},
                 .run =
                     [](const Context& c) {
                       const char* const text = ImGui::GetClipboardText();
                       paste_setup(text ? text : "", c.in, c.ui);
                     },
                 .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
                 .detail = "Settings that were copied so, as one edit. The line is read, never run.",
                 .also = "settings config command line import"});
  out.push_back({.id = "file.save-setup",
                 .group = "File",
                 .title = "Save setup…",
                 .run = [](const Context& c) { ask_to_save_setup(c.ui); },
                 .enabled = [](const Context& c) { return c.in.status.config != nullptr; },
                 .detail = "The settings that run now, as a preset of your own.",
                 .also = "settings config export store"});
  out.push_back({.id = "file.export-run",
                 .group = "File",
                 .title = "Export run folder",
                 .run = [](const Context& c) { export_run(c.in, c.ui, c.out); },
                 .detail = "Writes the weights now, then copies the folder's path; of a record its path alone.",
                 .also = "save weights checkpoint safetensors metrics logs csv jsonl download model"});
  out.push_back({.id = "file.report",
                 .group = "File",
                 .title = "Write report",
                 .run = [](const Context& c) { c.ui.wants_report = true; },
                 .enabled = [](const Context& c) { return !c.in.status.run_folder.empty(); },
                 .detail = "One page to give away, report.html in the run's folder: every figure with its "
                           "numbers, what was changed, alerts.",
                 .also = "export save html summary figures metrics share"});
  out.push_back({.id = "file.screenshot",
                 .group = "File",
                 .title = "Screenshot",
                 .chord = Chord{.key = Key::f12, .while_typing = true},
                 .run = [](const Context& c) { c.ui.wants_screenshot = true; },
                 .detail = "Into the run folder.",
                 .also = "export save picture image png capture"});
  out.push_back({.id = "file.quit",
                 .group = "File",
                 .title = "Quit",
                 .chord = Chord{.key = Key::q, .ctrl = true, .while_typing = true},
                 .run = [](const Context& c) { c.ui.wants_quit = true; }});
}

}  // namespace

void add_file(std::vector<Action>& out) {
  add_open(out);
  add_checkpoint(out);
  add_keep(out);
}

}  // namespace switchyard::app
