// What came of a question, as text and as JSON, whichever it was. Thread safety: pure functions.
#pragma once

#include <string>

#include "core/causes/cause_report.h"

namespace switchyard::app {

std::string cause_text(const CauseReport& report);
std::string cause_json(const CauseReport& report);

}  // namespace switchyard::app
