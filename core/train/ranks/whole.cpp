#include "core/train/ranks/whole.h"

#include <algorithm>

namespace switchyard {
namespace {

// Parts differ by an expert, messages do not: they are as long as the longest.
at::Tensor padded(const Parameter& parameter, const at::Tensor& part, std::int64_t ranks) {
  std::vector<std::int64_t> shape = part.sizes().vec();
  shape[0] = (parameter.all_experts + ranks - 1) / ranks;
  if (part.size(0) == shape[0]) return part.detach().to(at::kCPU).contiguous();
  const at::Tensor room = at::zeros(shape, at::TensorOptions(part.scalar_type()));
  room.narrow(0, 0, part.size(0)).copy_(part.detach());
  return room;
}

at::Tensor joined(const Parameter& parameter, const at::Tensor& parts, std::int64_t ranks) {
  std::vector<at::Tensor> own;
  for (std::int64_t r = 0; r < ranks; ++r)
    own.push_back(parts[r].narrow(0, 0, experts_of(parameter.all_experts, r, ranks).count));
  return at::cat(own);
}

}  // namespace

at::Tensor whole(const Parameter& parameter, const at::Tensor& part, RankGroup* ranks) {
  if (!ranks || !parameter.in_parts()) return part;
  return joined(parameter, ranks->gathered(padded(parameter, part, ranks->size())), ranks->size())
      .to(part.device());
}

at::Tensor whole_at_first(const Parameter& parameter, const at::Tensor& part, RankGroup* ranks) {
  if (!ranks || !parameter.in_parts()) return part;
  const at::Tensor parts = ranks->gathered_first(padded(parameter, part, ranks->size()));
  return parts.defined() ? joined(parameter, parts, ranks->size()) : parts;
}

}  // namespace switchyard
