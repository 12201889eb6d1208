#include "core/train/ranks/gradient_sums.h"

#include <algorithm>

namespace switchyard {
namespace {

// Summed as one message: small parameters would each cost a round of the network.
constexpr std::int64_t kBucketFloats = 4 * 1024 * 1024;

struct Bucket {
  std::vector<Parameter*> parameters;
  at::Tensor values;  // their gradients one behind the other, then for each 1 where there is one
};

std::vector<Bucket> buckets_of(const std::vector<Parameter*>& parameters) {
  std::vector<Bucket> buckets;
  std::int64_t room = 0;
  for (Parameter* parameter : parameters) {
    if (buckets.empty() || parameter->value.numel() > room) buckets.emplace_back(), room = kBucketFloats;
    buckets.back().parameters.push_back(parameter);
    room -= parameter->value.numel();
  }
  return buckets;
}

void fill(Bucket& bucket) {
  std::int64_t floats = 0;
  for (const Parameter* parameter : bucket.parameters) floats += parameter->value.numel();
  const auto count = static_cast<std::int64_t>(bucket.parameters.size());
  bucket.values = at::empty({floats + count}, at::kFloat);
  float* to = bucket.values.data_ptr<float>();
  float* has = to + floats;
  for (const Parameter* parameter : bucket.parameters) {
    const at::Tensor& grad = parameter->value.grad();
    const auto n = static_cast<std::size_t>(parameter->value.numel());
    if (grad.defined()) {
      const at::Tensor host = grad.to(at::kCPU).contiguous();
      std::copy_n(host.data_ptr<float>(), n, to);
    } else {
      std::fill_n(to, n, 0.0f);
    }
    to += n;
    *has++ = grad.defined() ? 1 : 0;
  }
}

void take(const Bucket& bucket) {
  const auto count = static_cast<std::int64_t>(bucket.parameters.size());
  std::int64_t at = 0, which = bucket.values.numel() - count;
  for (Parameter* parameter : bucket.parameters) {
    const std::int64_t n = parameter->value.numel();
    const at::Tensor part = bucket.values.narrow(0, at, n).view(parameter->value.sizes());
    at += n;
    at::Tensor& grad = parameter->value.mutable_grad();
    if (bucket.values.data_ptr<float>()[which++] == 0) grad.reset();
    else if (grad.defined()) grad.copy_(part);
    else grad = part.to(parameter->value.device()).clone();
  }
}

void sum_over(RankGroup* ranks, const std::vector<Parameter*>& parameters) {
  if (!ranks || parameters.empty()) return;
  std::vector<Bucket> buckets = buckets_of(parameters);
  std::vector<at::Tensor> values;
  for (Bucket& bucket : buckets) fill(bucket), values.push_back(bucket.values);
  ranks->sum(values);
  for (const Bucket& bucket : buckets) take(bucket);
}

}  // namespace

void sum_gradients(const std::vector<Parameter*>& parameters, const Layout& layout) {
  if (layout.one()) return;
  at::NoGradGuard no_grad;
  std::vector<Parameter*> whole, parts;
  for (Parameter* parameter : parameters)
    if (parameter->trained) (parameter->in_parts() ? parts : whole).push_back(parameter);
  sum_over(layout.all(), whole);
  sum_over(layout.replicas(), parts);
}

void join_squares(std::vector<double>& squares, const std::vector<Parameter*>& parameters, const Layout& layout) {
  RankGroup* ranks = layout.experts();
  if (!ranks) return;
  std::vector<std::size_t> parts;
  std::vector<double> flat;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i]->in_parts()) continue;
    parts.push_back(i);
    flat.push_back(std::max(0.0, squares[i]));
    flat.push_back(squares[i] < 0 ? 0 : 1);
    // A comparison loses what is no number.
    if (squares[i] != squares[i]) flat[flat.size() - 2] = squares[i];
  }
  if (parts.empty()) return;
  const at::Tensor all = torch::tensor(flat, at::kDouble);
  ranks->sum(all);
  const double* sum = all.data_ptr<double>();
  for (std::size_t i = 0; i < parts.size(); ++i) squares[parts[i]] = sum[2 * i + 1] > 0 ? sum[2 * i] : -1;
}

}  // namespace switchyard
