// How the ranks that train one model divide it. W of them are D x E: E neighbours share out the experts (expert
// parallel), and each such group has a D-th of the batch (data parallel), a W-th each rank.
//
// Groups are made where they are first asked for, which is collective among their ranks: all ask at the same
// place. Thread safety: as a group.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "core/model/ranks/rank_group.h"

namespace switchyard {

// Time this rank spent in collectives, waiting for others included, and what it sent to others.
struct Traffic {
  double exchange_s = 0;            // all-to-all of tokens
  double sum_s = 0;                 // gradients, counts, agreements: everything else
  std::int64_t exchange_bytes = 0;  // of rows of floats
  std::vector<std::int64_t> rows;   // [ranks] that went to each rank's experts; counts stay here too
  bool failed = false;              // a collective did not end well: another rank is lost
};

class Mesh {
 public:
  // The group of ranks first, first + stride, ... (count of them), of which this is one. It notes its traffic.
  using MakeGroup = std::function<std::unique_ptr<RankGroup>(std::int64_t first, std::int64_t stride,
                                                             std::int64_t count, Traffic& traffic)>;
  // `local_size`: of its ranks, those on this machine.
  Mesh(std::int64_t rank, std::int64_t size, std::int64_t local_size, MakeGroup make);

  std::int64_t rank() const { return rank_; }
  std::int64_t size() const { return size_; }
  std::int64_t local_size() const { return local_size_; }
  Traffic& traffic() { return traffic_; }
  RankGroup& all() { return *group(0, 1, size_); }
  // Those with whom this rank shares out experts; null where it has all.
  RankGroup* experts(std::int64_t expert_parallel);
  // Those that have the same experts; null where there are no others.
  RankGroup* replicas(std::int64_t expert_parallel);
  // `count` neighbours, this one among them, the first a multiple of count; null for one.
  RankGroup* neighbours(std::int64_t count);

 private:
  RankGroup* group(std::int64_t first, std::int64_t stride, std::int64_t count);

  std::int64_t rank_, size_, local_size_;
  MakeGroup make_;
  Traffic traffic_;
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::unique_ptr<RankGroup>> groups_;
};

// A model's place in a mesh; without one it is whole here.
struct Layout {
  Mesh* mesh = nullptr;
  std::int64_t expert_parallel = 1;

  bool one() const { return !mesh; }
  std::int64_t ranks() const { return mesh ? mesh->size() : 1; }
  std::int64_t rank() const { return mesh ? mesh->rank() : 0; }
  RankGroup* all() const { return mesh ? &mesh->all() : nullptr; }
  RankGroup* experts() const { return mesh ? mesh->experts(expert_parallel) : nullptr; }
  RankGroup* replicas() const { return mesh ? mesh->replicas(expert_parallel) : nullptr; }
  std::int64_t expert_rank() const { return rank() % expert_parallel; }
  std::int64_t replica() const { return rank() / expert_parallel; }
  std::int64_t replica_count() const { return ranks() / expert_parallel; }
  // Of a micro-batch in `shards`: how many are whole on this rank, or the ranks that one lies on.
  std::int64_t shards_here(std::int64_t shards) const { return shards >= ranks() ? shards / ranks() : 1; }
  RankGroup* shard_ranks(std::int64_t shards) const {
    return mesh && shards < ranks() ? mesh->neighbours(ranks() / shards) : nullptr;
  }
};

}  // namespace switchyard
