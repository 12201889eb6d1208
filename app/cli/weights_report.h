// What a checkpoint of others tells, as text and as JSON. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoints/layer_figures.h"
#include "core/checkpoints/spectrum.h"
#include "core/config/expert_names.h"

namespace switchyard::app {

struct LayerReport {
  ExpertLayer layer;
  RouterFigures router;
  std::optional<ExpertFigures> experts;  // nothing: weights were not read
};

struct WeightsReport {
  const WeightFiles& files;
  std::string unread;                           // as of ExpertModel
  bool has_unread_experts = false;              // so
  bool has_weights = false, by_expert = false;  // one layer, expert by expert
  std::vector<LayerReport> layers;              // at least one
};
std::string weights_table(const WeightsReport& report);
std::string weights_json(const WeightsReport& report);

// One matrix of an expert.
struct MatrixReport {
  std::string_view name;
  WeightMatrix matrix;
  Spectrum spectrum;
};
std::string matrices_table(const ExpertName& expert, const std::vector<MatrixReport>& matrices);
std::string matrices_json(const ExpertName& expert, const std::vector<MatrixReport>& matrices);

}  // namespace switchyard::app
