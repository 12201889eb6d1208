// What the settings say about routing's health: the facts that alerts depend on, and which knobs would help.
// Thread safety: pure functions.
#pragma once

#include "core/base/alert.h"
#include "core/config/config.h"
#include "core/insight/health.h"

namespace switchyard {

HealthFacts health_facts(const Config& config);

// Fills in advice and remedy of an alert: the mildest change of live knobs that is known to help, which validate()
// takes. Both stay empty where there is none.
void advise(HealthAlert& alert, const Config& config);

}  // namespace switchyard
