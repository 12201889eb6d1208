// Loads of a step that may have one token or a million: a list of experts while that is shorter than a number for
// each. Thread safety: an object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace switchyard {

class SparseLoads {
 public:
  void add(std::size_t expert, double tokens, std::size_t experts);
  bool empty() const { return few_.empty() && all_.empty(); }
  // [N]; empty of nothing.
  std::vector<double> all(std::size_t experts) const;
  std::size_t bytes() const { return few_.capacity() * sizeof(few_[0]) + all_.capacity() * sizeof(double); }

 private:
  std::vector<std::pair<std::uint32_t, double>> few_;
  std::vector<double> all_;
};

}  // namespace switchyard
