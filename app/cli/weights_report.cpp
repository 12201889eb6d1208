#include "app/cli/weights_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/cli/causes/cause_parts.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

constexpr const char* kNone = "-";

std::string norm_text(double norm) { return std::isnan(norm) ? kNone : fmt::format("{:.4g}", norm); }

std::string range_text(const std::vector<double>& values) {
  // What is no number is in no range, and would be passed over.
  if (values.empty() || std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); }))
    return kNone;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return fmt::format("{} to {}", norm_text(*least), norm_text(*most));
}

std::string bytes_text(std::uint64_t bytes) {
  const auto count = static_cast<double>(bytes);
  if (count >= 1e9) return fmt::format("{:.1f} GB", count / 1e9);
  return count >= 1e6 ? fmt::format("{:.1f} MB", count / 1e6) : fmt::format("{} bytes", bytes);
}

std::string pair_text(const PairFigures& pairs) {
  const PairFigures::Largest largest = pairs.largest();
  if (std::isnan(largest.value)) return kNone;
  const auto count = static_cast<std::int32_t>(pairs.n);
  return fmt::format("{} {} {:+.3f}", expert_text(static_cast<std::int32_t>(largest.i), count),
                     expert_text(static_cast<std::int32_t>(largest.j), count), largest.value);
}

// The figure of that expert with another, whichever has the larger number.
float of_pair(const PairFigures& pairs, std::int64_t i, std::int64_t j) {
  return i < j ? pairs.at(i, j) : pairs.at(j, i);
}

// "E03 +0.412": the expert closest to this one.
std::string closest_text(const PairFigures& pairs, std::int64_t expert) {
  std::int64_t best = -1;
  for (std::int64_t j = 0; j < pairs.n; ++j) {
    if (j == expert || std::isnan(of_pair(pairs, expert, j))) continue;
    if (best < 0 || of_pair(pairs, expert, j) > of_pair(pairs, expert, best)) best = j;
  }
  if (best < 0) return kNone;
  return fmt::format("{} {:+.3f}",
                     expert_text(static_cast<std::int32_t>(best), static_cast<std::int32_t>(pairs.n)),
                     of_pair(pairs, expert, best));
}

// Of a layer's closest pair; it is the one that chance favoured most.
double bound_of_closest(const WeightsReport& report) {
  std::size_t pairs = 0;
  for (const LayerReport& one : report.layers)
    if (one.experts) pairs = std::max(pairs, one.experts->cosines.values.size());
  return Sketch::bound_of_all(pairs);
}

std::string bias_text(const RouterFigures& router) {
  if (std::isnan(router.least_bias)) return kNone;
  return fmt::format("{:.3g} to {:.3g}", router.least_bias, router.most_bias);
}

std::string layer_name(const WeightsReport& report, const ExpertLayer& layer) {
  const bool is_one = report.layers.front().layer.prefix == report.layers.back().layer.prefix;
  return is_one ? fmt::format("{}", layer.layer) : fmt::format("{}layers.{}", layer.prefix, layer.layer);
}

// All of them together, and of how many experts' width where they are of the others'.
std::string shared_text(const ExpertLayer& layer) {
  if (layer.shared_ff == 0) return kNone;
  if (layer.shared_ff % layer.ff == 0) return fmt::format("{}", layer.shared_ff / layer.ff);
  return fmt::format("ff {}", layer.shared_ff);
}

std::string_view type_of(const ExpertLayer& layer) { return layer.experts.front()[0]->type->name; }

std::string layers_table(const WeightsReport& report) {
  std::vector<std::vector<std::string>> rows{
      {"layer", "N", "d", "ff", "type", "shared", "bias", "row norms", "closest rows", "rank", "effective"}};
  if (report.has_weights)
    for (const std::string& title :
         {std::string("expert norms"), fmt::format("closest experts ±{:.3f}", bound_of_closest(report)),
          std::string("mean cosine")})
      rows.front().push_back(title);
  for (const LayerReport& one : report.layers) {
    std::vector<std::string> row{layer_name(report, one.layer),
                                 fmt::format("{}", one.layer.experts.size()),
                                 fmt::format("{}", one.layer.d),
                                 fmt::format("{}", one.layer.ff),
                                 std::string(type_of(one.layer)),
                                 shared_text(one.layer),
                                 bias_text(one.router),
                                 range_text(one.router.norms),
                                 pair_text(one.router.cosines),
                                 one.router.rank ? fmt::format("{}", *one.router.rank) : kNone,
                                 figure(one.router.effective_rank, 2)};
    if (one.experts) {
      row.push_back(one.experts->all_zero() ? "all zero" : range_text(one.experts->whole));
      row.push_back(pair_text(one.experts->cosines));
      row.push_back(figure(one.experts->cosines.mean(), 3));
    }
    rows.push_back(std::move(row));
  }
  return aligned(rows, 1);
}

std::string experts_table(const LayerReport& one) {
  std::vector<std::vector<std::string>> rows{{"expert"}};
  const bool has_router = !one.router.norms.empty();
  if (has_router)
    for (const char* title : {"router row", "closest row"}) rows.front().push_back(title);
  if (one.experts)
    for (const std::string& title :
         {std::string("gate"), std::string("up"), std::string("down"), std::string("all"),
          fmt::format("closest expert ±{:.3f}", Sketch::bound_of_all(one.layer.experts.size() - 1))})
      rows.front().push_back(title);
  const auto count = static_cast<std::int32_t>(one.layer.experts.size());
  for (std::int32_t e = 0; e < count; ++e) {
    const auto at = static_cast<std::size_t>(e);
    std::vector<std::string> row{expert_text(e, count)};
    if (has_router) {
      row.push_back(norm_text(one.router.norms[at]));
      row.push_back(closest_text(one.router.cosines, e));
    }
    if (one.experts) {
      for (const double norm : one.experts->norms[at]) row.push_back(norm_text(norm));
      row.push_back(norm_text(one.experts->whole[at]));
      row.push_back(closest_text(one.experts->cosines, e));
    }
    rows.push_back(std::move(row));
  }
  return aligned(rows, 1);
}

}  // namespace

std::string weights_table(const WeightsReport& report) {
  const std::size_t files = report.files.file_count(), count = report.layers.size();
  std::string text = fmt::format("{} · {} file{} · {} · {} layer{} with experts\n\n",
                                 printable(report.files.path().filename().native()), files, files == 1 ? "" : "s",
                                 bytes_text(report.files.bytes()), count, count == 1 ? "" : "s");
  text += layers_table(report);
  if (report.by_expert)
    for (const LayerReport& one : report.layers) text += '\n' + experts_table(one);
  const bool has_router = std::any_of(report.layers.begin(), report.layers.end(),
                                      [](const LayerReport& one) { return !one.router.norms.empty(); });
  if (has_router)
    text +=
        "\nRows are the router's, one an expert: their norms, the cosine of the closest two, rank and effective "
        "rank of all.\n";
  if (report.has_weights) {
    text += fmt::format(
        "\nAn expert is one vector of all its matrices. Norms are exact; cosines come from sketches of {} "
        "numbers, off "
        "by less than {:.3f} at three standard deviations. The closest of many is the one that chance favoured "
        "most: "
        "what stands beside it holds for all of them at once.\n",
        Sketch::kNumbers, Sketch::kThreeSigma);
  } else if (!report.has_unread_experts) {
    std::uint64_t bytes = 0;
    for (const LayerReport& one : report.layers) bytes += one.layer.bytes();
    text += fmt::format("\nNorms of the experts and cosines between them: --part all, which reads {}.\n",
                        bytes_text(bytes));
  }
  if (!report.unread.empty()) text += fmt::format("\nNote: {}.\n", printable(report.unread));
  return text;
}

std::string matrices_table(const ExpertName& expert, const std::vector<MatrixReport>& matrices) {
  std::vector<std::vector<std::string>> rows{
      {"matrix", "shape", "type", "norm", "largest", "median", "smallest", "rank", "effective rank"}};
  for (const MatrixReport& one : matrices) {
    const std::vector<double>& values = one.spectrum.values;
    double squares = 0;
    for (const double value : values) squares += value * value;
    const bool has = !values.empty();
    rows.push_back({std::string(one.name), fmt::format("{} x {}", one.matrix.rows, one.matrix.columns),
                    std::string(one.matrix.type->name), has ? norm_text(std::sqrt(squares)) : kNone,
                    has ? norm_text(values.front()) : kNone, has ? norm_text(values[values.size() / 2]) : kNone,
                    has ? norm_text(values.back()) : kNone,
                    one.spectrum.rank ? fmt::format("{} of {}", *one.spectrum.rank, values.size()) : kNone,
                    figure(one.spectrum.effective_rank, 2)});
  }
  return fmt::format("Expert {} of layer {}: singular values of its matrices\n\n{}", expert.expert, expert.block,
                     aligned(rows, 1));
}

}  // namespace switchyard::app
