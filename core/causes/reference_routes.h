// What a learned router is measured against: routes that need no learning, drawn as lines beside its loss.
//
//   label    each token's domain or class decides: in each layer the k experts that the router itself sends most
//   of that
//            label's tokens to
//   best     each token's best set in each layer, each found with all else as it is (best_sets.h), then all taken
//   together hash     by the character, evenly random   k experts by chance
//
// Weights are the gate's for label and best, even for hash and random. A router that loses more than the worst of
// random and hash, or less than best, is outside of what routes explain, and is reported as such. Thread safety:
// values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/causes/best_sets.h"
#include "core/causes/token_groups.h"
#include "core/causes/trying.h"

namespace switchyard {

enum class Reference : std::uint8_t { learned, label, best, hash, random };
std::string_view name_of(Reference reference);

struct ReferenceRoute {
  Reference reference = Reference::learned;
  std::string missing;  // why it is not there; empty: it is
  double loss = kMissing, accuracy = kMissing;
  std::vector<double> loss_by_group;  // of ReferenceRoutes::groups
};

// best_not_known: not worse than chance, and nothing more can be said.
enum class RouterPlace : std::uint8_t { within, worse_than_chance, better_than_best, best_not_known };

struct ReferenceRoutes {
  TokenGroups groups;  // characters are not among them
  std::vector<ReferenceRoute> routes;
  bool sampled = false;  // best: of a sample of all sets
  RouterPlace place = RouterPlace::within;
};

struct ReferenceRequest {
  bool has_ids = true;      // hash goes by characters
  bool has_choices = true;  // every token has top_k experts: routes can be given
  bool best = true;         // takes a pass a token and layer
};

// usage, interrupted: as Trials.
Result<ReferenceRoutes> reference_routes(const ReferenceRequest& request, Trials& trials,
                                         const InspectToken& inspect);

}  // namespace switchyard
