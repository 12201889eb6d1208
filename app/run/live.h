// What the window knows of its runs, and how news from the trainer's thread becomes that: records into
// the history, notices into toasts, refusals into knobs that jump back.
//
// Thread safety: window thread only.
#pragma once

#include <memory>
#include <string>

#include "app/run/run_view.h"
#include "app/run/ui_state.h"
#include "core/base/records.h"
#include "core/session/link.h"

namespace switchyard::app {

struct Live {
  Runs runs{};
  RunStatus status{};

  RunView& run() { return runs.shown(); }
  const RunView& run() const { return runs.shown(); }
};

void take_update(Live& live, UiState& ui, Update update, double now_s);

// A file or folder from the outside: a .json or a run folder becomes the draft of the knobs, anything else
// the corpus. What cannot be used becomes a toast; the running model goes on.
void open_path(UiState& ui, std::vector<Command>& out, const std::string& path, double now_s);

}  // namespace switchyard::app
