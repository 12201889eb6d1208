// Ranks: the processes that train one model together, each on its part of the batch, some with their part of the
// experts. A group is some of them, in a fixed order, and all they can tell each other.
//
// Every call is collective: all ranks of the group make it, in the same order, with tensors of the same shape and
// type unless said otherwise (fp32, fp64, int64, uint8). It throws where a rank is gone, or silent for as long as
// the group waits. Results are the same to the bit on all ranks. Tensors may be on any device; what travels is
// copied to the host. Thread safety: a group belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/base/torch.h"

namespace switchyard {

class RankGroup {
 public:
  virtual ~RankGroup() = default;
  virtual std::int64_t rank() const = 0;  // of this process in the group, from 0
  virtual std::int64_t size() const = 0;

  // In place.
  virtual void sum(std::vector<at::Tensor> tensors) = 0;
  virtual void maximum(at::Tensor tensor) = 0;
  virtual void broadcast(at::Tensor tensor, std::int64_t from) = 0;
  // [...] of each rank -> [size, ...].
  virtual at::Tensor gathered(const at::Tensor& own) = 0;
  // [...] of each rank -> [size, ...] at rank 0, undefined elsewhere.
  virtual at::Tensor gathered_first(const at::Tensor& own) = 0;
  // rows [sum of sent, ...]: the first sent[0] go to rank 0, the next sent[1] to rank 1, ... -> those that came,
  // in the order of ranks: received[r] from rank r. Lengths differ between ranks and must agree.
  virtual at::Tensor exchanged(const at::Tensor& rows, std::span<const std::int64_t> sent,
                               std::span<const std::int64_t> received) = 0;

  // For the record: so many of this rank's assignments are computed by each.
  virtual void note_rows(std::span<const std::int64_t> sent) = 0;

  void sum(const at::Tensor& tensor) { sum(std::vector<at::Tensor>{tensor}); }
  bool first() const { return rank() == 0; }
};

// N experts shared out among `ranks` of them: neighbours, as evenly as they go.
struct ExpertRange {
  std::int64_t first = 0, count = 0;
};
constexpr ExpertRange experts_of(std::int64_t experts, std::int64_t rank, std::int64_t ranks) {
  const std::int64_t first = experts * rank / ranks;
  return {first, experts * (rank + 1) / ranks - first};
}

}  // namespace switchyard
