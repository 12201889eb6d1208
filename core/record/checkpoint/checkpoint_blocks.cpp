#include "core/record/checkpoint/checkpoint_blocks.h"

#include <utility>

namespace switchyard {

void DoubleBlocks::add(std::string name, std::vector<std::int64_t> shape, std::span<const double> numbers) {
  entries.push_back({std::move(name), std::move(shape), values.size(), numbers.size()});
  values.insert(values.end(), numbers.begin(), numbers.end());
}

}  // namespace switchyard
