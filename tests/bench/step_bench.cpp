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

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/model/kernels/bf16.h"
#include "core/train/means/threads.h"
#include "core/train/trainer_impl.h"
#include "tests/bench/sides.h"
#include "tests/bench/step_parts.h"
#include "tests/bench/tutorial.h"

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
