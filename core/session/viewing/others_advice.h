// What helps against an alert of a run that another program recorded: words with that program's own settings, for
// a person. Nothing here changes a knob: there is no model of it. Thread safety: pure function.
#pragma once

#include <string>
#include <string_view>

#include "core/base/alert.h"

namespace switchyard {

// form: RecordingForm::name, "megatron". Empty: nothing is known to help.
std::string advice_for_other(AlertKind kind, std::string_view form);

}  // namespace switchyard
