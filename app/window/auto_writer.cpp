#include "app/window/auto_writer.h"

#include <algorithm>

namespace switchyard::app {

bool AutoWriter::can_write(const RunStatus& status) { return !status.config || status.config->task == TaskKind::language; }

void AutoWriter::frame(const RunStatus& status, UiState& ui, Commands& out, double now_s) {
  by_hand_ = by_hand_ || std::any_of(out.begin(), out.end(),
                                     [](const Command& c) { return std::holds_alternative<Generate>(c); });
  if (was_generating_ && !ui.generating) ended_s_ = now_s;
  was_generating_ = ui.generating;
  if (!can_write(status) || by_hand_ || ui.generating || status.state != RunState::playing || status.step < kFirstStep) return;
  if (now_s - ended_s_ >= kPauseSeconds) write(ui, out);
}

void AutoWriter::write(UiState& ui, Commands& out) {
  ++ui.generation_id;
  ui.generated.clear();
  ui.generated_from = ui.prompt;
  ui.generating = was_generating_ = true;
  out.emplace_back(Generate{.id = ui.generation_id,
                            .prompt = ui.prompt,
                            .temperature = ui.temperature,
                            .top_k = ui.sample_top_k,
                            .tokens = kTokens});
}

}  // namespace switchyard::app
