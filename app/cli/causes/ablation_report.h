// `switchyard ablate` as text and as JSON. Thread safety: pure functions.
#pragma once

#include <string>

#include "core/causes/ablation.h"

namespace switchyard::app {

// A row an expert and mode with its effect on all tokens and on each domain (class), a * where it replicates; then
// every label in words, those of characters too.
std::string ablation_text(const AblationReport& report);
std::string ablation_json(const AblationReport& report);

}  // namespace switchyard::app
