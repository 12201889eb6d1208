// What models really take against what their configurations are thought to take (core/config/cost.h). Run by hand:
// build/release/bin/memory_bench. Each shape in a process of its own, on the engine as the program loads it:
// growth of the resident set at its highest, over steps, a validation and a look at the probe.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "core/config/cost.h"
#include "core/config/knobs.h"
#include "core/train/interface/allocator.h"
#include "core/train/interface/engine_loader.h"

namespace {

using namespace switchyard;

struct Shape {
  const char* name;
  const char* settings;
};

// Both tasks and what each knob that matters does to memory. Each changes the default.
constexpr Shape kShapes[] = {
    {"default", ""},
    {"default in bf16", "precision=bf16"},
    {"tiny", "layers=2 d_model=16 d_ff=16 heads=2 context=32 batch_size=2 experts=4"},
    {"many experts", "experts=64 d_ff=256"},
    {"very many small experts", "experts=256 d_ff=32 top_k=8"},
    {"wide", "d_model=512 d_ff=1024 heads=8 batch_size=4"},
    {"wide in bf16", "d_model=512 d_ff=1024 heads=8 batch_size=4 precision=bf16"},
    {"deep", "layers=12"},
    {"long context", "context=1024 batch_size=2"},
    {"long context in bf16", "context=1024 batch_size=2 precision=bf16"},
    {"longer context, many heads", "context=2048 batch_size=1 heads=8 layers=2"},
    {"big batch", "batch_size=64"},
    {"big batch in bf16", "batch_size=64 precision=bf16"},
    {"accumulation", "accumulation=4 batch_size=16"},
    {"accumulation, wide", "accumulation=4 d_model=384 d_ff=1024 heads=4 experts=16"},
    {"shared experts", "shared_experts=4 batch_size=16"},
    {"every choice", "top_k=8 batch_size=16"},
    {"soft", "gate=soft aux_coef=0 z_coef=0 slots=16 batch_size=16"},
    {"soft, many slots", "gate=soft aux_coef=0 z_coef=0 slots=64 experts=16"},
    {"expert choice", "gate=expert-choice aux_coef=0 capacity_factor=2 batch_size=16"},
    {"sigmoid with bias and drops", "gate=sigmoid bias_rate=0.001 overflow=drop-late batch_size=16"},
    {"sinkhorn", "gate=sinkhorn batch_size=16 experts=32"},
    {"all losses, noise",
     "gshard_coef=0.01 importance_coef=0.01 load_coef=0.01 mse_prob_coef=0.01 sequence_coef=0.01 "
     "noise_std=0.5 jitter=0.1 logit_dropout=0.1 experts=64 top_k=4 batch_size=32"},
    {"relu without biases", "expert=relu expert_bias=false batch_size=16 d_ff=512"},
    {"dense", "ffn=dense batch_size=16 d_ff=512"},
    {"bare", "residual=false batch_size=16"},
    {"large validation", "val_batches=8 batch_size=32 layers=1"},
    {"points", "task=clusters"},
    {"points, wide", "task=clusters d_model=512 d_ff=1024 batch_size=512 experts=16 layers=4"},
    {"points, big batch", "task=clusters batch_size=4096 d_model=128 d_ff=256"},
    {"points, many", "task=clusters cluster_points=10000 cluster_classes=12 cluster_dims=32 layers=4"},
};

// A text of many different characters.
constexpr Shape kVocabulary{"large vocabulary", "batch_size=32 layers=2"};

double status_bytes(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key)) return std::stod(line.substr(key.size())) * 1024;
  return 0;
}

[[noreturn]] void fail(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  std::exit(1);
}

Config config_of(const std::string& settings) {
  Config config;
  config.val_interval = 2;
  std::size_t begin = 0;
  while (begin < settings.size()) {
    const std::size_t end = std::min(settings.find(' ', begin), settings.size());
    const std::string setting = settings.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = setting.find('=');
    if (const auto set = set_from_text(config, setting.substr(0, equals), setting.substr(equals + 1)); !set)
      fail(set.error().message);
  }
  return config;
}

void work(Trainer& trainer, int steps) {
  while (trainer.step() < steps)
    if (const auto slice = trainer.advance(); !slice) fail(slice.error().message);
  if (!trainer.probe()) fail("no probe");
}

// Growth and estimate, bytes.
void measure(const Config& config) {
  prepare_process();
  const auto engine = load_engine();
  if (!engine) fail(engine.error().message);
  {
    // What loads once, whatever the model: libraries, threads, their buffers.
    Config first = config_of("layers=1 d_model=16 d_ff=16 heads=2 context=16 batch_size=2 experts=2");
    first.precision = config.precision;
    auto trainer = (*engine)->create(first);
    if (!trainer) fail(trainer.error().message);
    work(**trainer, 2);
  }
  return_unused_memory();
  const double before = status_bytes("VmRSS:");
  std::ofstream("/proc/self/clear_refs") << 5;
  auto trainer = (*engine)->create(config);
  if (!trainer) fail(trainer.error().message);
  work(**trainer, 4);
  const double grown = status_bytes("VmHWM:") - before;
  const ModelCost cost = model_cost(config, static_cast<std::int64_t>((*trainer)->data().outputs.size()));
  fmt::print("{} {} {}\n", grown, cost.training_bytes, 4.0 * static_cast<double>(cost.parameters));
}

std::string write_many_characters() {
  const std::string path = "/tmp/memory_bench_text.txt";
  std::ofstream out(path);
  std::uint32_t state = 1;
  for (int i = 0; i < 60'000; ++i) {
    state = state * 1664525U + 1013904223U;
    const std::uint32_t code = 0x4e00 + (state >> 16) % 3000;
    out << static_cast<char>(0xe0 | (code >> 12)) << static_cast<char>(0x80 | ((code >> 6) & 63))
        << static_cast<char>(0x80 | (code & 63));
  }
  return path;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--one") {
    measure(config_of(argv[2]));
    return 0;
  }
  const std::string only = argc == 2 ? argv[1] : "";
  std::vector<Shape> shapes(std::begin(kShapes), std::end(kShapes));
  const std::string text = std::string(kVocabulary.settings) + " corpus=" + write_many_characters();
  shapes.push_back({kVocabulary.name, text.c_str()});
  fmt::print("{:<30} {:>12} {:>12} {:>12} {:>7}\n", "", "measured MB", "estimate MB", "weights MB", "ratio");
  double least = 1e9, most = 0;
  for (const Shape& shape : shapes) {
    if (!only.empty() && std::string(shape.name).find(only) == std::string::npos) continue;
    const std::string command = fmt::format("'{}' --one '{}'", argv[0], shape.settings);
    std::FILE* child = popen(command.c_str(), "r");
    double grown = 0, estimate = 0, weights = 0;
    const int read = child ? std::fscanf(child, "%lf %lf %lf", &grown, &estimate, &weights) : 0;
    if (child) pclose(child);
    if (read != 3) fail(std::string(shape.name) + ": no figures");
    const double ratio = estimate / grown;
    least = std::min(least, ratio), most = std::max(most, ratio);
    fmt::print("{:<30} {:>12.1f} {:>12.1f} {:>12.1f} {:>7.2f}\n", shape.name, grown / 1e6, estimate / 1e6,
               weights / 1e6, ratio);
    std::fflush(stdout);
  }
  fmt::print("estimate over measured: {:.2f} to {:.2f}\n", least, most);
  return 0;
}
