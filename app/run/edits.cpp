#include "app/run/edits.h"

#include <utility>

namespace switchyard::app {
namespace {

constexpr std::size_t kMostUndos = 1000;

void remember(std::vector<Config>& stack, const Config& config) {
  if (stack.size() >= kMostUndos) stack.erase(stack.begin());
  stack.push_back(config);
}

bool exchange(std::vector<Config>& from, std::vector<Config>& to, KnobEdits& edits, Commands& out) {
  if (from.empty() || edits.dragging) return false;
  remember(to, edits.draft);
  edits.draft = std::move(from.back());
  from.pop_back();
  edits.typing_key.clear();
  send_draft(edits, out);
  return true;
}

}  // namespace

void begin_edit(KnobEdits& edits) {
  if (edits.dragging) return;
  edits.dragging = true;
  edits.before = edits.draft;
}

void send_draft(KnobEdits& edits, Commands& out) {
  if (edits.draft == edits.sent || !validate(edits.draft).empty()) return;
  edits.sent = edits.draft;
  out.emplace_back(SetConfig{edits.draft, ++edits.sent_revision});
}

void end_edit(KnobEdits& edits, Commands& out) {
  if (!edits.dragging) return;
  edits.dragging = false;
  if (edits.draft == edits.before) return;
  remember(edits.undo, edits.before);
  edits.redo.clear();
  send_draft(edits, out);
}

void commit_edit(KnobEdits& edits, Commands& out, const Config& next) {
  end_edit(edits, out);
  begin_edit(edits);
  edits.draft = next;
  end_edit(edits, out);
}

bool undo_edit(KnobEdits& edits, Commands& out) { return exchange(edits.undo, edits.redo, edits, out); }
bool redo_edit(KnobEdits& edits, Commands& out) { return exchange(edits.redo, edits.undo, edits, out); }

void take_status(KnobEdits& edits, const RunStatus& status) {
  if (edits.is_set || !status.config) return;
  edits.draft = edits.sent = *status.config;
  edits.sent_revision = status.revision;
  edits.is_set = true;
}

bool take_refusal(KnobEdits& edits, const Notice& notice, const RunStatus& status) {
  if (notice.rejected_revision == 0 || notice.rejected_revision != edits.sent_revision || !status.config)
    return false;
  edits.refused_revision = notice.rejected_revision;
  edits.dragging = false;
  edits.draft = edits.sent = *status.config;
  // The refused edit never happened, so there is nothing to undo about it.
  while (!edits.undo.empty() && edits.undo.back() == edits.draft) edits.undo.pop_back();
  return true;
}

bool is_pending(const KnobEdits& edits, const RunStatus& status, const Knob& knob) {
  if (!status.config || status.revision >= edits.sent_revision || edits.refused_revision >= edits.sent_revision)
    return false;
  return knob.get(edits.sent) != knob.get(*status.config);
}

}  // namespace switchyard::app
