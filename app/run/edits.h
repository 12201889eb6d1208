// How an edit of a knob becomes a command: the draft is what the widgets show; it is sent, with the next
// revision, as soon as it is valid and differs from what was sent last. One drag, one typed value or one
// choice is one step of undo, however many commands it emitted.
//
// With KnobEdits::beside an edit changes nothing of the run that learns: what it would make is put among
// `besides`, and the draft goes back.
//
// Pure functions of KnobEdits; no screen. Thread safety: window thread only.
#pragma once

#include <optional>
#include <string>

#include "app/run/ui_state.h"
#include "core/config/knobs.h"

namespace switchyard::app {

using Commands = std::vector<Command>;

// A drag begins; further calls before end_edit() are ignored.
void begin_edit(KnobEdits& edits);
// Sends the draft now, if it is valid and new. A live knob does while it is dragged.
void send_draft(KnobEdits& edits, Commands& out);
// The edit is complete: remembers the state before it for undo, and sends.
void end_edit(KnobEdits& edits, Commands& out);
// All three at once, for edits without duration. what: what is done, "Preset Switch"; empty: told by the knobs.
// begins_from: title of the preset that the run begins from with this edit, empty: with none; nothing: it stays
// what it was. An edit that changes nothing begins nothing.
void commit_edit(KnobEdits& edits, Commands& out, const Config& next, std::string what = {},
                 std::optional<std::string> begins_from = {});
// Whatever KnobEdits::beside says: these settings begin a run beside the one that learns, and the draft stays.
// begins_from: as above; nothing: what that one began from.
void try_beside(KnobEdits& edits, const Config& next, std::string what = {},
                std::optional<std::string> begins_from = {});
// A new model from the seed: an edit that changes no knob.
void reset_model(KnobEdits& edits, Commands& out);

// Done to experts of the model that learns (core/operate/operation.h). Undo goes back to the model before it.
// Until the trainer has done it nothing else is sent or undone: what was chosen was chosen of the experts before.
void send_operation(KnobEdits& edits, Commands& out, Operation operation);

// Another run goes on (core/session/driving/run_to_go_on.h): its configuration becomes the draft once it is there,
// and what it began from is asked of its folder.
void go_on_with(KnobEdits& edits, Commands& out, std::string where);
// A run of its own begins at a checkpoint. began_from: of the run that the checkpoint is of (reference.h).
void branch_off(KnobEdits& edits, Commands& out, std::string where, std::string what, std::string began_from);

// A deletion, or what put it back, is a step of undo or redo too: this change takes it back. It belongs to no
// settings.
void remember_kept_change(std::vector<EditStep>& steps, std::string what, KeptChange change);

// Back to the configuration before the newest edit, and to what its run began from; where that ended a model, to
// that model as it was. False where there is nothing to undo or redo.
bool undo_edit(KnobEdits& edits, Commands& out);
bool redo_edit(KnobEdits& edits, Commands& out);

// The first configuration from the trainer becomes the draft; later ones are ours coming back, or hold what a
// replay has set.
void take_status(KnobEdits& edits, const RunStatus& status);
// The trainer refused a revision: if nothing newer was sent, the draft goes back to the configuration
// in force. True if it did.
bool take_refusal(KnobEdits& edits, const Notice& notice, const RunStatus& status);

// This knob's value was sent and the trainer has not taken it up yet.
bool is_pending(const KnobEdits& edits, const RunStatus& status, const Knob& knob);

}  // namespace switchyard::app
