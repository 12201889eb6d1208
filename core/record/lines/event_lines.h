// Lines of events.jsonl: what happened to a run, a JSON object a line, with the step it acts on.
//
//   {"step":12,"wall_s":3.5,"kind":"set","generation":1,"changes":[{"key":"top_k","before":"2","after":"1"}]}
//
// "generation" is RunEvent::model_id. Alerts of routing are of kind "health" and "health-end" with an "alert";
// "recording-gap" has from, to, rows_kept, rows_lost, reason; "weights" took_s. Others have a "message".
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/records.h"

namespace switchyard {

std::string event_line(const RunEvent& event);
// What such a line holds; nothing where it is none, or of a kind that is not known here. The alert's layer is not
// in it, its block is.
std::optional<RunEvent> event_of(std::string_view line);

}  // namespace switchyard
