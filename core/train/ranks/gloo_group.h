// Groups of ranks over LibTorch's own c10d with Gloo (TCP). What it measures on the way is in Traffic.
// Thread safety: as RankGroup. Errors: what Gloo throws; a rank that is gone at once, a silent one after
// `timeout`.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "core/model/ranks/mesh.h"

namespace switchyard {

struct GlooAddress {
  c10::intrusive_ptr<c10d::Store> store;  // where the ranks find each other; keys are the group's name
  std::string host;                       // of this process, to be reached at; empty: what the machine is called
  std::chrono::milliseconds timeout{600'000};
};

// `name` differs between groups of one store. Blocks until all `size` are there. `traffic` outlives the group.
std::unique_ptr<RankGroup> make_gloo_group(const GlooAddress& address, const std::string& name, std::int64_t rank,
                                           std::int64_t size, Traffic& traffic);

std::unique_ptr<Mesh> make_gloo_mesh(const GlooAddress& address, std::int64_t rank, std::int64_t size,
                                     std::int64_t local_size);

}  // namespace switchyard
