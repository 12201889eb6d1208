// One MoE layer, forward and backward, against what it is measured by: the dense layer of equal active FLOPs,
// the loops that tutorials write, and the bare matrix products of the same sizes. Run by hand:
//   build/release/bin/layer_bench [--threads 2] [--rounds 15] [--shape 0..3] [--only SIDE]
//
// Routing is given (balanced, then Zipf-skewed) so that the router's own time stays out; it has a line of its own.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "core/model/functions/experts.h"
#include "core/model/kernels/bf16.h"
#include "core/model/kernels/parallel.h"
#include "core/model/routing/gate.h"
#include "core/train/means/threads.h"
#include "tests/bench/memory_count.h"
#include "tests/bench/sides.h"

namespace {

using namespace switchyard;

struct Shape {
  std::int64_t width, hidden, experts, k, tokens;
};
constexpr Shape kShapes[] = {{128, 512, 8, 2, 2048}, {512, 2048, 8, 2, 4096}, {256, 256, 64, 2, 4096}, {256, 64, 256, 8, 4096}};

struct Layer {
  Shape shape;
  at::Generator generator = at::detail::createCPUGenerator(1);
  Experts experts{shape.experts, shape.width, shape.hidden, ExpertKind::swiglu, "e.{}.", Initializer{generator}};
  Experts dense{1, shape.width, shape.hidden * shape.k, ExpertKind::swiglu, "dense.", Initializer{generator}};
  LinearGate gate{gate_config(shape), "", Initializer{generator}};
  static Config gate_config(const Shape& shape) {
    Config config;
    config.experts = shape.experts;
    config.d_model = shape.width;
    return config;
  }
  std::vector<at::Tensor> expert_weights = weights_of(experts), dense_weights = weights_of(dense);
  at::Tensor x = at::empty({shape.tokens, shape.width}).normal_(0, 1, generator).requires_grad_();
  at::Tensor combine = at::empty({shape.tokens, shape.k}).uniform_(0.2, 0.8, generator).requires_grad_();
  at::Tensor grad = at::empty({shape.tokens, shape.width}).normal_(0, 1, generator);
  at::Tensor chosen{};  // [T, k]
  c10::intrusive_ptr<DispatchPlan> plan{};

  // w1 b1 w3 b3 w2 b2
  static std::vector<at::Tensor> weights_of(Experts& layer) {
    std::vector<at::Tensor> found;
    layer.visit([&](Parameter& p) { found.push_back(p.value); });
    return found;
  }

  // k different experts a token, drawn with chances 1 / rank^skew.
  void route(double skew) {
    at::Tensor chance = at::empty({shape.experts});
    for (std::int64_t e = 0; e < shape.experts; ++e)
      chance[e].fill_(std::pow(static_cast<double>(e + 1), -skew));
    chosen = at::multinomial(chance.expand({shape.tokens, shape.experts}), shape.k, false, generator);
    if (skew == 0) {  // exactly balanced, in a shuffled order
      const at::Tensor turn = at::arange(shape.tokens * shape.k, at::kLong).remainder(shape.experts).view({shape.tokens, shape.k});
      chosen = turn.index_select(0, at::randperm(shape.tokens, generator)).contiguous();
    }
    plan = build_dispatch(chosen, shape.experts, {});
  }

  void backward(const at::Tensor& y) {
    y.backward(grad);
    forget_gradients();
  }
  void forget_gradients() {
    for (auto* list : {&expert_weights, &dense_weights})
      for (at::Tensor& w : *list) w.mutable_grad().reset();
    for (auto* modules : {&expert_modules, &dense_module})
      for (Module& module : *modules)
        for (at::Tensor& w : module) w.mutable_grad().reset();
    x.mutable_grad().reset();
    combine.mutable_grad().reset();
  }

  // w1 b1 w3 b3 w2 b2 of one expert
  using Module = std::vector<at::Tensor>;
  static at::Tensor feed_forward(const at::Tensor& in, const Module& w) {
    return at::linear(at::silu(at::linear(in, w[0], w[1])) * at::linear(in, w[2], w[3]), w[4], w[5]);
  }
  // As a list of modules has them: leaves of their own. A slice of a stack would get a gradient as large as the stack.
  static std::vector<Module> modules_of(const std::vector<at::Tensor>& stacked) {
    std::vector<Module> modules(static_cast<std::size_t>(stacked[0].size(0)));
    for (std::size_t e = 0; e < modules.size(); ++e)
      for (const at::Tensor& w : stacked) modules[e].push_back(w.detach()[static_cast<std::int64_t>(e)].clone().requires_grad_());
    return modules;
  }
  std::vector<Module> expert_modules = modules_of(expert_weights), dense_module = modules_of(dense_weights);

  // For each expert: which tokens chose it, run them, add them back.
  at::Tensor masked_loop() const {
    at::Tensor y = at::zeros_like(x);
    for (std::int64_t e = 0; e < shape.experts; ++e) {
      const auto where = at::where(chosen == e);
      if (where[0].numel() == 0) continue;
      const at::Tensor out = feed_forward(x.index_select(0, where[0]), expert_modules[static_cast<std::size_t>(e)]);
      y = y.index_add(0, where[0], out * combine.index({where[0], where[1]}).unsqueeze(-1));
    }
    return y;
  }

  // Assignments sorted by expert once, a slice for each expert, one sum at the end.
  at::Tensor sliced_loop() const {
    const at::Tensor order = std::get<1>(chosen.flatten().sort(true, 0, false));
    const at::Tensor token = at::floor_divide(order, shape.k), rows = x.index_select(0, token);
    // One split: a narrow for each expert would get a gradient as large as all rows.
    std::vector<std::int64_t> counts;
    for (std::int64_t e = 0; e < shape.experts; ++e) counts.push_back(plan->offset[e + 1] - plan->offset[e]);
    const std::vector<at::Tensor> slices = at::split_with_sizes(rows, counts);
    std::vector<at::Tensor> outputs;
    for (std::size_t e = 0; e < slices.size(); ++e)
      if (slices[e].size(0) > 0) outputs.push_back(feed_forward(slices[e], expert_modules[e]));
    const at::Tensor out = at::cat(outputs) * combine.flatten().index_select(0, order).unsqueeze(-1);
    return at::zeros_like(x).index_add(0, token, out);
  }

  at::Tensor torch_dense() const { return feed_forward(x, dense_module[0]); }

  // The nine products of each expert's forward and backward and nothing else, an expert a thread.
  void products(at::ScalarType compute) const {
    std::vector<std::int64_t> busy;
    for (std::int64_t e = 0; e < shape.experts; ++e)
      if (plan->offset[e + 1] > plan->offset[e]) busy.push_back(e);
    parallel_tasks(static_cast<std::int64_t>(busy.size()), [&](std::int64_t i) {
      const std::int64_t e = busy[static_cast<std::size_t>(i)], count = plan->offset[e + 1] - plan->offset[e];
      const at::ScalarType type = compute;
      const at::Tensor in = at::zeros({count, shape.width}, type), mid = at::zeros({count, shape.hidden}, type);
      const at::Tensor up = at::zeros({shape.hidden, shape.width}, type);
      for (int matrix = 0; matrix < 3; ++matrix) {
        at::mm(in, up.t());
        at::mm(mid, up);
        at::mm(mid.t(), in);
      }
    });
  }
};

// Peak of what the layer allocates, forward and backward, against what the forward leaves: the activations the backward
// needs, and the output. Gradients are results and do not count. Under it a line for each thing of the peak.
struct MemoryLines {
  const Layer& layer;
  const void* output = nullptr;

  // By who asked for it and how large it is. The marks sort the lines.
  std::string name_of(const Entry& e) const {
    const auto about = [&](std::int64_t bytes) { return e.bytes >= bytes && e.bytes < bytes + 128; };
    if (e.memory == output) return "2 kept: the output";
    if (e.memory == (layer.x.grad().defined() ? layer.x.grad().data_ptr() : nullptr)) return "7 gradient of the input, not counted";
    if (e.asker == Asker::aligned) return "3 threads' operands: a block of rows by a strip of the hidden layer, laid out";
    if (e.asker == Asker::other) return "4 rows on their way to their tokens, strips of weights, sums of a strip";
    for (const at::Tensor& w : layer.expert_weights)
      if (about(4 * w.numel())) return "6 gradients of the weights, not counted";
    const std::int64_t hidden = layer.plan->rows() * layer.shape.hidden;
    if (about(4 * hidden) || about(2 * hidden)) return "1 kept: the hidden layer";
    if (about(4 * layer.combine.numel())) return "8 gradients of the choices' weights, not counted";
    return "5 sums of experts that are split over threads";
  }
  void print(const char* when) const {
    std::map<std::string, double> bytes;
    for (std::size_t i = 0; i < ledger.peak_rows; ++i) bytes[name_of(ledger.peak[i])] += static_cast<double>(ledger.peak[i].bytes);
    for (const auto& [name, sum] : bytes) fmt::print("    {:8} {:9.2f} MB  {}\n", when, sum / 1e6, name.substr(2));
  }
};

void print_memory(Layer& layer, const char* label, at::ScalarType compute) {
  const std::int64_t before = live_bytes;
  peak_bytes = before;
  double kept = 0, forward_peak = 0, backward_peak = 0;
  {
    const at::Tensor y = layer.experts.forward(layer.x, layer.combine, layer.plan, compute);
    kept = static_cast<double>(live_bytes - before), forward_peak = static_cast<double>(peak_bytes - before);
    peak_bytes = live_bytes.load();
    y.backward(layer.grad);
    double gradients = static_cast<double>(4 * (layer.x.numel() + layer.combine.numel()));
    for (const at::Tensor& w : layer.expert_weights) gradients += static_cast<double>(4 * w.numel());
    backward_peak = static_cast<double>(peak_bytes - before) - gradients;
  }
  layer.forget_gradients();
  fmt::print("  {:44} {:.2f}  of {:.1f} MB (forward {:.2f}, backward {:.2f})\n", label, std::max(forward_peak, backward_peak) / kept,
             kept / 1e6, forward_peak / kept, backward_peak / kept);
  ledger.start();
  {
    const at::Tensor y = layer.experts.forward(layer.x, layer.combine, layer.plan, compute);
    const MemoryLines lines{layer, y.data_ptr()};
    lines.print("forward");
    ledger.next_peak();
    y.backward(layer.grad);
    lines.print("backward");
  }
  ledger.close();
  layer.forget_gradients();
}

// only: one side alone, as a profiler wants it.
void bench(const Shape& shape, double skew, int rounds, const std::string& only) {
  Layer layer{shape};
  layer.route(skew);
  RoutingContext routing;
  routing.training = true;
  routing.top_k = shape.k;
  const auto ours = [&](at::ScalarType compute) {
    layer.backward(layer.experts.forward(layer.x, layer.combine, layer.plan, compute));
  };
  Sides sides;
  sides.add("ours", [&] { ours(at::kFloat); });
  sides.add("ours bf16", [&] { ours(at::kBFloat16); });
  // As on a processor that does not multiply bf16 by itself.
  const auto widened = [](const auto& work) {
    const Bf16Unit unit = bf16_unit();
    use_bf16_unit(Bf16Unit::any);
    work();
    use_bf16_unit(unit);
  };
  sides.add("ours bf16, any", [&] { widened([&] { ours(at::kBFloat16); }); });
  sides.add("dense", [&] { layer.backward(layer.dense.forward_dense(layer.x, at::kFloat)); });
  sides.add("dense, torch", [&] { layer.backward(layer.torch_dense()); });
  sides.add("loop, masks", [&] { layer.backward(layer.masked_loop()); });
  sides.add("loop, slices", [&] { layer.backward(layer.sliced_loop()); });
  sides.add("products", [&] { layer.products(at::kFloat); });
  sides.add("products bf16", [&] { layer.products(at::kBFloat16); });
  sides.add("router", [&] {
    const Routing r = switchyard::route(layer.gate.score(layer.x, routing), routing);
    r.weights.backward(at::ones_like(r.weights));
    layer.x.mutable_grad().reset();
  });
  sides.add("dispatch", [&] { build_dispatch(layer.chosen, shape.experts, {}); });
  if (!only.empty()) sides.keep(only);
  sides.run(rounds);

  fmt::print("d={} ff={} N={} k={}, {} tokens, {} routing, {} threads\n", shape.width, shape.hidden, shape.experts, shape.k,
             shape.tokens, skew == 0 ? "balanced" : "Zipf", at::get_num_threads());
  const double flops = 18.0 * static_cast<double>(shape.tokens * shape.k * shape.width * shape.hidden);
  for (const std::string& name : sides.names()) {
    const Spread s = sides.seconds(name);
    const bool counted = name != "router" && name != "dispatch";
    fmt::print("  {:14} {:8.2f} ms  [{:.2f} to {:.2f}]{}\n", name, s.median * 1e3, s.low * 1e3, s.high * 1e3,
               counted ? fmt::format("  {:.0f} GFLOP/s", flops / s.median / 1e9) : "");
  }
  if (!only.empty()) return;
  const auto ratio = [&](const char* label, const std::vector<std::string>& others, const std::string& own) {
    const Spread s = sides.ratio(others, own);
    fmt::print("  {:44} {:.2f}  [{:.2f} to {:.2f}]\n", label, s.median, s.low, s.high);
  };
  ratio("speed against the faster dense", {"dense", "dense, torch"}, "ours");
  ratio("speed against the faster loop", {"loop, masks", "loop, slices"}, "ours");
  ratio("speed against bare products", {"products"}, "ours");
  ratio("bf16 against our fp32", {"ours"}, "ours bf16");
  ratio("the same, widened", {"ours"}, "ours bf16, any");
  ratio("g: bare products, bf16 against fp32", {"products"}, "products bf16");
  print_memory(layer, "peak memory against what is kept", at::kFloat);
  print_memory(layer, "the same in bf16", at::kBFloat16);
  widened([&] { print_memory(layer, "the same in bf16, widened", at::kBFloat16); });
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  restart_on_the_engines_blas(argv);
  count_tensors();
  std::int64_t threads = 0, shape = -1;
  int rounds = 15;
  std::string only;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    const int value = std::atoi(argv[i + 1]);
    if (key == "--threads") threads = value;
    if (key == "--rounds") rounds = value;
    if (key == "--shape") shape = value;
    if (key == "--only") only = argv[i + 1];
  }
  set_threads(threads);
  fmt::print("{}\n", blas_description());
  for (std::int64_t s = 0; s < static_cast<std::int64_t>(std::size(kShapes)); ++s)
    for (const double skew : {0.0, 1.0})
      if (shape < 0 || shape == s) bench(kShapes[s], skew, rounds, only);
  return 0;
}
