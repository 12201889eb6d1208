// Which knobs mean something for which configuration: a row of kRules names a condition and the knobs that wait
// for it. A knob in several rows needs them all; one in none always applies.
#include <algorithm>
#include <array>
#include <iterator>

#include "core/config/knobs.h"

namespace switchyard {
namespace {

struct Rule {
  bool (*holds)(const Config&);
  std::array<std::string_view, 8> keys;  // the rest empty
};

bool is_language(const Config& config) { return config.task == TaskKind::language; }
bool is_clusters(const Config& config) { return config.task == TaskKind::clusters; }

constexpr Rule kRules[] = {
    {is_language, {"corpus", "heads", "context", "tied_head", "val_batches"}},
    {is_clusters,
     {"cluster_shape", "cluster_classes", "cluster_dims", "cluster_points", "cluster_noise", "cluster_imbalance",
      "residual"}},
};

}  // namespace

bool applies(const Knob& knob, const Config& config) {
  return std::all_of(std::begin(kRules), std::end(kRules), [&](const Rule& rule) {
    return std::find(rule.keys.begin(), rule.keys.end(), knob.key) == rule.keys.end() || rule.holds(config);
  });
}

}  // namespace switchyard
