#include "core/base/version.h"

namespace switchyard {

std::string_view version() { return SWITCHYARD_VERSION; }

}  // namespace switchyard
