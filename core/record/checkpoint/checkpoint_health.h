// The memory of the health of routing as a part of a checkpoint (checkpoint_parts.h says which).
//
// Thread safety: pure functions. Errors are of kind usage and name the file.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/insight/health.h"
#include "core/record/checkpoint/checkpoint_blocks.h"
#include "core/record/checkpoint/checkpoint_fields.h"

namespace switchyard {

void add_health(const HealthMemory& health, CheckpointParts& parts);
Result<HealthMemory> health_of(const Metadata& texts, NamedBlocks& blocks, const std::string& where);

}  // namespace switchyard
