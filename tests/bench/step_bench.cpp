// A whole training step beside the same step as tutorials write it, and where its time goes. Run by hand:
//   build/release/bin/step_bench [--rounds 15] [--experts 8] [--width 128] [--ff 512] ...
//
// The step: 4 layers, d = 128, 4 heads, context 128, batch 16, SwiGLU experts of ff = 512, N = 8, k = 2, AdamW; the
// built-in stories. The tutorial's: modules with weights of their own, attention with a mask, for each expert the
// tokens that chose it and index_add, torch's AdamW and gradient clipping.
// The parts are measured by themselves, forward and backward, on layers of the same sizes; the products by themselves are
// the step's, cut and spread over the threads as the step does it. All sides run interleaved (sides.h).
#include "core/model/base/torch.h"  // before torch's own, which lean on it

#include <fmt/format.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/measure/routing_metrics.h"
#include "core/model/functions/linear.h"
#include "core/model/kernels/bf16.h"
#include "core/model/kernels/gemm.h"
#include "core/model/kernels/parallel.h"
#include "core/model/layers/attention.h"
#include "core/model/layers/moe_layer.h"
#include "core/model/layers/transformer.h"
#include "core/train/means/threads.h"
#include "core/train/optimizer/adamw.h"
#include "core/train/trainer_impl.h"
#include "tests/bench/sides.h"

namespace {

using namespace switchyard;

Config step_config() {
  Config config;
  config.layers = 4;
  config.d_model = 128;
  config.heads = 4;
  config.context = 128;
  config.batch_size = 16;
  config.d_ff = 512;
  config.experts = 8;
  config.top_k = 2;
  config.expert = ExpertKind::swiglu;
  config.val_interval = 1'000'000;
  return config;
}

// --- the tutorial's model

class Tutorial {
 public:
  Tutorial(const Config& config, std::int64_t vocabulary)
      : config_(config), random_(at::detail::createCPUGenerator(1)), vocabulary_(vocabulary) {
    const std::int64_t d = config.d_model;
    tokens_ = weight({vocabulary, d});
    positions_ = weight({config.context, d});
    for (std::int64_t l = 0; l < config.layers; ++l) {
      Block block{norm(), norm(), linear(3 * d, d), linear(d, d), linear(config.experts, d), {}};
      for (std::int64_t e = 0; e < config.experts; ++e)
        block.experts.push_back({linear(config.d_ff, d), linear(config.d_ff, d), linear(d, config.d_ff)});
      blocks_.push_back(std::move(block));
    }
    last_ = norm();
    head_ = linear(vocabulary, d);
    optimizer_ = std::make_unique<torch::optim::AdamW>(parameters_, torch::optim::AdamWOptions(3e-4));
    ids_ = at::randint(vocabulary, {config.batch_size, config.context}, random_, at::kLong);
  }

  void step() {
    at::Tensor extra = at::zeros({});
    const at::Tensor logits = forward(extra);
    const at::Tensor loss =
        at::cross_entropy_loss(logits.view({-1, vocabulary_}), ids_.roll(-1, 1).flatten()) + 0.01 * extra;
    optimizer_->zero_grad();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(parameters_, 1.0);
    optimizer_->step();
    loss.item<double>();
  }

 private:
  struct Affine {
    at::Tensor weight, bias;
    at::Tensor operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }
  };
  struct Expert {
    Affine w1, w3, w2;
    at::Tensor operator()(const at::Tensor& x) const { return w2(at::silu(w1(x)) * w3(x)); }
  };
  struct Block {
    Affine before_attention, before_experts, qkv, out, gate;
    std::vector<Expert> experts;
  };

  at::Tensor weight(std::vector<std::int64_t> shape) {
    const at::Tensor w =
        at::empty(shape).normal_(0, 1 / std::sqrt(static_cast<double>(shape.back())), random_).requires_grad_();
    parameters_.push_back(w);
    return w;
  }
  Affine linear(std::int64_t out, std::int64_t in) {
    Affine made{weight({out, in}), at::zeros({out}).requires_grad_()};
    parameters_.push_back(made.bias);
    return made;
  }
  Affine norm() {
    Affine made{at::ones({config_.d_model}).requires_grad_(), at::zeros({config_.d_model}).requires_grad_()};
    parameters_.push_back(made.weight);
    parameters_.push_back(made.bias);
    return made;
  }
  at::Tensor normed(const Affine& n, const at::Tensor& x) const {
    return at::layer_norm(x, {config_.d_model}, n.weight, n.bias);
  }

  at::Tensor forward(at::Tensor& extra) const {
    at::Tensor x = at::embedding(tokens_, ids_) + positions_;
    for (const Block& block : blocks_) {
      x = x + attention(block, normed(block.before_attention, x));
      x = x + experts(block, normed(block.before_experts, x), extra);
    }
    return head_(normed(last_, x));
  }

  at::Tensor attention(const Block& block, const at::Tensor& x) const {
    const std::int64_t batch = x.size(0), length = x.size(1), d = x.size(2), heads = config_.heads;
    const auto parts = block.qkv(x).split(d, 2);
    const auto split = [&](const at::Tensor& t) { return t.view({batch, length, heads, d / heads}).transpose(1, 2); };
    const at::Tensor later = at::ones({length, length}, at::kBool).triu(1);
    const at::Tensor scores = split(parts[0]).matmul(split(parts[1]).transpose(-2, -1)) / std::sqrt(static_cast<double>(d / heads));
    const at::Tensor p = at::softmax(scores.masked_fill(later, -INFINITY), -1);
    return block.out(p.matmul(split(parts[2])).transpose(1, 2).contiguous().view({batch, length, d}));
  }

  at::Tensor experts(const Block& block, const at::Tensor& in, at::Tensor& extra) const {
    const at::Tensor x = in.view({-1, in.size(2)}), logits = block.gate(x);
    const auto [values, chosen] = logits.topk(config_.top_k, -1);
    const at::Tensor weights = at::softmax(values, -1), probs = at::softmax(logits, -1);
    at::Tensor y = at::zeros_like(x), counts = at::zeros({config_.experts});
    for (std::int64_t e = 0; e < config_.experts; ++e) {
      const auto where = at::where(chosen == e);
      counts[e] = static_cast<double>(where[0].numel());
      if (where[0].numel() == 0) continue;
      const at::Tensor out = block.experts[static_cast<std::size_t>(e)](x.index_select(0, where[0]));
      y = y.index_add(0, where[0], out * weights.index({where[0], where[1]}).unsqueeze(-1));
    }
    extra = extra + static_cast<double>(config_.experts) * (counts / counts.sum() * probs.mean(0)).sum();
    return y.view(in.sizes());
  }

  Config config_;
  at::Generator random_;
  std::int64_t vocabulary_;
  std::vector<at::Tensor> parameters_;
  at::Tensor tokens_, positions_, ids_;
  std::vector<Block> blocks_;
  Affine last_, head_;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
};

// --- the parts of our step, each by itself

struct Parts {
  Config config;
  std::int64_t vocabulary, tokens = config.batch_size * config.context;
  at::Generator random = at::detail::createCPUGenerator(2);
  Initializer init{random};
  Attention attention{config.d_model, config.heads, true, "a.", init};
  MoeLayer moe{config, 0, "m.", init};
  Transformer model{config, vocabulary, init};
  std::vector<Parameter*> parameters = all();
  AdamW optimizer{parameters};
  at::Tensor x = at::empty({tokens, config.d_model}).normal_(0, 1, random).requires_grad_();
  at::Tensor grad = at::empty({tokens, config.d_model}).normal_(0, 1, random);
  at::Tensor head = init.matrix({vocabulary, config.d_model});
  at::Tensor targets = at::randint(vocabulary, {tokens}, random, at::kLong);
  std::vector<MoeTrace> trace{};

  std::vector<Parameter*> all() {
    std::vector<Parameter*> found;
    model.visit([&](Parameter& p) {
      found.push_back(&p);
      if (p.trained) p.value.mutable_grad() = at::full_like(p.value.detach(), 1e-3);
    });
    return found;
  }
  void forget() {
    const auto reset = [](Parameter& p) { p.value.mutable_grad().reset(); };
    attention.visit(reset);
    moe.visit(reset);
    head.mutable_grad().reset();
    x.mutable_grad().reset();
  }
  void run_attention(at::ScalarType compute) {
    for (std::int64_t l = 0; l < config.layers; ++l) {
      const at::Tensor y = attention.forward(x.view({config.batch_size, config.context, -1}), compute);
      y.backward(grad.view(y.sizes()));
      forget();
    }
  }
  void run_moe(at::ScalarType compute) {
    const PassContext context = pass_context(config, true, {});
    RoutingContext routing = context.routing;
    routing.sequences = config.batch_size;
    for (std::int64_t l = 0; l < config.layers; ++l) {
      trace.clear();
      moe.forward(x, routing, context.capacity, compute, trace).backward(grad);
      forget();
    }
  }
  void run_head(at::ScalarType compute) {
    at::cross_entropy_loss(linear(x, head, {}, compute), targets).backward();
    forget();
  }
  void run_optimizer() {
    optimizer.squared_grads();
    optimizer.step(config, 1e-6, 1.0);
  }
  void run_measuring() {
    RoutingMeter meter;
    const std::vector<MoeTrace> layers(static_cast<std::size_t>(config.layers), trace.front());
    meter.add(layers, std::vector<PerAuxLoss<double>>(layers.size(), PerAuxLoss<double>::filled(kMissing)));
    meter.take();
  }
};

// --- the bare products of a step

struct Product {
  std::int64_t m, k, n;
};

class Products {
 public:
  Products(const Config& config, std::int64_t vocabulary) {
    const std::int64_t tokens = config.batch_size * config.context, d = config.d_model;
    const auto linear = [&](std::int64_t in, std::int64_t out) {
      constexpr std::int64_t rows = 128, columns = 64;
      for (std::int64_t r = 0; r < tokens; r += rows) {
        add({std::min(rows, tokens - r), in, out});
        add({std::min(rows, tokens - r), out, in});
      }
      for (std::int64_t c = 0; c < out; c += columns) add({std::min(columns, out - c), tokens, in});
    };
    for (std::int64_t l = 0; l < config.layers; ++l) {
      linear(d, 3 * d);
      linear(d, d);
      linear(d, config.experts);
      const std::int64_t head = d / config.heads;
      for (std::int64_t s = 0; s < config.batch_size * config.heads; ++s)
        for (std::int64_t begin = 0; begin < config.context; begin += 64) {
          const std::int64_t rows = std::min<std::int64_t>(64, config.context - begin), seen = begin + rows;
          for (int twice = 0; twice < 2; ++twice) add({rows, head, seen}), add({rows, seen, head}), add({seen, rows, head});
        }
      const std::int64_t rows = tokens * config.top_k / config.experts;
      for (std::int64_t e = 0; e < config.experts; ++e)
        for (int matrix = 0; matrix < (is_gated(config.expert) ? 3 : 2); ++matrix)
          for (std::int64_t begin = 0; begin < rows; begin += 256) {
            const std::int64_t count = std::min<std::int64_t>(256, rows - begin);
            add({count, d, config.d_ff});
            add({count, config.d_ff, d});
            add({config.d_ff, count, d});
          }
    }
    linear(d, vocabulary);
  }

  double flops() const { return flops_; }

  void run(at::ScalarType compute) const {
    parallel_tasks(static_cast<std::int64_t>(list_.size()), [&](std::int64_t i) {
      const Product& p = list_[static_cast<std::size_t>(i)];
      thread_local std::map<at::ScalarType, std::vector<at::Tensor>> rooms;
      std::vector<at::Tensor>& room = rooms[compute];
      if (room.empty())
        for (int operand = 0; operand < 3; ++operand) room.push_back(at::zeros({kRoom}, compute));
      const auto view = [&](int which, std::int64_t r, std::int64_t c) { return room[static_cast<std::size_t>(which)].narrow(0, 0, r * c).view({r, c}); };
      if (compute == at::kFloat) {
        gemm(matrix_of(view(0, p.m, p.n)), matrix_of(view(1, p.m, p.k)), matrix_of(view(2, p.k, p.n)));
      } else {
        at::Tensor out = view(0, p.m, p.n);
        at::mm_out(out, view(1, p.m, p.k), view(2, p.k, p.n));
      }
    });
  }

 private:
  static constexpr std::int64_t kRoom = 4096 * 1024;
  void add(Product p) {
    list_.push_back(p);
    flops_ += 2.0 * static_cast<double>(p.m * p.k * p.n);
  }
  std::vector<Product> list_;
  double flops_ = 0;
};

std::unique_ptr<Trainer> trainer_of(Config config, Precision precision) {
  config.precision = precision;
  auto made = TrainerImpl::create(config);
  if (!made) {
    fmt::print(stderr, "{}\n", made.error().message);
    std::exit(1);
  }
  return std::move(*made);
}

void advance(Trainer& trainer) {
  if (const auto record = trainer.advance(); !record || !*record) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  restart_on_the_engines_blas(argv);
  Config config = step_config();
  int rounds = 15;
  const std::map<std::string, std::int64_t*> sizes{{"--layers", &config.layers}, {"--width", &config.d_model},
                                                   {"--heads", &config.heads},   {"--context", &config.context},
                                                   {"--batch", &config.batch_size}, {"--ff", &config.d_ff},
                                                   {"--experts", &config.experts}, {"--k", &config.top_k}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    if (key == "--rounds") rounds = std::atoi(argv[i + 1]);
    else if (const auto found = sizes.find(key); found != sizes.end()) *found->second = std::atoi(argv[i + 1]);
  }
  const std::int64_t all = set_threads(0);
  const auto exact = trainer_of(config, Precision::fp32), rounded = trainer_of(config, Precision::bf16);
  const std::int64_t vocabulary = static_cast<std::int64_t>(exact->data().outputs.size());
  Tutorial tutorial(config, vocabulary);
  Parts parts{config, vocabulary};
  const Products products(config, vocabulary);
  const double tokens = static_cast<double>(config.batch_size * config.context);

  Sides sides;
  const auto on = [&](const std::string& name, std::int64_t threads, std::function<void()> run) {
    sides.add(fmt::format("{}, {}", name, threads), [threads, run = std::move(run)] {
      set_threads(threads);
      run();
    });
  };
  std::vector<std::int64_t> counts{1};
  if (all > 1) counts.push_back(all);
  for (const std::int64_t n : counts) {
    on("step fp32", n, [&] { advance(*exact); });
    on("step bf16", n, [&] { advance(*rounded); });
    // As on a processor that does not multiply bf16 by itself.
    on("step bf16, any", n, [&] {
      const Bf16Unit unit = bf16_unit();
      use_bf16_unit(Bf16Unit::any);
      advance(*rounded);
      use_bf16_unit(unit);
    });
    on("tutorial", n, [&] { tutorial.step(); });
    on("products fp32", n, [&] { products.run(at::kFloat); });
    on("products bf16", n, [&] { products.run(at::kBFloat16); });
    for (const auto compute : {at::kFloat, at::kBFloat16}) {
      const char* type = compute == at::kFloat ? "fp32" : "bf16";
      on(fmt::format("experts {}", type), n, [&parts, compute] { parts.run_moe(compute); });
      on(fmt::format("attention {}", type), n, [&parts, compute] { parts.run_attention(compute); });
      on(fmt::format("head {}", type), n, [&parts, compute] { parts.run_head(compute); });
    }
    on("optimizer", n, [&] { parts.run_optimizer(); });
    on("measuring", n, [&] { parts.run_measuring(); });
  }
  sides.run(rounds);

  fmt::print("{}; {} layers d={} heads={} context={} batch={} ff={} N={} k={}, vocabulary {}, {:.1f} GFLOP in products a step\n",
             blas_description(), config.layers, config.d_model, config.heads, config.context, config.batch_size, config.d_ff,
             config.experts, config.top_k, vocabulary, products.flops() / 1e9);
  const auto line = [](const std::string& label, const Spread& s, const char* unit, int digits) {
    fmt::print("  {:46} {:9.{}f} {:8} [{:.{}f} to {:.{}f}]\n", label, s.median, digits, unit, s.low, digits, s.high, digits);
  };
  for (const std::int64_t n : counts) {
    const auto name = [&](const char* what) { return fmt::format("{}, {}", what, n); };
    fmt::print("{} thread{}\n", n, n == 1 ? "" : "s");
    for (const char* side : {"step fp32", "step bf16", "tutorial"}) {
      line(side, sides.figure([&](const auto& of) { return tokens / of(name(side)); }), "tokens/s", 0);
    }
    for (const char* side : {"step bf16", "step bf16, any"}) line(fmt::format("{} against fp32", side), sides.ratio({name("step fp32")}, name(side)), "x", 2);
    for (const char* type : {"fp32", "bf16"}) {
      const auto typed = [&](const char* what) { return fmt::format("{} {}, {}", what, type, n); };
      const auto share = [&](const std::string& part) { return sides.figure([&](const auto& of) { return 100 * of(part) / of(typed("step")); }); };
      line(fmt::format("{} against the tutorial", type), sides.ratio({name("tutorial")}, typed("step")), "x", 2);
      for (const char* part : {"experts", "attention", "head"}) line(fmt::format("{} {}", type, part), share(typed(part)), "% of it", 1);
      for (const char* part : {"optimizer", "measuring"}) line(fmt::format("{} {}", type, part), share(name(part)), "% of it", 1);
      line(fmt::format("{} the rest", type), sides.figure([&](const auto& of) {
             double known = of(name("optimizer")) + of(name("measuring"));
             for (const char* part : {"experts", "attention", "head"}) known += of(typed(part));
             return 100 * (1 - known / of(typed("step")));
           }), "% of it", 1);
      line(fmt::format("{} bare products", type), share(typed("products")), "% of it", 1);
      line(fmt::format("{} bare products", type), sides.figure([&](const auto& of) { return products.flops() / of(typed("products")) / 1e9; }), "GFLOP/s", 0);
    }
  }
  if (all > 1) {
    fmt::print("{} threads against one\n", all);
    for (const char* side : {"step fp32", "products fp32", "step bf16", "products bf16", "tutorial"})
      line(side, sides.ratio({fmt::format("{}, 1", side)}, fmt::format("{}, {}", side, all)), "x", 2);
  }
  return 0;
}
