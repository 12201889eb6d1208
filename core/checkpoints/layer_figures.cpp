#include "core/checkpoints/layer_figures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/checkpoints/gram.h"
#include "core/checkpoints/spectrum.h"

namespace switchyard {

Result<RouterFigures> router_figures(const WeightFiles& files, const ExpertLayer& layer, const GoesOn& goes_on) {
  RouterFigures figures;
  const BytesTold told = [&](std::uint64_t) { return !goes_on || goes_on(); };
  if (layer.bias && layer.bias->type->reads) {
    const auto bias = all_numbers(files, *layer.bias, told);
    if (!bias) return bias.error();
    const auto [least, most] = std::minmax_element(bias->begin(), bias->end());
    // Which passes over a NaN that is not the first.
    if (std::none_of(bias->begin(), bias->end(), [](float value) { return std::isnan(value); }))
      figures.least_bias = static_cast<double>(*least), figures.most_bias = static_cast<double>(*most);
  }
  if (!layer.router || !layer.router->type->reads) return figures;
  const auto numbers = all_numbers(files, *layer.router, told);
  if (!numbers) return numbers.error();
  const std::int64_t n = layer.router->rows;
  for (std::int64_t e = 0; e < n; ++e)
    figures.norms.push_back(std::sqrt(sum_of_squares(
        std::span(*numbers).subspan(static_cast<std::size_t>(e * layer.d), static_cast<std::size_t>(layer.d)))));
  auto cosines = cosines_of_rows(*numbers, n, layer.d, goes_on);
  if (!cosines) return cosines.error();
  figures.cosines = std::move(*cosines);
  const auto spectrum = spectrum_of(*numbers, n, layer.d, goes_on);
  if (!spectrum) return spectrum.error();
  figures.rank = spectrum->rank, figures.effective_rank = spectrum->effective_rank;
  return figures;
}

bool ExpertFigures::all_zero() const {
  return std::all_of(whole.begin(), whole.end(), [](double norm) { return norm == 0; });
}

Result<ExpertFigures> expert_figures(const WeightFiles& files, const ExpertLayer& layer, const BytesTold& told,
                                     std::uint64_t seed) {
  ExpertFigures figures;
  std::vector<float> sketches;  // [N 4096]
  sketches.reserve(layer.experts.size() * Sketch::kNumbers);
  for (const ExpertMatrices& expert : layer.experts) {
    std::array<double, 3> norms{kMissing, kMissing, kMissing};
    double whole = 0;
    std::uint64_t place = 0;  // of the vector, one matrix behind the other
    Sketch sketch(seed);
    for (std::size_t part = 0; part < expert.size(); ++part) {
      if (!expert[part]) continue;
      double squares = 0;
      const auto take = [&](std::int64_t first, std::span<const float> values) {
        squares += sum_of_squares(values);
        sketch.add(place + static_cast<std::uint64_t>(first), values);
      };
      if (auto read = each_piece(files, *expert[part], take, told); !read) return read.error();
      norms[part] = std::sqrt(squares);
      whole += squares;
      place += static_cast<std::uint64_t>(expert[part]->count());
    }
    figures.norms.push_back(norms);
    figures.whole.push_back(std::sqrt(whole));
    const std::vector<float> taken = sketch.take();
    sketches.insert(sketches.end(), taken.begin(), taken.end());
  }
  auto cosines = cosines_of_rows(sketches, static_cast<std::int64_t>(layer.experts.size()), Sketch::kNumbers,
                                 [&] { return !told || told(0); });
  if (!cosines) return cosines.error();
  figures.cosines = std::move(*cosines);
  return figures;
}

}  // namespace switchyard
