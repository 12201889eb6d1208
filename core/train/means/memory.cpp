#include "core/train/means/memory.h"

#include <fmt/format.h>

#include <string>

#include "core/base/limits.h"
#include "core/config/cost.h"
#include "core/model/layers/transformer.h"

namespace switchyard {
namespace {

// A parameter: weights and AdamW's two moments are made with the model; gradients and activations only in its
// first step. A state holds what is made with the model once more.
constexpr double kMadeBytes = 12, kGradientBytes = 4, kKeptBytes = 12;

// With precision = auto as what it means here.
ModelCost cost_here(Config config, std::int64_t outputs) {
  config.precision = compute_type(config) == at::kBFloat16 ? Precision::bf16 : Precision::fp32;
  return model_cost(config, outputs);
}

std::string size_text(double bytes) {
  constexpr double mib = 1024.0 * 1024.0, gib = 1024.0 * mib;
  return bytes < gib ? fmt::format("{:.0f} MiB", bytes / mib) : fmt::format("{:.1f} GiB", bytes / gib);
}

}  // namespace

StandingModel standing(const Config& config, std::int64_t outputs) {
  const ModelCost cost = cost_here(config, outputs);
  const auto parameters = static_cast<double>(cost.parameters);
  return {cost.training_bytes + kKeptBytes * parameters, (kMadeBytes + kGradientBytes + kKeptBytes) * parameters,
          kMadeBytes * parameters};
}

Result<void> check_memory(const Config& config, std::int64_t outputs, const StandingModel& before,
                          const std::filesystem::path& root) {
  const auto room = memory_room(root);
  if (!room) return {};
  const StandingModel wanted = standing(config, outputs);
  const double after = room->bytes + before.bytes, beside = room->bytes + before.bytes - before.state;
  const char* remedy = "lower experts, d_model, d_ff, layers, context or batch_size";
  if (wanted.bytes > 0.7 * after)
    return usage_error(
        fmt::format("this model needs about {} to train and be kept, allowed is 70 % of the {} that {} leaves: {}",
                    size_text(wanted.bytes), size_text(after), room->bound, remedy));
  if (before.bytes > 0 && wanted.built > 0.9 * beside)
    return usage_error(fmt::format(
        "this model needs about {} while the one it replaces still stands, allowed is 90 % of the {} that {} "
        "leaves beside that: {}",
        size_text(wanted.built), size_text(beside), room->bound, remedy));
  return {};
}

Result<void> check_address_space(const Config& config, std::int64_t outputs) {
  const auto threads = static_cast<double>(config.threads > 0 ? config.threads : usable_cores());
  const double wanted = standing(config, outputs).bytes + threads * kBlasWorkspaceBytes;
  if (can_map(wanted)) return {};
  return usage_error(fmt::format("the model and the workspace of {:.0f} threads need {} of address space, and a limit of the "
                                 "shell or the system (ulimit -v) leaves less",
                                 threads, size_text(wanted)));
}

}  // namespace switchyard
