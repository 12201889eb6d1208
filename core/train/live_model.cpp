#include "core/train/live_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "core/config/shape.h"
#include "core/model/kernels/parallel.h"
#include "core/train/means/device.h"
#include "core/train/ranks/whole.h"
#include "core/train/tasks/make_task.h"
#include "core/train/weights.h"

namespace switchyard {
namespace {

// Copied by one thread in one go: 1 MiB.
constexpr std::size_t kCopyFloats = 256 * 1024;
// No counter of a run comes near; sums with it stay exact.
constexpr std::int64_t kMostCounted = std::int64_t{1} << 53;

Initializer initializer_of(const Config& config, FirstWeights weights, const Layout& layout) {
  Initializer init;
  init.expert_rank = layout.expert_rank();
  init.expert_ranks = layout.expert_parallel;
  init.device = *device_of(config.device);
  if (weights == FirstWeights::drawn)
    init.generator = at::detail::createCPUGenerator(RandomStream(draw_seed(config), "initial weights").next_u64());
  return init;
}

std::vector<Parameter*> parameters_of(Model& model) {
  std::vector<Parameter*> parameters;
  model.visit([&](Parameter& parameter) { parameters.push_back(&parameter); });
  return parameters;
}

// The tensors of a model and its optimizer in the order a state has them: weights, first moments, second moments.
template <class Visit>
void each_tensor(const LiveModel& model, const Visit& visit) {
  const std::vector<AdamW::State>& states = model.optimizer.states();
  for (const AdamW::State& state : states) visit("", *state.parameter, state.parameter->value.detach());
  for (const AdamW::State& state : states)
    if (state.parameter->trained) visit("adam.first/", *state.parameter, state.first);
  for (const AdamW::State& state : states)
    if (state.parameter->trained) visit("adam.second/", *state.parameter, state.second);
}

class Copies {
 public:
  void add(float* to, const float* from, std::size_t count) {
    for (std::size_t done = 0; done < count; done += kCopyFloats)
      pieces_.push_back({to + done, from + done, std::min(kCopyFloats, count - done)});
  }
  void run() const {
    parallel_tasks(static_cast<std::int64_t>(pieces_.size()), [&](std::int64_t i) {
      const Piece& piece = pieces_[static_cast<std::size_t>(i)];
      std::memcpy(piece.to, piece.from, piece.count * sizeof(float));
    });
  }

 private:
  struct Piece {
    float* to;
    const float* from;
    std::size_t count;
  };
  std::vector<Piece> pieces_;
};

Result<void> check_counters(const TrainerState& state) {
  const auto counted = [](const char* name, std::int64_t value) -> Result<void> {
    if (value >= 0 && value < kMostCounted) return {};
    return usage_error(fmt::format("state: {} = {}: allowed is 0 to 2^53", name, value));
  };
  for (const auto& [name, value] :
       {std::pair{"step", state.step}, std::pair{"tokens", state.tokens}, std::pair{"drawn", state.drawn},
        std::pair{"optimizer_steps", state.optimizer_steps}})
    if (auto good = counted(name, value); !good) return good;
  if (!(state.wall_s >= 0 && std::isfinite(state.wall_s)))
    return usage_error(fmt::format("state: wall_s = {}: allowed is a number from 0", state.wall_s));
  if (state.loads.empty()) return {};
  std::size_t layers = 0;
  for (std::int64_t b = 0; b < state.config.layers; ++b) layers += is_moe_block(state.config, b);
  if (state.loads.size() != layers)
    return usage_error(fmt::format("state: loads of {} layers, the model has {}", state.loads.size(), layers));
  for (const std::vector<double>& layer : state.loads) {
    if (static_cast<std::int64_t>(layer.size()) != state.config.experts)
      return usage_error(
          fmt::format("state: loads of {} experts, the model has {}", layer.size(), state.config.experts));
    for (const double load : layer)
      if (!(load >= 0 && std::isfinite(load))) return usage_error(fmt::format("state: a load of {}", load));
  }
  return {};
}

// By name. usage: one is there twice or says more than there is.
Result<std::map<std::string_view, const StateTensors::Entry*>> by_name(const StateTensors& tensors) {
  std::map<std::string_view, const StateTensors::Entry*> found;
  for (const StateTensors::Entry& entry : tensors.entries) {
    if (entry.begin > tensors.values.size() || entry.count > tensors.values.size() - entry.begin)
      return usage_error(fmt::format("state: tensor '{}' reaches beyond the state's {} numbers", entry.name,
                                     tensors.values.size()));
    if (!found.emplace(entry.name, &entry).second)
      return usage_error(fmt::format("state: tensor '{}' is there twice", entry.name));
  }
  return found;
}

}  // namespace

LiveModel::LiveModel(const Config& config, std::shared_ptr<const TaskData> data, FirstWeights weights,
                     const Layout& where)
    : layout(where),
      task(make_task(config, std::move(data), initializer_of(config, weights, where))),
      parameters(parameters_of(task->model())),
      optimizer(parameters) {}

void LiveModel::note_loads(const StepRecord& record) {
  constexpr double decay = 0.9;
  loads.resize(record.layers.size());
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    const std::vector<float>& counts = record.layers[l].counts;
    loads[l].resize(counts.size(), 0.0);
    for (std::size_t e = 0; e < counts.size(); ++e) loads[l][e] = decay * loads[l][e] + counts[e];
  }
}

void LiveModel::forget_partial_step() {
  optimizer.zero_grad();
  partial = {};
}

void LiveModel::save(TrainerState& into) const {
  at::NoGradGuard no_grad;
  into.step = step;
  into.tokens = tokens;
  into.wall_s = wall_s;
  into.drawn = drawn;
  into.optimizer_steps = optimizer.steps();
  into.loads = loads;
  RankGroup* experts = layout.experts();
  std::vector<at::Tensor> gathered;  // what is shared out, whole; kept until it is copied
  std::size_t total = 0;
  each_tensor(*this, [&](const char*, const Parameter& parameter, const at::Tensor& tensor) {
    if (parameter.in_parts()) gathered.push_back(whole_at_first(parameter, tensor, experts));
    const at::Tensor& all = parameter.in_parts() ? gathered.back() : tensor;
    if (all.defined()) total += static_cast<std::size_t>(all.numel());
  });
  StateTensors& to = into.tensors;
  to.values.resize(total);
  // Names are made anew into strings that keep their memory.
  std::size_t next = 0, begin = 0, next_gathered = 0;
  Copies copies;
  each_tensor(*this, [&](const char* prefix, const Parameter& parameter, const at::Tensor& held) {
    const at::Tensor tensor = parameter.in_parts() ? gathered[next_gathered++] : held;
    if (!tensor.defined()) return;
    const std::size_t first = begin;
    each_part(parameter, tensor, [&](const std::string& name, const at::Tensor& part) {
      if (next == to.entries.size()) to.entries.emplace_back();
      StateTensors::Entry& entry = to.entries[next++];
      entry.name = prefix;
      entry.name += name;
      entry.shape.assign(part.sizes().begin(), part.sizes().end());
      entry.begin = begin;
      entry.count = static_cast<std::size_t>(part.numel());
      begin += entry.count;
    });
    if (tensor.is_cpu() && tensor.is_contiguous()) {
      copies.add(to.values.data() + first, tensor.data_ptr<float>(), begin - first);
    } else {
      const at::Tensor host = tensor.to(at::kCPU).contiguous();
      std::memcpy(to.values.data() + first, host.data_ptr<float>(), (begin - first) * sizeof(float));
    }
  });
  to.entries.resize(next);
  copies.run();
}

Result<void> LiveModel::load(const TrainerState& state) {
  at::NoGradGuard no_grad;
  if (auto good = check_counters(state); !good) return good;
  auto found = by_name(state.tensors);
  if (!found) return found.error();
  std::string problem;
  Copies copies;
  std::vector<std::pair<at::Tensor, const StateTensors::Entry*>> elsewhere;  // on another device
  each_tensor(*this, [&](const char* prefix, const Parameter& parameter, const at::Tensor& tensor) {
    each_part_of_all(parameter, tensor, [&](const std::string& name, const at::Tensor& part) {
      if (!problem.empty()) return;
      const std::string full = prefix + name;
      const auto at = found->find(full);
      if (at == found->end()) {
        problem = fmt::format("state: tensor '{}' is missing", full);
        return;
      }
      const StateTensors::Entry& entry = *at->second;
      if (!part.defined()) {  // another rank's
        found->erase(at);
        return;
      }
      if (entry.shape != part.sizes().vec() || entry.count != static_cast<std::size_t>(part.numel())) {
        problem = fmt::format("state: tensor '{}' has shape [{}], this model needs [{}]", full,
                              fmt::join(entry.shape, ", "), fmt::join(part.sizes().vec(), ", "));
        return;
      }
      if (part.is_cpu() && part.is_contiguous())
        copies.add(part.data_ptr<float>(), state.tensors.values.data() + entry.begin, entry.count);
      else elsewhere.emplace_back(part, &entry);
      found->erase(at);
    });
  });
  if (problem.empty() && !found->empty())
    problem = fmt::format("state: tensor '{}' does not belong to this model", found->begin()->first);
  if (!problem.empty()) return usage_error(problem);
  copies.run();
  for (auto& [part, entry] : elsewhere)
    part.copy_(
        at::from_blob(const_cast<float*>(state.tensors.values.data()) + entry->begin, part.sizes(), at::kFloat));
  // What the model keeps that follows from its weights is made anew for whoever visits.
  task->model().visit([](Parameter&) {});
  optimizer.set_steps(state.optimizer_steps);
  step = state.step;
  tokens = state.tokens;
  drawn = state.drawn;
  wall_s = state.wall_s;
  loads = state.loads;
  forget_partial_step();
  return {};
}

}  // namespace switchyard
