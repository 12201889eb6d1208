#include "core/record/tape/look_codec.h"

namespace switchyard {
namespace {

template <class Walker, class Plane>
void walk_plane(Walker& bytes, Plane& plane) {
  bytes(plane.xy), bytes(plane.explained), bytes(plane.axes);
}

template <class Walker, class Layer>
void walk_layer(Walker& bytes, Layer& layer) {
  bytes(layer.block), bytes(layer.experts), bytes(layer.top_k), bytes(layer.ranked);
  bytes(layer.expert), bytes(layer.prob), bytes(layer.weight), bytes(layer.kept), bytes(layer.entropy);
  bytes(layer.pca), bytes(layer.explained), bytes(layer.gate_pca), bytes(layer.choices);
  bytes(layer.probabilities), bytes(layer.logits), bytes(layer.input), bytes(layer.input_width);
  walk_plane(bytes, layer.logit_plane);
  auto& gradient = layer.gradient;
  bytes(gradient.task_norm), bytes(gradient.aux_norm), bytes(gradient.cosine);
  bytes(gradient.task_norm_all), bytes(gradient.aux_norm_all), bytes(gradient.cosine_all);
  auto& card = layer.card;
  bytes(card.experts), bytes(card.parameters), bytes(card.norm), bytes(card.similarity);
}

template <class Walker, class Probe, class Shot>
void walk_look(Walker& bytes, Probe& probe, Shot& look) {
  bytes(probe.of_points), bytes(probe.checksum);
  bytes(look.revision), bytes(look.model_id), bytes(look.step), bytes(look.token_loss);
  bytes.list(look.layers, [&](auto& layer) { walk_layer(bytes, layer); });
  auto& view = look.view;
  bytes(view.predicted), bytes(view.confidence), bytes(view.confusion);
  auto& plane = view.plane;
  bytes(plane.columns), bytes(plane.rows);
  bytes(plane.x_min), bytes(plane.x_max), bytes(plane.y_min), bytes(plane.y_max);
  bytes(plane.predicted);
  bytes.list(plane.first_expert, [&](auto& map) { bytes(map); });
  bytes(look.embedding), bytes(look.embedding_width);
  walk_plane(bytes, look.embedding_plane);
}

template <class Walker, class Tokens>
void walk_tokens(Walker& bytes, Tokens& tokens) {
  bytes(tokens.text), bytes(tokens.id), bytes(tokens.domain), bytes(tokens.domain_names);
  bytes(tokens.sequence_length);
}

template <class Walker, class Points>
void walk_points(Walker& bytes, Points& points) {
  bytes(points.dims), bytes(points.classes), bytes(points.xy), bytes(points.explained), bytes(points.label);
  bytes(points.kind), bytes(points.class_names), bytes(points.kind_names), bytes(points.x);
  // Of a file's points alone.
  if constexpr (Walker::kReads) {
    if (bytes.left() == 0) return;
  } else if (points.axis_names.empty()) {
    return;
  }
  bytes(points.axis_names), bytes(points.centre), bytes(points.spread);
}

}  // namespace

Bytes encode(const ProbeTokens& tokens) {
  ByteWriter bytes;
  walk_tokens(bytes, tokens);
  return bytes.take();
}

Result<ProbeTokens> decode_tokens(std::span<const std::byte> content) {
  ByteReader bytes(content);
  ProbeTokens tokens;
  walk_tokens(bytes, tokens);
  if (!bytes.is_done()) return usage_error("the tokens that looks point at are damaged");
  return tokens;
}

Bytes encode(const ProbePoints& points) {
  ByteWriter bytes;
  walk_points(bytes, points);
  return bytes.take();
}

Result<ProbePoints> decode_points(std::span<const std::byte> content) {
  ByteReader bytes(content);
  ProbePoints points;
  walk_points(bytes, points);
  if (!bytes.is_done()) return usage_error("the points that looks point at are damaged");
  return points;
}

Bytes encode(const Snapshot& look, const ProbeName& probe) {
  ByteWriter bytes;
  walk_look(bytes, probe, look);
  return bytes.take();
}

Result<Look> decode_look(std::span<const std::byte> content) {
  ByteReader bytes(content);
  Look look;
  walk_look(bytes, look.probe, look.snapshot);
  if (!bytes.is_done()) return usage_error("the look is damaged");
  return look;
}

}  // namespace switchyard
