// The ranks this process belongs to, from the moment they have found each other: their mesh, the line on which
// rank 0 gives orders, and the heart that beats beside the work. Thread safety: one thread, the trainer's; the
// heart has its own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/train/interface/ranks.h"
#include "core/train/ranks/gloo_group.h"
#include "core/train/crew/heartbeat.h"
#include "core/train/ranks/message.h"
#include "core/train/crew/orders.h"

namespace switchyard {

class RankCrew {
 public:
  // Blocks until all are there. usage: nobody listens there, the port is taken, ranks are missing, or differ in
  // version or configuration; the message names both.
  static Result<std::unique_ptr<RankCrew>> gather(const RankPlace& place, const RankTerms& terms);
  // Over a store that exists, without a heart: for threads of one process.
  static std::unique_ptr<RankCrew> of_store(const GlooAddress& address, std::int64_t rank, std::int64_t size);
  ~RankCrew();

  Mesh& mesh() { return *mesh_; }
  bool leads() const { return mesh_->rank() == 0; }

  // Rank 0: tells an order; the others wait for one, however long. failure: a rank is lost.
  Result<void> tell(Order order, Message& message);
  Result<Order> wait_for_order(Message& message);

  // `work`, what all ranks do together, as a value: where a rank was lost meanwhile that is the error, now and
  // from then on.
  template <class Work>
  auto together(const Work& work) -> decltype(work()) {
    if (lost_) return *lost_;
    auto done = work();
    if (!done && (mesh_->traffic().failed || order_traffic_.failed)) return lose(done.error());
    return done;
  }
  const std::optional<Error>& lost() const { return lost_; }

  // Rank 0: the end of all, with what code the others end. Nothing where a rank is lost.
  void leave(int code);

 private:
  RankCrew() = default;
  Error lose(const Error& error);

  GlooAddress address_;
  std::unique_ptr<Mesh> mesh_;
  Traffic order_traffic_;  // waiting for orders is no part of a step
  std::unique_ptr<RankGroup> orders_;
  std::unique_ptr<Heartbeat> heart_;
  std::optional<Error> lost_;
};

}  // namespace switchyard
