#include "core/model/ranks/mesh.h"

#include <utility>

namespace switchyard {

Mesh::Mesh(std::int64_t rank, std::int64_t size, std::int64_t local_size, MakeGroup make)
    : rank_(rank), size_(size), local_size_(local_size), make_(std::move(make)) {}

RankGroup* Mesh::experts(std::int64_t expert_parallel) { return neighbours(expert_parallel); }

RankGroup* Mesh::replicas(std::int64_t expert_parallel) {
  const std::int64_t count = size_ / expert_parallel;
  return count > 1 ? group(rank_ % expert_parallel, expert_parallel, count) : nullptr;
}

RankGroup* Mesh::neighbours(std::int64_t count) {
  return count > 1 ? group(rank_ / count * count, 1, count) : nullptr;
}

RankGroup* Mesh::group(std::int64_t first, std::int64_t stride, std::int64_t count) {
  std::unique_ptr<RankGroup>& made = groups_[{first, stride, count}];
  if (!made) made = make_(first, stride, count, traffic_);
  return made.get();
}

}  // namespace switchyard
