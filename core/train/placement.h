// Whether and how a configuration is trained by the processes there are. Thread safety: pure functions.
#pragma once

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/model/ranks/mesh.h"

namespace switchyard {

// usage: it is no configuration, or none for the ranks of the mesh; null: there is one process.
Result<void> check_config(const Config& config, const Mesh* mesh);
Layout layout_of(const Config& config, Mesh* mesh);

}  // namespace switchyard
