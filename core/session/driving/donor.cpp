#include "core/session/driving/donor.h"

#include <fmt/format.h>

#include <functional>
#include <span>
#include <utility>

#include "core/base/file_name.h"
#include "core/record/files/checksum.h"
#include "core/record/reading/resume_point.h"
#include "core/record/reading/stored_run.h"

namespace switchyard {
namespace {

using Values = std::vector<float>::const_iterator;
using Take = std::function<void(const std::string& name, const std::vector<std::int64_t>& shape, Values first)>;

// Every tensor of a model's weights that a transplant may want.
Result<void> each_tensor_of(const ResumePoint& point, const Take& take) {
  if (point.checkpoint) {
    const StateTensors& tensors = point.checkpoint->trainer.tensors;
    for (const StateTensors::Entry& entry : tensors.entries)
      if (!entry.name.starts_with("adam."))
        take(entry.name, entry.shape, tensors.values.begin() + static_cast<std::ptrdiff_t>(entry.begin));
    return {};
  }
  const auto stored = StoredRun::open(point.file);
  if (!stored) return stored.error();
  const auto weights = stored->weights();
  if (!weights) return weights.error();
  for (const NamedTensor& one : *weights) take(one.name, one.shape, one.values.begin());
  return {};
}

std::int64_t product(const std::vector<std::int64_t>& shape, std::size_t from) {
  std::int64_t count = 1;
  for (std::size_t i = from; i < shape.size(); ++i) count *= shape[i];
  return count;
}

}  // namespace

Result<void> read_donor(Operation& operation) {
  const ExpertName expert = operation.experts.front();
  if (expert.block == ExpertName::every_block)
    return usage_error(fmt::format("{}: a transplant takes one expert of one layer", text_of(expert)));
  // A name that cannot be printed stands in the line as text (core/base/file_name.h).
  const auto point = find_resume_point(path_of_text(operation.source).native());
  if (!point) return point.error();
  const std::string layer = fmt::format("layers.{}.block_sparse_moe.", expert.block);
  const std::string own = fmt::format("experts.{}.", expert.expert);
  std::vector<NamedTensor> donor;
  bool has_expert = false;
  const auto take = [&](const std::string& name, const std::vector<std::int64_t>& shape, Values first) {
    const std::size_t at = name.find(layer);
    if (at == std::string::npos || shape.empty()) return;
    const std::string rest = name.substr(at + layer.size());
    if (rest.starts_with(own)) {
      has_expert = true;
      donor.push_back({rest.substr(own.size()), shape, {first, first + product(shape, 0)}});
    } else if (!rest.starts_with("experts.") && !rest.starts_with("shared_experts.") && expert.expert < shape[0]) {
      // Its row of the router.
      const std::int64_t row = product(shape, 1);
      const Values begin = first + expert.expert * row;
      donor.push_back({rest, {shape.begin() + 1, shape.end()}, {begin, begin + row}});
    }
  };
  if (auto read = each_tensor_of(*point, take); !read) return read.error();
  if (!has_expert)
    return usage_error(
        fmt::format("{}: there is no expert {} in layer {}", point->file.native(), expert.expert, expert.block));
  Checksum sum;
  for (const NamedTensor& one : donor) sum.add(std::as_bytes(std::span(one.values)));
  if (!operation.checksum.empty() && operation.checksum != sum.text())
    return usage_error(fmt::format("{}: expert {} of layer {} is another by now than the one that was meant",
                                   point->file.native(), expert.expert, expert.block));
  operation.checksum = sum.text();
  operation.source = absolute_text(text_of_path(point->file.native()));
  operation.donor = std::move(donor);
  return {};
}

}  // namespace switchyard
