// A t-SNE in words and figures, its slider "perplexity" and "Stop" or "Again": one line at the cursor's place.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <string_view>

#include "app/run/panel.h"
#include "app/run/tsne_host.h"

namespace switchyard::app {

// `run` of in.run.tsne; null: none yet. `tokens` of the look it will be of: they limit the perplexity. `waiting`,
// if not empty, says what the next one waits for. In a low panel, and in a figure, words alone and Stop or Again.
void tsne_line(const PanelInput& in, UiState& ui, const TsneRun* run, std::size_t tokens, std::string_view waiting);

}  // namespace switchyard::app
