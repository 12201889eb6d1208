#include "core/train/ranks/gloo_group.h"

#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <cstdlib>
#include <exception>
#include <numeric>

namespace switchyard {
namespace {

using Clock = std::chrono::steady_clock;

// Adds the time of a collective, and notes that one threw.
class Timed {
 public:
  Timed(Traffic& traffic, double Traffic::*seconds)
      : traffic_(traffic), seconds_(seconds), exceptions_(std::uncaught_exceptions()), start_(Clock::now()) {}
  ~Timed() {
    traffic_.*seconds_ += std::chrono::duration<double>(Clock::now() - start_).count();
    traffic_.failed |= std::uncaught_exceptions() > exceptions_;
  }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  Traffic& traffic_;
  double Traffic::*seconds_;
  int exceptions_;
  Clock::time_point start_;
};

at::Tensor on_host(const at::Tensor& tensor) { return tensor.detach().to(at::kCPU).contiguous(); }

class GlooGroup final : public RankGroup {
 public:
  GlooGroup(c10::intrusive_ptr<c10d::ProcessGroupGloo> group, Traffic& traffic)
      : group_(std::move(group)), traffic_(traffic) {}

  std::int64_t rank() const override { return group_->getRank(); }
  std::int64_t size() const override { return group_->getSize(); }

  using RankGroup::sum;
  void sum(std::vector<at::Tensor> tensors) override { reduce(std::move(tensors), c10d::ReduceOp::SUM); }
  void maximum(at::Tensor tensor) override { reduce({std::move(tensor)}, c10d::ReduceOp::MAX); }

  void broadcast(at::Tensor tensor, std::int64_t from) override {
    if (tensor.numel() == 0) return;
    const Timed timed(traffic_, &Traffic::sum_s);
    std::vector<at::Tensor> one{on_host(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = from;
    group_->broadcast(one, options)->wait();
    if (!one[0].is_alias_of(tensor)) tensor.copy_(one[0]);
  }

  at::Tensor gathered(const at::Tensor& own) override {
    const Timed timed(traffic_, &Traffic::sum_s);
    std::vector<at::Tensor> input{on_host(own)};
    std::vector<std::vector<at::Tensor>> output(1);
    for (std::int64_t r = 0; r < size(); ++r) output[0].push_back(at::empty_like(input[0]));
    if (own.numel() > 0) group_->allgather(output, input)->wait();
    return at::stack(output[0]).to(own.device());
  }

  at::Tensor gathered_first(const at::Tensor& own) override {
    const Timed timed(traffic_, &Traffic::sum_s);
    std::vector<at::Tensor> input{on_host(own)};
    std::vector<std::vector<at::Tensor>> output;
    if (first()) {
      output.emplace_back();
      for (std::int64_t r = 0; r < size(); ++r) output[0].push_back(at::empty_like(input[0]));
    }
    c10d::GatherOptions options;
    options.rootRank = 0;
    if (own.numel() > 0) group_->gather(output, input, options)->wait();
    return first() ? at::stack(output[0]) : at::Tensor();
  }

  at::Tensor exchanged(const at::Tensor& rows, std::span<const std::int64_t> sent,
                       std::span<const std::int64_t> received) override {
    const Timed timed(traffic_, &Traffic::exchange_s);
    at::Tensor input = on_host(rows);
    std::vector<std::int64_t> shape = input.sizes().vec();
    shape[0] = std::accumulate(received.begin(), received.end(), std::int64_t{0});
    at::Tensor output = at::empty(shape, input.options());
    std::vector<std::int64_t> in(sent.begin(), sent.end()), out(received.begin(), received.end());
    group_->alltoall_base(output, input, out, in)->wait();
    if (input.is_floating_point() && input.dim() == 2)
      traffic_.exchange_bytes += (input.size(0) - sent[static_cast<std::size_t>(rank())]) * input.size(1) *
                                 static_cast<std::int64_t>(input.element_size());
    return output.to(rows.device());
  }

  void note_rows(std::span<const std::int64_t> sent) override {
    traffic_.rows.resize(sent.size());
    for (std::size_t r = 0; r < sent.size(); ++r) traffic_.rows[r] += sent[r];
  }

 private:
  // All begin at once: they pass each other on the way.
  void reduce(std::vector<at::Tensor> tensors, c10d::ReduceOp::RedOpType how) {
    const Timed timed(traffic_, &Traffic::sum_s);
    c10d::AllreduceOptions options;
    options.reduceOp = how;
    std::vector<std::vector<at::Tensor>> host;
    std::vector<c10::intrusive_ptr<c10d::Work>> works;
    for (const at::Tensor& tensor : tensors) host.push_back({on_host(tensor)});
    for (std::vector<at::Tensor>& one : host)
      if (one[0].numel() > 0) works.push_back(group_->allreduce(one, options));
    for (const auto& work : works) work->wait();
    for (std::size_t i = 0; i < tensors.size(); ++i)
      if (!host[i][0].is_alias_of(tensors[i])) tensors[i].copy_(host[i][0]);
  }

  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
  Traffic& traffic_;
};

// GLOO_SOCKET_IFNAME names a network device, as for PyTorch's own programs.
std::shared_ptr<gloo::transport::Device> device_of(const std::string& host) {
  if (const char* name = std::getenv("GLOO_SOCKET_IFNAME"); name && *name)
    return c10d::ProcessGroupGloo::createDeviceForInterface(name);
  if (!host.empty()) return c10d::ProcessGroupGloo::createDeviceForHostname(host);
  return c10d::ProcessGroupGloo::createDefaultDevice();
}

}  // namespace

std::unique_ptr<RankGroup> make_gloo_group(const GlooAddress& address, const std::string& name, std::int64_t rank,
                                           std::int64_t size, Traffic& traffic) {
  auto options = c10d::ProcessGroupGloo::Options::create(address.timeout);
  options->devices.push_back(device_of(address.host));
  return std::make_unique<GlooGroup>(
      c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>(name, address.store),
                                                  static_cast<int>(rank), static_cast<int>(size), options),
      traffic);
}

std::unique_ptr<Mesh> make_gloo_mesh(const GlooAddress& address, std::int64_t rank, std::int64_t size,
                                     std::int64_t local_size) {
  return std::make_unique<Mesh>(
      rank, size, local_size, [=](std::int64_t first, std::int64_t stride, std::int64_t count, Traffic& traffic) {
        return make_gloo_group(address, fmt::format("group {} {} {}/", first, stride, count),
                               (rank - first) / stride, count, traffic);
      });
}

}  // namespace switchyard
