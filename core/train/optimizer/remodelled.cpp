#include "core/train/optimizer/remodelled.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/operate/remodel.h"

namespace switchyard {
namespace {

using Entry = StateTensors::Entry;

constexpr std::string_view kExperts = "block_sparse_moe.experts.";

// A tensor's name: whose moments, of which expert, which part of it.
struct Name {
  std::string_view kind;   // "", "adam.first/", "adam.second/"
  std::string_view layer;  // "model.layers.0."; of a part that is no expert's the rest of the name too
  std::int64_t expert = -1;
  std::string_view part;  // "w1.weight"
};

Name name_of(std::string_view full) {
  Name name;
  const std::size_t slash = full.find('/');
  if (slash != full.npos) name.kind = full.substr(0, slash + 1);
  const std::string_view own = full.substr(name.kind.size());
  name.layer = own;
  const std::size_t at = own.find(kExperts);
  if (at == own.npos) return name;
  name.layer = own.substr(0, at);
  const std::string_view rest = own.substr(at + kExperts.size());
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), name.expert);
  name.part = rest.substr(static_cast<std::size_t>(end - rest.data()) + 1);
  return name;
}

// Where the dimension that counts the hidden layer lies in a part; -1: it has none.
int hidden_dimension(std::string_view part) {
  if (part == "w2.weight") return 1;
  return part == "w2.bias" ? -1 : 0;
}

// `count` of a tensor's hidden dimensions from `first` on, out of [h, d] or [d, h] or [h] or, whole, [d].
std::vector<float> cut(std::span<const float> from, const std::vector<std::int64_t>& shape, int dimension,
                       std::int64_t first, std::int64_t count) {
  if (dimension < 0) return {from.begin(), from.end()};
  std::vector<float> part;
  const std::int64_t row = shape.size() > 1 ? shape[1] : 1;
  if (dimension == 0) {
    const auto begin = from.begin() + first * row;
    part.assign(begin, begin + count * row);
  } else {
    for (std::int64_t r = 0; r < shape[0]; ++r) {
      const auto begin = from.begin() + r * row + first;
      part.insert(part.end(), begin, begin + count);
    }
  }
  return part;
}

// The places of one hidden dimension in a part of `width` of them.
void each_of_dimension(std::span<float> values, int dimension, std::int64_t width, std::int64_t index,
                       const std::function<void(float&)>& each) {
  const auto all = static_cast<std::int64_t>(values.size());
  if (dimension == 0)
    for (std::int64_t i = 0; i < all / width; ++i)
      each(values[static_cast<std::size_t>(index * (all / width) + i)]);
  else if (dimension == 1)
    for (std::int64_t i = index; i < all; i += width) each(values[static_cast<std::size_t>(i)]);
}

class TakingOver {
 public:
  TakingOver(const Operation& operation, const TrainerState& old, TrainerState& made)
      : operation_(operation), old_(old), made_(made), is_upcycling_(operation.kind == OperationKind::upcycle) {
    for (const Entry& entry : old.tensors.entries) entries_.emplace(entry.name, &entry);
    parts_ = is_upcycling_ ? operation.upcycling.groups : 2;
    const double weight = weight_of_chosen(made.config);
    output_ = is_upcycling_ ? static_cast<double>(parts_) / weight : 2.0;
    bias_ = is_upcycling_ ? 1.0 / weight : 1.0;
  }

  Result<void> run() {
    for (const Entry& entry : made_.tensors.entries) {
      const Name name = name_of(entry.name);
      const Result<void> done = name.expert >= 0 ? take_expert(entry, name) : take_rest(entry, name);
      if (!done) return done;
    }
    made_.step = old_.step;
    made_.tokens = old_.tokens;
    made_.wall_s = old_.wall_s;
    made_.drawn = old_.drawn;
    made_.optimizer_steps = old_.optimizer_steps;
    made_.loads.clear();
    if (is_upcycling_) return {};
    // Both halves get what the whole did.
    for (const std::vector<double>& layer : old_.loads) {
      std::vector<double>& doubled = made_.loads.emplace_back();
      for (const double load : layer) doubled.insert(doubled.end(), 2, load);
    }
    return {};
  }

 private:
  const Entry* found(const std::string& name) const {
    const auto at = entries_.find(name);
    return at == entries_.end() ? nullptr : at->second;
  }
  std::span<const float> values(const Entry& entry) const {
    return {old_.tensors.values.data() + entry.begin, entry.count};
  }
  std::span<float> room(const Entry& entry) { return {made_.tensors.values.data() + entry.begin, entry.count}; }

  static Error unlike(const Entry& entry) {
    return failure(fmt::format("'{}' has nothing of its shape to come from", entry.name));
  }

  // Everything but experts: as it was, and rows of a router for each of the experts that have them.
  Result<void> take_rest(const Entry& entry, const Name& name) {
    const bool of_router =
        name.layer.find(".gate.") != name.layer.npos || name.layer.find(".noise.") != name.layer.npos;
    const std::int64_t together = is_upcycling_ ? parts_ : 2;
    const std::span<float> to = room(entry);
    if (of_router && is_upcycling_) {
      // Drawn; those of a virtual group have the row of their first.
      const std::size_t row = to.size() / static_cast<std::size_t>(entry.shape[0]);
      for (std::int64_t e = 0; e < entry.shape[0]; ++e)
        std::copy_n(
            to.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(e / together * together) * row), row,
            to.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(e) * row));
      return {};
    }
    const Entry* const from = found(entry.name);
    if (!from) return unlike(entry);
    const std::span<const float> before = values(*from);
    if (!of_router) {
      if (from->shape != entry.shape) return unlike(entry);
      std::copy(before.begin(), before.end(), to.begin());
      return {};
    }
    if (before.size() * 2 != to.size()) return unlike(entry);
    const std::size_t row = before.size() / static_cast<std::size_t>(from->shape[0]);
    // Of two experts that share a probability each has half; what is added to it to choose by is halved with it.
    const bool halved = name.layer.ends_with("e_score_correction_bias") && made_.config.gate != Gate::sigmoid;
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] = before[i / row / 2 * row + i % row] * (halved ? 0.5F : 1.0F);
    return {};
  }

  Result<void> take_expert(const Entry& entry, const Name& name) {
    const std::int64_t part = name.expert % parts_;
    const std::string source = is_upcycling_ ? fmt::format("{}{}mlp.{}", name.kind, name.layer, name.part)
                                             : fmt::format("{}{}{}{}.{}", name.kind, name.layer, kExperts,
                                                           name.expert / parts_, name.part);
    const Entry* const from = found(source);
    if (!from) return unlike(entry);
    const int dimension = hidden_dimension(name.part);
    const std::int64_t width = dimension < 0 ? 0 : entry.shape[static_cast<std::size_t>(dimension)];
    std::vector<float> own = cut(values(*from), from->shape, dimension, part * width, width);
    if (own.size() != entry.count) return unlike(entry);
    if (dimension >= 0) renew(own, name, dimension, width);
    const double scale = name.part == "w2.weight" ? output_ : name.part == "w2.bias" ? bias_ : 1.0;
    const double here = name.kind.empty() ? scale : name.kind == "adam.first/" ? 1 / scale : 1 / (scale * scale);
    const std::span<float> to = room(entry);
    std::transform(own.begin(), own.end(), to.begin(),
                   [&](float value) { return here == 1 ? value : static_cast<float>(here * value); });
    return {};
  }

  // The hidden dimensions that this expert has drawn anew: the same for all its parts, rising.
  std::vector<std::int64_t> redrawn(const Name& name, std::int64_t width) const {
    std::vector<std::int64_t> all(static_cast<std::size_t>(width));
    std::iota(all.begin(), all.end(), std::int64_t{0});
    // A share as it was written: 0.29 of 100 is 29, though its double is a little less.
    const auto count =
        static_cast<std::size_t>(std::floor(operation_.upcycling.redrawn * static_cast<double>(width) + 1e-9));
    RandomStream draws = stream(name, "dimensions");
    for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + draws.below(all.size() - i)]);
    all.resize(count);
    std::sort(all.begin(), all.end());
    return all;
  }

  RandomStream stream(const Name& name, std::string_view what) const {
    return {draw_seed(old_.config),
            fmt::format("upcycle at {}: {}{} {}", old_.step, name.layer, name.expert, what)};
  }

  void renew(std::vector<float>& values, const Name& name, int dimension, std::int64_t width) const {
    if (!is_upcycling_ || operation_.upcycling.redrawn <= 0) return;
    const std::vector<std::int64_t> chosen = redrawn(name, width);
    const auto each = [&](const std::function<void(float&)>& what) {
      for (const std::int64_t index : chosen) each_of_dimension(values, dimension, width, index, what);
    };
    if (!name.kind.empty()) return each([](float& moment) { moment = 0; });
    double sum = 0, squares = 0, count = 0;
    each([&](float& value) { sum += value, ++count; });
    const double mean = count > 0 ? sum / count : 0;
    each([&](float& value) { squares += (value - mean) * (value - mean); });
    const double spread = count > 0 ? std::sqrt(squares / count) : 0;
    RandomStream draws = stream(name, name.part);
    each([&](float& value) { value = static_cast<float>(mean + spread * draws.normal()); });
  }

  const Operation& operation_;
  const TrainerState& old_;
  TrainerState& made_;
  bool is_upcycling_;
  std::int64_t parts_ = 1;
  double output_ = 1, bias_ = 1;
  std::map<std::string_view, const Entry*> entries_;
};

}  // namespace

Result<void> take_over(const Operation& operation, const TrainerState& old, TrainerState& made) {
  return TakingOver(operation, old, made).run();
}

}  // namespace switchyard
