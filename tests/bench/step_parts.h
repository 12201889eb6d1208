// The parts of a training step, each by itself, and its bare products: cut and spread over the threads as the step
// does it.
#pragma once

#include "core/model/base/torch.h"  // before torch's own, which lean on it

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "core/measure/routing_metrics.h"
#include "core/model/functions/linear.h"
#include "core/model/kernels/gemm.h"
#include "core/model/kernels/parallel.h"
#include "core/model/layers/attention.h"
#include "core/model/layers/moe_layer.h"
#include "core/model/layers/transformer.h"
#include "core/train/optimizer/adamw.h"

namespace switchyard {

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

}  // namespace switchyard
