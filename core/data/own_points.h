// Labelled points of the user's own, from a file (points_table.h), as the classifier's data: a brother of the
// drawn ones.
//
// Of each class 30 % are for testing, at least one and never all; of more than 33,333 points as many less that
// about 10,000 are, which a validation takes. Which ones follows from the seed. Every coordinate is standardised
// as those of drawn points are: x = (own - centre) / spread, mean and standard deviation of the training split;
// one that never changes has spread 1; none lies more than 1e6 spreads off. ProbePoints carries both, so that
// whoever shows a place gives it in the file's own units.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/data/clusters.h"

namespace switchyard {

inline constexpr std::int64_t kMostTestPoints = 10'000;

// How many coordinates a file's points have, told by its first rows; usage as load_points().
Result<std::int64_t> count_point_dims(const std::string& points);
// Settings for points of so many coordinates: where points entered as they are, unchanged by a map, these do too.
void suit_to_dims(Config& config, std::int64_t dims);

// Config::points, a file. usage, naming it: those of read_data_file and parse_points.
Result<std::shared_ptr<const ClusterData>> load_points(const Config& config);

}  // namespace switchyard
