#include "core/causes/cause_request.h"

#include <array>
#include <cstddef>

namespace switchyard {
namespace {

struct CauseNames {
  std::string_view command, file;
};
// By Cause.
constexpr std::array<CauseNames, kCauses> kNames{{{"ablate", "ablation"},
                                                  {"steer", "steering"},
                                                  {"zoo", "zoo"},
                                                  {"routes", "routes"},
                                                  {"prune", "prune"},
                                                  {"route-diff", "route-diff"}}};

}  // namespace

std::string_view command_of(Cause cause) { return kNames[static_cast<std::size_t>(cause)].command; }

std::string_view file_of(Cause cause) { return kNames[static_cast<std::size_t>(cause)].file; }

}  // namespace switchyard
