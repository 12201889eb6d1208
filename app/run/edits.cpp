#include "app/run/edits.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/file_name.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostUndos = 1000;

void remember(std::vector<EditStep>& stack, EditStep step) {
  if (stack.size() >= kMostUndos) stack.erase(stack.begin());
  stack.push_back(std::move(step));
}

EditStep step_of(const KnobEdits& edits, const Config& config, std::string what, std::uint64_t ended = 0) {
  EditStep step{config, std::move(what), ended, edits.sent};
  step.began_from = edits.began_from;
  return step;
}

std::string difference(const Config& before, const Config& after) {
  const auto changed = changed_knobs(before, after);
  if (changed.empty()) return "an edit";
  std::string text = fmt::format("{}: {} to {}", changed.front()->label, shared_text(*changed.front(), before),
                                 shared_text(*changed.front(), after));
  if (changed.size() > 1) text += fmt::format(" and {} more", changed.size() - 1);
  return text;
}

// Whether sending `after` ends the model that runs on `before`.
bool ends_model(const Config& before, const Config& after) { return change_cost(before, after) == KnobCost::rebuild; }

// What a replay has set, as an edit that can be undone. Not under a hand, nor while what was sent is on its way.
void take_replayed(KnobEdits& edits, const RunStatus& status) {
  if (status.replayed == edits.replayed || edits.dragging || status.revision < edits.sent_revision) return;
  edits.replayed = status.replayed;
  const std::vector<const Knob*> changed = changed_knobs(edits.sent, *status.config);
  if (changed.empty()) return;
  // Those settings would draw another model: the one before is among the kept steps.
  if (ends_model(edits.sent, *status.config)) edits.undo.clear();
  else remember(edits.undo, step_of(edits, edits.draft, difference(edits.sent, *status.config) + " (replayed)"));
  edits.redo.clear();
  for (const Knob* knob : changed) knob->set(edits.draft, knob->get(*status.config));
  edits.sent = *status.config;
}

bool exchange(std::vector<EditStep>& from, std::vector<EditStep>& to, KnobEdits& edits, Commands& out) {
  if (from.empty() || edits.dragging || edits.adopts > 0) return false;
  EditStep step = std::move(from.back());
  from.pop_back();
  if (step.change) {
    // What takes it back in turn is known once it is done (kept_changes.h).
    out.emplace_back(ChangeKept{*step.change});
    return true;
  }
  EditStep back = step_of(edits, edits.draft, step.what);
  back.operated = step.operated;
  // An edit of this model that was made before it was known says nothing of it.
  if (step.ended > 0 || !step.began_from.empty()) {
    edits.began_from = step.began_from;
    edits.wants_origin = step.began_from.empty();
  }
  edits.draft = step.config;
  edits.typing_key.clear();
  if (step.ended > 0) {
    if (step.operated) edits.adopts = edits.sent_revision + 1;
    edits.sent = validate(step.config).empty() ? step.config : step.running;
    back.ended = ++edits.sent_revision;  // the model of now ends, and can be asked back in turn
    out.emplace_back(BringBack{step.ended, edits.sent, back.ended});
  } else {
    send_draft(edits, out);
  }
  remember(to, std::move(back));
  return true;
}

// The run that learns goes on as it is. What cannot run stays to be mended.
void try_draft_beside(KnobEdits& edits, std::string what, std::optional<std::string> begins_from) {
  if (!validate(edits.draft).empty()) return;
  try_beside(edits, edits.draft, std::move(what), std::move(begins_from));
  edits.draft = edits.sent;
}

void end_edit(KnobEdits& edits, Commands& out, std::string what, std::optional<std::string> begins_from) {
  if (!edits.dragging) return;
  edits.dragging = false;
  if (edits.draft == edits.before) return;
  if (edits.beside) return try_draft_beside(edits, std::move(what), std::move(begins_from));
  EditStep step =
      step_of(edits, edits.before, what.empty() ? difference(edits.before, edits.draft) : std::move(what));
  edits.redo.clear();
  send_draft(edits, out);
  if (edits.sent == edits.draft && ends_model(step.running, edits.sent)) step.ended = edits.sent_revision;
  remember(edits.undo, std::move(step));
  if (begins_from) edits.begins_from(std::move(*begins_from));
}

void go_on(KnobEdits& edits, Commands& out, GoOn command, std::string what) {
  end_edit(edits, out);
  command.revision = ++edits.sent_revision;
  remember(edits.undo, step_of(edits, edits.draft, std::move(what), command.revision));
  edits.redo.clear();
  edits.adopts = command.revision;
  out.emplace_back(std::move(command));
}

}  // namespace

void begin_edit(KnobEdits& edits) {
  if (edits.dragging) return;
  edits.dragging = true;
  edits.before = edits.draft;
}

void send_draft(KnobEdits& edits, Commands& out) {
  if (edits.adopts > 0) return;
  if (edits.draft == edits.sent || !validate(edits.draft).empty()) return;
  if (edits.beside && edits.dragging) return;  // a run begins when it is let go of
  edits.sent = edits.draft;
  out.emplace_back(SetConfig{edits.draft, ++edits.sent_revision});
}

void end_edit(KnobEdits& edits, Commands& out) { end_edit(edits, out, {}, {}); }

void commit_edit(KnobEdits& edits, Commands& out, const Config& next, std::string what,
                 std::optional<std::string> begins_from) {
  end_edit(edits, out);
  begin_edit(edits);
  edits.draft = next;
  end_edit(edits, out, std::move(what), std::move(begins_from));
}

void try_beside(KnobEdits& edits, const Config& next, std::string what, std::optional<std::string> begins_from) {
  edits.besides.push_back({next, what.empty() ? difference(edits.sent, next) : std::move(what),
                           std::move(begins_from).value_or(edits.began_from)});
}

void reset_model(KnobEdits& edits, Commands& out) {
  end_edit(edits, out);
  const std::uint64_t revision = ++edits.sent_revision;
  remember(edits.undo, step_of(edits, edits.draft, "Reset", revision));
  edits.redo.clear();
  out.emplace_back(ResetModel{revision});
}

void send_operation(KnobEdits& edits, Commands& out, Operation operation) {
  if (edits.adopts > 0) return;
  end_edit(edits, out);
  const std::uint64_t revision = ++edits.sent_revision;
  EditStep step = step_of(edits, edits.draft, text_of(operation), revision);
  step.operated = true;
  remember(edits.undo, std::move(step));
  edits.redo.clear();
  // How many experts there are then is the trainer's to say.
  edits.adopts = edits.operated = revision;
  out.emplace_back(Operate{std::move(operation), revision, edits.against_shadow});
}

void go_on_with(KnobEdits& edits, Commands& out, std::string where) {
  std::string what = "Go on with " + name_of_file(where);
  go_on(edits, out, {std::move(where), false, 0}, std::move(what));
  edits.began_from.clear();
  edits.wants_origin = true;
}

void branch_off(KnobEdits& edits, Commands& out, std::string where, std::string what, std::string began_from) {
  go_on(edits, out, {std::move(where), true, 0}, std::move(what));
  edits.wants_origin = began_from.empty();
  edits.began_from = std::move(began_from);
}

void remember_kept_change(std::vector<EditStep>& steps, std::string what, KeptChange change) {
  remember(steps, {.config = {}, .what = std::move(what), .change = std::move(change)});
}

bool undo_edit(KnobEdits& edits, Commands& out) { return exchange(edits.undo, edits.redo, edits, out); }
bool redo_edit(KnobEdits& edits, Commands& out) { return exchange(edits.redo, edits.undo, edits, out); }

// A model that came back may have found its file elsewhere, in its own run: there it is from here on.
void take_files(KnobEdits& edits, const RunStatus& status) {
  if (edits.dragging || status.revision < edits.sent_revision) return;
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters}) {
    std::string Config::*const file = data_knob(task).file;
    const std::string& now = status.config.get()->*file;
    const std::string before = edits.sent.*file;
    if (before == now) continue;
    edits.sent.*file = now;
    if (edits.draft.*file == before) edits.draft.*file = now;
    // And for edits of that model; those that ended one ask for it by the name it had.
    for (auto* const steps : {&edits.undo, &edits.redo})
      for (EditStep& step : *steps)
        if (step.ended == 0 && step.config.*file == before) step.config.*file = now;
  }
}

void take_status(KnobEdits& edits, const RunStatus& status) {
  if (!status.config) return;
  const bool in_force = !edits.is_set || (status.revision >= edits.sent_revision && *status.config == edits.sent);
  if (in_force && !edits.wants_origin) edits.began_in_force = edits.began_from;
  if (edits.adopts > 0 && status.revision >= edits.adopts && edits.refused_revision < edits.adopts) {
    edits.adopts = 0;
    edits.dragging = false;
    edits.draft = edits.sent = *status.config;
  }
  if (edits.is_set) {
    take_replayed(edits, status);
    return take_files(edits, status);
  }
  edits.replayed = status.replayed;
  edits.draft = edits.sent = *status.config;
  edits.sent_revision = status.revision;
  edits.is_set = true;
}

bool take_refusal(KnobEdits& edits, const Notice& notice, const RunStatus& status) {
  if (notice.rejected_revision == 0 || notice.rejected_revision != edits.sent_revision || !status.config)
    return false;
  edits.refused_revision = notice.rejected_revision;
  edits.adopts = 0;
  edits.dragging = false;
  edits.draft = edits.sent = *status.config;
  // The refused edit never happened, so there is nothing to undo about it.
  while (!edits.undo.empty() && !edits.undo.back().change && edits.undo.back().config == edits.draft &&
         (edits.undo.back().ended == 0 || edits.undo.back().ended == notice.rejected_revision))
    edits.undo.pop_back();
  edits.begins_from(edits.began_in_force);
  return true;
}

bool is_pending(const KnobEdits& edits, const RunStatus& status, const Knob& knob) {
  if (!status.config || status.revision >= edits.sent_revision || edits.refused_revision >= edits.sent_revision)
    return false;
  return knob.get(edits.sent) != knob.get(*status.config);
}

}  // namespace switchyard::app
