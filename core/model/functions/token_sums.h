// How the experts' rows come together: each is added to its token's row as soon as it may be, so that the rows of all experts never
// lie side by side. Those were k rows a token, more than all that a layer of small experts keeps.
//
// A token's sum is the same to the bit whichever thread is first: its rows are added in the order of the spans. Rows come a block
// at a time, and an expert's are sorted by token, so a block goes as soon as every span before its own is past the block's last
// token. Blocks that may not go yet wait, a few a thread; then their thread does.
// Thread safety: room and add from any thread, a span's from one; spans begin in their order (parallel.h). Errors: none.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/model/functions/expert_spans.h"

namespace switchyard {

class TokenSums {
 public:
  // to [T, width] becomes zeros. scale: the weights of assignments; null: 1. most_rows: in a block. Of the identity plan `to` are the
  // rows themselves, written in place.
  TokenSums(const Matrix& to, const DispatchPlan& plan, const std::vector<Span>& spans, const float* scale, std::int64_t most_rows);

  // The rows of a block, one number for all who write: where a thread works it out by itself, it may see another
  // number of threads.
  std::int64_t most_rows() const { return most_rows_; }
  // Where a block of rows, begin .. begin + count - 1, is written, and that it has been: a span's in order.
  Matrix room(std::int64_t begin, std::int64_t count);
  void add(const Span& span, std::int64_t begin, const Matrix& rows);
  // A span will not end: none waits any more, and the sums are worth nothing.
  void give_up();

 private:
  struct Block {
    std::int64_t begin = 0;
    Matrix rows{};
  };
  struct Part {
    std::int64_t expert = 0, end = 0;
    std::int64_t past = 0;  // of tokens before it the span has nothing more
    bool busy = false;
    std::vector<Block> waiting{};  // few
  };
  bool may_go(std::size_t place) const;
  void add_what_may(std::unique_lock<std::mutex>& lock);
  void add_rows(const Block& block) const;

  const Matrix to_;
  const DispatchPlan& plan_;
  const float* scale_;
  std::int64_t most_rows_, room_floats_ = 0, most_waiting_ = 0, waiting_ = 0;
  std::mutex mutex_;
  std::condition_variable gone_;
  std::vector<Part> parts_{};  // as the spans
  std::size_t first_open_ = 0;
  bool given_up_ = false;
  std::vector<std::unique_ptr<float[]>> rooms_{};
  std::vector<float*> free_rooms_{};
};

}  // namespace switchyard
