#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "app/cli/causes/cause_parts.h"
#include "app/cli/weights_report.h"

namespace switchyard::app {
namespace {

Json figures_json(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(json_or_null(value));
  return list;
}

Json rank_json(const std::optional<std::int64_t>& rank) { return rank ? Json(*rank) : Json(); }

// [N][N], as text: such matrices are what is large.
std::string square_text(const PairFigures& pairs, int digits) {
  std::string text = "[";
  for (std::int64_t i = 0; i < pairs.n; ++i) {
    text += i == 0 ? "[" : ",\n   [";
    for (std::int64_t j = 0; j < pairs.n; ++j) {
      const float value = i == j ? 1.0F : (i < j ? pairs.at(i, j) : pairs.at(j, i));
      if (std::isnan(value)) text += "null";
      else fmt::format_to(std::back_inserter(text), "{:.{}g}", value, digits);
      if (j + 1 < pairs.n) text += ',';
    }
    text += ']';
  }
  return text + ']';
}

// The object with one more member, whose value is text already.
std::string with_member(std::string object, std::string_view key, std::string_view value) {
  object.pop_back();
  return fmt::format("{}{}\"{}\":{}}}", object, object.size() > 1 ? "," : "", key, value);
}

std::string layer_json(const LayerReport& one) {
  const ExpertLayer& layer = one.layer;
  const bool has_router = !one.router.norms.empty(), has_bias = !std::isnan(one.router.least_bias);
  Json head{{"layer", layer.layer},
            {"prefix", layer.prefix},
            {"n_experts", static_cast<std::int64_t>(layer.experts.size())},
            {"d", layer.d},
            {"ff", layer.ff},
            {"shared_ff", layer.shared_ff},
            {"type", layer.experts.front()[0]->type->name},
            {"bias", has_bias ? Json(std::vector<double>{one.router.least_bias, one.router.most_bias}) : Json()}};
  std::string router = "null", experts = "null";
  if (has_router)
    router = with_member(dump_json(Json{{"row_norms", figures_json(one.router.norms)},
                                        {"rank", rank_json(one.router.rank)},
                                        {"effective_rank", json_or_null(one.router.effective_rank)}}),
                         "cosines", square_text(one.router.cosines, 7));
  if (one.experts) {
    Json norms = Json::array();
    for (std::size_t e = 0; e < one.experts->norms.size(); ++e) {
      const auto& own = one.experts->norms[e];
      norms.push_back(Json{{"gate", json_or_null(own[0])},
                           {"up", json_or_null(own[1])},
                           {"down", json_or_null(own[2])},
                           {"all", json_or_null(one.experts->whole[e])}});
    }
    experts =
        with_member(dump_json(Json{{"norms", std::move(norms)},
                                   {"all_zero", one.experts->all_zero()},
                                   {"cosine_error", Sketch::kThreeSigma},
                                   {"closest_error", Sketch::bound_of_all(one.experts->cosines.values.size())}}),
                    "cosines", square_text(one.experts->cosines, 4));
  }
  return with_member(with_member(dump_json(head), "router", router), "experts", experts);
}

}  // namespace

std::string weights_json(const WeightsReport& report) {
  std::string layers = "[";
  for (const LayerReport& one : report.layers)
    layers += fmt::format("{}{}", layers.size() > 1 ? ",\n  " : "\n  ", layer_json(one));
  const Json head{{"file", report.files.path().native()},
                  {"files", static_cast<std::int64_t>(report.files.file_count())},
                  {"bytes", static_cast<std::int64_t>(report.files.bytes())},
                  {"unread", report.unread.empty() ? Json() : Json(report.unread)}};
  return with_member(dump_json(head), "layers", layers + "]") + '\n';
}

std::string matrices_json(const ExpertName& expert, const std::vector<MatrixReport>& matrices) {
  Json list = Json::array();
  for (const MatrixReport& one : matrices)
    list.push_back(Json{{"matrix", one.name},
                        {"shape", std::vector<std::int64_t>{one.matrix.rows, one.matrix.columns}},
                        {"type", one.matrix.type->name},
                        {"rank", rank_json(one.spectrum.rank)},
                        {"effective_rank", json_or_null(one.spectrum.effective_rank)},
                        {"singular_values", figures_json(one.spectrum.values)}});
  return dump_json(Json{{"layer", expert.block}, {"expert", expert.expert}, {"matrices", std::move(list)}}, 1) +
         '\n';
}

}  // namespace switchyard::app
