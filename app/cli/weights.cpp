#include "app/cli/weights.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "app/cli/causes/trial_progress.h"
#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "app/cli/console/progress.h"
#include "app/cli/weights_report.h"
#include "core/base/caught.h"

namespace switchyard::app {
namespace {

// "  50%  12.3/93.4 GB  12 s left"
std::string bytes_line(std::int64_t done, std::int64_t planned, double seconds_left, int width) {
  const auto share =
      planned > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(planned), 0.0, 1.0) : 0.0;
  std::string text = fmt::format("{:3.0f}%  {:.1f}/{:.1f} GB", std::floor(100 * share),
                                 static_cast<double>(done) / 1e9, static_cast<double>(planned) / 1e9);
  if (!std::isnan(seconds_left)) text += fmt::format("  {} left", duration_text(seconds_left));
  return with_bar(share, text, width);
}

// Tells how much of so many bytes is done.
class BytesProgress {
 public:
  explicit BytesProgress(std::uint64_t planned)
      : planned_(static_cast<std::int64_t>(planned)),
        progress_(STDERR_FILENO, bytes_line),
        told_(progress_.told()) {}
  BytesTold told() {
    return [this](std::uint64_t bytes) { return told_(done_ += static_cast<std::int64_t>(bytes), planned_); };
  }
  void finish() { progress_.finish(); }

 private:
  std::int64_t planned_, done_ = 0;
  TrialProgress progress_;
  TrialsTold told_;
};

Error no_layer(const WeightFiles& files, const ExpertModel& model, std::int32_t layer) {
  return usage_error(fmt::format("{}: there are no experts in layer {}; those with some are {} to {}",
                                 files.path().native(), layer, model.layers.front().layer,
                                 model.layers.back().layer));
}

Result<std::string> singular_values(const WeightFiles& files, const ExpertModel& model, const ExpertName& name,
                                    bool json) {
  const auto layer = std::find_if(model.layers.begin(), model.layers.end(),
                                  [&](const ExpertLayer& one) { return one.layer == name.block; });
  if (layer == model.layers.end()) return no_layer(files, model, name.block);
  if (name.expert < 0 || name.expert >= static_cast<std::int64_t>(layer->experts.size()))
    return usage_error(fmt::format("{}: layer {} has no expert {}; it has 0 to {}", files.path().native(),
                                   name.block, name.expert, layer->experts.size() - 1));
  const ExpertMatrices& matrices = layer->experts[static_cast<std::size_t>(name.expert)];
  std::uint64_t bytes = 0;
  for (const auto& one : matrices) bytes += one ? one->bytes() : 0;
  BytesProgress progress(bytes);
  std::vector<MatrixReport> reports;
  for (std::size_t part = 0; part < matrices.size(); ++part) {
    if (!matrices[part]) continue;
    auto spectrum = spectrum_of(files, *matrices[part], progress.told());
    if (!spectrum) return spectrum.error();
    reports.push_back({kExpertMatrixNames[part], *matrices[part], std::move(*spectrum)});
  }
  progress.finish();
  if (auto same = files.check_unchanged(); !same) return same.error();
  return json ? matrices_json(name, reports) : matrices_table(name, reports);
}

Result<std::string> look_at(const WeightsRequest& request, bool json) {
  const GoesOn goes_on = [] { return !EndSignals::asked_to_end(); };
  const auto files = WeightFiles::open(request.path, goes_on);
  if (!files) return files.error();
  auto model = expert_model(*files, goes_on);
  if (!model) return model.error();
  if (request.expert) return singular_values(*files, *model, *request.expert, json);
  if (request.all && model->has_unread_experts) return usage_error(model->unread);
  WeightsReport report{*files, model->unread, model->has_unread_experts, request.all, request.layer.has_value(),
                       {}};
  std::uint64_t bytes = 0;
  for (ExpertLayer& layer : model->layers)
    if (!request.layer || layer.layer == *request.layer) {
      bytes += layer.bytes();
      report.layers.emplace_back().layer = std::move(layer);
    }
  if (report.layers.empty()) return no_layer(*files, *model, *request.layer);
  BytesProgress progress(bytes);
  const BytesTold told = progress.told();
  for (LayerReport& one : report.layers) {
    auto router = router_figures(*files, one.layer, goes_on);
    if (!router) return router.error();
    one.router = std::move(*router);
    if (EndSignals::asked_to_end()) return EndSignals::request();
    if (!request.all) continue;
    auto experts = expert_figures(*files, one.layer, told);
    if (!experts) return experts.error();
    one.experts = std::move(*experts);
  }
  progress.finish();
  if (auto same = files->check_unchanged(); !same) return same.error();
  return json ? weights_json(report) : weights_table(report);
}

}  // namespace

Result<std::string> report_weights(const Options& options) {
  const EndSignals signals;
  auto report = caught("the checkpoint", [&] { return look_at(*options.weights, options.json); });
  if (!report && report.error().kind == ErrorKind::interrupted && EndSignals::asked_to_end())
    return EndSignals::request();
  return report;
}

}  // namespace switchyard::app
