#include "core/train/looks/cluster_prober.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/measure/pca.h"
#include "core/model/base/to_vector.h"
#include "core/train/looks/inspector.h"
#include "core/train/looks/trial_view.h"

namespace switchyard {
namespace {

constexpr std::int64_t kMostAtOnce = 4096;  // points in one evaluating pass
constexpr float kMargin = 0.08F;            // of the data's extent, on each side of the map

// The test split's extent with a margin, as a square so that shapes keep theirs.
PlaneMap frame_of(const at::Tensor& x, std::int32_t cells) {
  const at::Tensor low = std::get<0>(x.min(0)), high = std::get<0>(x.max(0));
  const float middle_x = (low[0].item<float>() + high[0].item<float>()) / 2;
  const float middle_y = (low[1].item<float>() + high[1].item<float>()) / 2;
  const float half = (0.5F + kMargin) * std::max(1e-3F, (high - low).max().item<float>());
  PlaneMap frame;
  frame.columns = frame.rows = cells;
  frame.x_min = middle_x - half;
  frame.x_max = middle_x + half;
  frame.y_min = middle_y - half;
  frame.y_max = middle_y + half;
  return frame;
}

at::Tensor grid_of(const PlaneMap& frame) {
  const auto centres = [](float low, float high, std::int32_t count) {
    return (at::arange(count, at::kFloat) + 0.5) * ((high - low) / static_cast<float>(count)) + low;
  };
  const auto axes = at::meshgrid(
      {centres(frame.y_min, frame.y_max, frame.rows), centres(frame.x_min, frame.x_max, frame.columns)}, "ij");
  return at::stack({axes[1].flatten(), axes[0].flatten()}, 1).contiguous();
}

}  // namespace

std::vector<std::int32_t> confusion_matrix(const std::vector<std::int32_t>& truth,
                                           const std::vector<std::int32_t>& predicted, std::int32_t classes) {
  std::vector<std::int32_t> counts(static_cast<std::size_t>(classes * classes), 0);
  for (std::size_t i = 0; i < truth.size(); ++i)
    ++counts[static_cast<std::size_t>(truth[i] * classes + predicted[i])];
  return counts;
}

std::int32_t ClusterProber::cells_for(double flops_a_point) {
  const double side = std::sqrt(kMapFlops / std::max(1.0, flops_a_point));
  return static_cast<std::int32_t>(std::clamp<double>(side, kLeastCells, kMostCells));
}

ClusterProber::ClusterProber(const ClusterData& data, at::Tensor test_x, at::Tensor test_labels,
                             std::int32_t cells, std::int64_t most_points)
    : test_x_(std::move(test_x)), test_labels_(std::move(test_labels)) {
  auto points = std::make_shared<ProbePoints>();
  const auto count = static_cast<std::size_t>(std::min(most_points, data.test.size()));
  points->dims = static_cast<std::int32_t>(data.dims);
  points->classes = static_cast<std::int32_t>(data.classes);
  points->label.assign(data.test.label.begin(), data.test.label.begin() + static_cast<std::ptrdiff_t>(count));
  points->kind.assign(data.test.kind.begin(), data.test.kind.begin() + static_cast<std::ptrdiff_t>(count));
  points->x.assign(data.test.x.begin(), data.test.x.begin() + static_cast<std::ptrdiff_t>(count * data.dims));
  points->class_names = data.class_names;
  points->kind_names = data.kind_names;
  points->axis_names = data.axis_names;
  points->centre = data.centre;
  points->spread = data.spread;
  const at::Tensor shown = test_x_.narrow(0, 0, static_cast<std::int64_t>(count));
  if (data.dims == 2) {
    points->xy = to_vector<float>(shown);
    frame_ = frame_of(test_x_, cells);
    grid_ = grid_of(frame_);
  } else {
    Projection projection = StablePca().project(shown);
    points->xy = std::move(projection.points);
    points->explained = projection.explained;
  }
  points_ = std::move(points);
}

at::Tensor evaluate_points(const Classifier& model, const at::Tensor& x, const PassContext& context,
                           std::int64_t batch) {
  at::NoGradGuard no_grad;
  const bool grouped = context.routing.gate == Gate::expert_choice || context.routing.gate == Gate::soft;
  const std::int64_t most = grouped ? batch : kMostAtOnce;
  std::vector<at::Tensor> parts;
  for (std::int64_t begin = 0; begin < x.size(0); begin += most)
    parts.push_back(model.forward(x.narrow(0, begin, std::min(most, x.size(0) - begin)), context).logits.cpu());
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

PlaneMap ClusterProber::map_of(const Classifier& model, const PassContext& context, std::int64_t batch) const {
  PlaneMap map = frame_;
  // What capacity would drop on a grid says nothing about the points: it drops nothing.
  PassContext dropless = context;
  dropless.capacity = {};
  const ForwardPass pass = model.forward(grid_, dropless);
  const bool grouped = context.routing.gate == Gate::expert_choice || context.routing.gate == Gate::soft;
  map.predicted =
      to_vector<std::int32_t>((grouped ? evaluate_points(model, grid_, dropless, batch) : pass.logits).argmax(1));
  for (const MoeTrace& seen : pass.trace)
    map.first_expert.push_back(to_vector<std::int32_t>(choices_of(seen).experts.select(1, 0)));
  return map;
}

Snapshot ClusterProber::look(const Classifier& model, const PassContext& context, const Config& config,
                             const Watch& watch) {
  at::NoGradGuard no_grad;
  const std::int64_t batch = config.batch_size;
  Snapshot snapshot;
  snapshot.points = points_;
  const auto shown = static_cast<std::int64_t>(points_->label.size());
  const at::Tensor logits = evaluate_points(model, test_x_, context, batch);
  const std::vector<std::int32_t> all = to_vector<std::int32_t>(logits.argmax(1));
  snapshot.view.confusion = confusion_matrix(to_vector<std::int32_t>(test_labels_), all, points_->classes);
  snapshot.view.predicted.assign(all.begin(), all.begin() + shown);
  const at::Tensor log_p = at::log_softmax(logits.narrow(0, 0, shown), -1);
  snapshot.view.confidence = to_vector<float>(std::get<0>(log_p.max(1)).exp());
  snapshot.token_loss =
      to_vector<float>(-log_p.gather(1, test_labels_.narrow(0, 0, shown).unsqueeze(1)).squeeze(1));

  {
    const at::AutoGradMode with_graph(watch.gradients);
    const ForwardPass pass = model.forward(test_x_.narrow(0, 0, shown), context);
    const at::Tensor loss =
        at::cross_entropy_loss(pass.logits, test_labels_.narrow(0, 0, shown).to(pass.logits.device()));
    snapshot.layers = layer_views(pass, planes_, watch, loss, config, 1);
  }
  if (grid_.defined()) snapshot.view.plane = map_of(model, context, batch);
  return snapshot;
}

Result<Inspection> ClusterProber::inspect(const Classifier& model, const PassContext& context, const Config& config,
                                          std::int32_t layer, std::int32_t point) const {
  at::NoGradGuard no_grad;
  const auto shown = static_cast<std::int64_t>(points_->label.size());
  if (point < 0 || point >= shown) return usage_error(fmt::format("point {}: the probe has points 0 to {}", point, shown - 1));
  const ForwardPass pass = model.forward(test_x_.narrow(0, 0, shown), context);
  if (layer >= static_cast<std::int32_t>(pass.trace.size()))
    return usage_error(fmt::format("layer {}: the model has {} MoE layers", layer, pass.trace.size()));
  Inspection inspection = inspection_of(pass, layer, point, config);
  inspection.loss = -at::log_softmax(pass.logits[point], -1)[points_->label[static_cast<std::size_t>(point)]].item<float>();
  return inspection;
}

void ClusterProber::inspect_more(const Classifier& model, const PassContext& context, Inspection& inspection) const {
  at::NoGradGuard no_grad;
  const auto shown = static_cast<std::int64_t>(points_->label.size());
  try_more_sets(inspection, context, [&](const Detour& detour) {
    // A point stands alone; but random routes are those of a draw over all of them.
    const bool drawn = context.routing.gate == Gate::random;
    Detour within = detour;
    if (!drawn) within.token = 0;
    const at::Tensor x = test_x_.narrow(0, drawn ? 0 : detour.token, drawn ? shown : 1);
    return -at::log_softmax(model.reroute(x, within, context), -1)
                .select(1, points_->label[static_cast<std::size_t>(detour.token)]);
  });
}

Trial ClusterProber::try_out(const Classifier& model, const PassContext& context) const {
  at::NoGradGuard no_grad;
  Trial trial;
  trial.points = points_;
  trial.target = points_->label;
  const ForwardPass pass = model.forward(test_x_.narrow(0, 0, size()), context);
  const at::Tensor log_p = at::log_softmax(pass.logits, -1).cpu();
  trial.loss = to_vector<float>(-log_p.gather(1, test_labels_.narrow(0, 0, size()).unsqueeze(1)).squeeze(1));
  trial.predicted = to_vector<std::int32_t>(log_p.argmax(1));
  trial.layers = trial_layers(pass);
  return trial;
}

}  // namespace switchyard
