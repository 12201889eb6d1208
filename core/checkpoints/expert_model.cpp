#include "core/checkpoints/expert_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "core/checkpoints/tensor_roles.h"

namespace switchyard {
namespace {

constexpr std::uint32_t kNoTensor = 0xFFFFFFFF;
using ThreeTensors = std::array<std::uint32_t, 3>;
constexpr ThreeTensors kNoTensors{kNoTensor, kNoTensor, kNoTensor};

// Numbers of tensors, kNoTensor where there is none.
struct LayerParts {
  std::uint32_t router = kNoTensor, bias = kNoTensor;
  ThreeTensors fused = kNoTensors;  // gate and up, nothing, down
  ThreeTensors shared = kNoTensors;
  std::map<std::int32_t, ThreeTensors> experts;
};
using PartsOfLayers = std::map<std::pair<std::string, std::int32_t>, LayerParts>;

// Of such a type an element may hold several numbers, as U8 holds two of 4 bits: its shape does not say N and d.
bool may_be_packed(const TensorType& type) {
  return !type.reads && (type.bits < 8 || type.name.starts_with('U') || type.name.starts_with('I'));
}

std::uint32_t& slot(LayerParts& parts, const ExpertTensorName& name) {
  const auto nth = [&](TensorRole first) {
    return static_cast<std::size_t>(name.role) - static_cast<std::size_t>(first);
  };
  switch (name.role) {
    case TensorRole::router:
      return parts.router;
    case TensorRole::router_bias:
      return parts.bias;
    case TensorRole::fused_gate_up:
      return parts.fused[0];
    case TensorRole::fused_down:
      return parts.fused[2];
    case TensorRole::shared_gate:
    case TensorRole::shared_up:
    case TensorRole::shared_down:
      return parts.shared[nth(TensorRole::shared_gate)];
    case TensorRole::expert_gate:
    case TensorRole::expert_up:
    case TensorRole::expert_down:
      break;
  }
  return parts.experts.try_emplace(name.expert, kNoTensors).first->second[nth(TensorRole::expert_gate)];
}

// One layer, put together from its parts.
class LayerBuilder {
 public:
  LayerBuilder(const WeightFiles& files, const std::pair<std::string, std::int32_t>& name, const LayerParts& parts)
      : files_(files), parts_(parts) {
    layer_.prefix = name.first, layer_.layer = name.second;
  }

  Result<ExpertLayer> build() {
    if (auto done = take_router(); !done) return done.error();
    const bool is_fused = parts_.fused[0] != kNoTensor || parts_.fused[2] != kNoTensor;
    if (is_fused && !parts_.experts.empty())
      return broken("has fused experts and single ones; allowed is one of the two");
    if (auto done = is_fused ? take_fused() : take_experts(); !done) return done.error();
    if (auto done = take_shared(); !done) return done.error();
    return std::move(layer_);
  }

 private:
  using Sizes = std::vector<std::int64_t>;

  const HeadTensor& head(std::uint32_t tensor) const { return files_.tensors()[tensor].head; }
  Error broken(const std::string& what) const {
    return usage_error(fmt::format("{}: layer {} {}", files_.path().native(), layer_.layer, what));
  }
  Error wrong_shape(std::uint32_t tensor, const std::string& wanted) const {
    const WeightTensor& at = files_.tensors()[tensor];
    // Of a packed one it is the type that is to blame: U8 [ff, d / 2] are 4 bits a number.
    const std::string packed = at.head.type->reads ? ""
                                                   : fmt::format("; it is {}, packed perhaps; read are {}",
                                                                 at.head.type->name, read_types());
    return usage_error(fmt::format("{}: tensor '{}' has shape [{}]; allowed is {}{}",
                                   files_.file(at.file).path().native(), shown_name(at.head.name),
                                   fmt::join(at.head.shape, ", "), wanted, packed));
  }
  // `from`: numbers of the tensor before it.
  WeightMatrix matrix(std::uint32_t tensor, std::int64_t from, std::int64_t rows, std::int64_t columns) const {
    const WeightTensor& at = files_.tensors()[tensor];
    return {tensor, at.file, at.head.begin + static_cast<std::uint64_t>(from) * at.head.type->bits / 8,
            rows,   columns, at.head.type};
  }

  Result<void> take_router() {
    if (parts_.router != kNoTensor) {
      const Sizes& shape = head(parts_.router).shape;
      if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1 || shape[0] > kMostExperts ||
          shape[1] > kMostRouterNumbers / shape[0])
        return wrong_shape(parts_.router, fmt::format("[N, d] of 1 to {} experts and at most {} numbers",
                                                      kMostExperts, kMostRouterNumbers));
      if (!may_be_packed(*head(parts_.router).type)) n_ = shape[0], layer_.d = shape[1];
      layer_.router = matrix(parts_.router, 0, shape[0], shape[1]);
    }
    if (parts_.bias == kNoTensor) return {};
    const Sizes& shape = head(parts_.bias).shape;
    const bool is_other = n_ > 0 && shape[0] != n_ && !may_be_packed(*head(parts_.bias).type);
    if (shape.size() != 1 || shape[0] < 1 || shape[0] > kMostExperts || is_other)
      return wrong_shape(parts_.bias, n_ > 0 ? fmt::format("[{}], a number an expert", n_)
                                             : fmt::format("[N] of 1 to {} experts", kMostExperts));
    if (!may_be_packed(*head(parts_.bias).type)) n_ = shape[0];
    layer_.bias = matrix(parts_.bias, 0, 1, shape[0]);
    return {};
  }

  Result<void> take_fused() {
    for (const std::size_t part : {0, 2})
      if (parts_.fused[part] == kNoTensor)
        return broken(fmt::format("has no experts.{}", part == 0 ? "gate_up_proj" : "down_proj"));
    const Sizes &both = head(parts_.fused[0]).shape, &down = head(parts_.fused[2]).shape;
    if (down.size() != 3 || std::any_of(down.begin(), down.end(), [](std::int64_t size) { return size < 1; }) ||
        down[0] > kMostExperts || (n_ > 0 && down[0] != n_) || (layer_.d > 0 && down[1] != layer_.d))
      return wrong_shape(parts_.fused[2], fmt::format("[N, d, ff]{}", told()));
    n_ = down[0], layer_.d = down[1], layer_.ff = down[2];
    if (both != Sizes{n_, 2 * layer_.ff, layer_.d})
      return wrong_shape(parts_.fused[0], fmt::format("[N, 2 ff, d] = [{}, {}, {}]", n_, 2 * layer_.ff, layer_.d));
    const std::int64_t size = layer_.ff * layer_.d;
    for (std::int64_t e = 0; e < n_; ++e)
      layer_.experts.push_back({matrix(parts_.fused[0], 2 * e * size, layer_.ff, layer_.d),
                                matrix(parts_.fused[0], (2 * e + 1) * size, layer_.ff, layer_.d),
                                matrix(parts_.fused[2], e * size, layer_.d, layer_.ff)});
    return {};
  }

  Result<void> take_experts() {
    const auto count = static_cast<std::int64_t>(parts_.experts.size());
    if (count == 0)
      return broken(
          fmt::format("has {}, but no experts by the names that are read: experts.E.w1, "
                      "experts.E.gate_proj or experts.gate_up_proj",
                      layer_.router ? "a router" : "a bias"));
    if (count > kMostExperts) return broken(fmt::format("has more than {} experts", kMostExperts));
    if (n_ == 0) n_ = count;
    if (parts_.experts.rbegin()->first >= n_)
      return broken(fmt::format("has an expert {}, and a router of {}", parts_.experts.rbegin()->first, n_));
    const ThreeTensors& first = parts_.experts.begin()->second;
    for (std::int32_t e = 0; e < n_; ++e) {
      const auto at = parts_.experts.find(e);
      if (at == parts_.experts.end()) return broken(fmt::format("has no expert {} of {}", e, n_));
      const ThreeTensors& own = at->second;
      for (std::size_t part = 0; part < 3; ++part) {
        const bool is_wanted = part != 1 || first[1] != kNoTensor;
        if (is_wanted && own[part] == kNoTensor)
          return broken(fmt::format("has no {} matrix of expert {}", kExpertMatrixNames[part], e));
      }
      if (!is_wanted_up(first) && own[1] != kNoTensor)
        return broken(fmt::format("has an up matrix of expert {}, and none of expert 0", e));
      if (auto taken = take_expert(own); !taken) return taken;
    }
    return {};
  }
  static bool is_wanted_up(const ThreeTensors& first) { return first[1] != kNoTensor; }

  Result<void> take_expert(const ThreeTensors& own) {
    const Sizes& gate = head(own[0]).shape;
    if (gate.size() != 2 || gate[0] < 1 || gate[1] < 1 || (layer_.d > 0 && gate[1] != layer_.d) ||
        (layer_.ff > 0 && gate[0] != layer_.ff))
      return wrong_shape(own[0], fmt::format("[ff, d]{}", told()));
    layer_.ff = gate[0], layer_.d = gate[1];
    if (own[1] != kNoTensor && head(own[1]).shape != gate)
      return wrong_shape(own[1], fmt::format("[{}, {}], as of its gate matrix", layer_.ff, layer_.d));
    if (head(own[2]).shape != Sizes{layer_.d, layer_.ff})
      return wrong_shape(own[2], fmt::format("[d, ff] = [{}, {}]", layer_.d, layer_.ff));
    ExpertMatrices& matrices = layer_.experts.emplace_back();
    for (std::size_t part = 0; part < 3; ++part)
      if (own[part] != kNoTensor)
        matrices[part] = matrix(own[part], 0, part == 2 ? layer_.d : layer_.ff, part == 2 ? layer_.ff : layer_.d);
    return {};
  }

  Result<void> take_shared() {
    const ThreeTensors& own = parts_.shared;
    if (own == kNoTensors) return {};
    for (const std::size_t part : {0, 2})
      if (own[part] == kNoTensor)
        return broken(fmt::format("has no {} matrix of its shared experts", kExpertMatrixNames[part]));
    const Sizes& gate = head(own[0]).shape;
    if (gate.size() != 2 || gate[0] < 1 || gate[1] != layer_.d)
      return wrong_shape(own[0], fmt::format("[ff of the shared experts, d = {}]", layer_.d));
    if (own[1] != kNoTensor && head(own[1]).shape != gate)
      return wrong_shape(own[1], fmt::format("[{}, {}], as of its gate matrix", gate[0], gate[1]));
    if (head(own[2]).shape != Sizes{layer_.d, gate[0]})
      return wrong_shape(own[2], fmt::format("[d, ff of the shared experts] = [{}, {}]", layer_.d, gate[0]));
    layer_.shared_ff = gate[0];
    return {};
  }

  // ", here N = 8, d = 4096", as far as it is known.
  std::string told() const {
    std::string text;
    const auto add = [&](std::string_view name, std::int64_t value) {
      if (value > 0) text += fmt::format("{} {} = {}", text.empty() ? ", here" : ",", name, value);
    };
    add("N", n_), add("d", layer_.d), add("ff", layer_.ff);
    return text;
  }

  const WeightFiles& files_;
  const LayerParts& parts_;
  ExpertLayer layer_;
  std::int64_t n_ = 0;  // 0: not known yet
};

}  // namespace

std::uint64_t ExpertLayer::bytes() const {
  std::uint64_t sum = 0;
  for (const ExpertMatrices& own : experts)
    for (const auto& one : own) sum += one ? one->bytes() : 0;
  return sum;
}

bool has_experts(const WeightFiles& files) {
  return std::any_of(files.tensors().begin(), files.tensors().end(),
                     [](const WeightTensor& tensor) { return expert_tensor_name(tensor.head.name).has_value(); });
}

bool is_others_checkpoint(const std::filesystem::path& path) {
  const auto found = WeightFiles::found_at(path);
  if (!found) return false;
  if (found->extension() == ".json") return true;
  const auto file = InputFile::open(*found);
  if (!file) return false;
  const auto head = glance_at_head(*file);
  if (!head || head->written_here) return false;
  // Where experts come late among many tensors whoever opens it says what it is.
  return head->goes_on || std::any_of(head->tensors.begin(), head->tensors.end(), [](const HeadTensor& tensor) {
           return expert_tensor_name(tensor.name).has_value();
         });
}

Result<void> check_read(const WeightFiles& files, const WeightMatrix& matrix) {
  if (matrix.type->reads) return {};
  return usage_error(fmt::format(
      "{}: tensor '{}' is {}; its numbers are not read: read are {}", files.file(matrix.file).path().native(),
      shown_name(files.tensors()[matrix.tensor].head.name), matrix.type->name, read_types()));
}

Result<ExpertModel> expert_model(const WeightFiles& files, const GoesOn& goes_on) {
  PartsOfLayers parts;
  const std::span<const WeightTensor> tensors = files.tensors();
  const Error ended{ErrorKind::interrupted, "ended between two tensors"};
  for (std::uint32_t t = 0; t < tensors.size(); ++t) {
    if (t % 4096 == 4095 && goes_on && !goes_on()) return ended;
    const auto name = expert_tensor_name(tensors[t].head.name);
    if (!name) continue;
    std::uint32_t& at = slot(parts[{std::string(name->prefix), name->layer}], *name);
    // Both biases a router may have come in the order of their names: that which selects is the one that is told.
    if (at != kNoTensor && name->role != TensorRole::router_bias)
      return usage_error(fmt::format(
          "{}: tensors '{}' and '{}' are the same part of layer {}; allowed is one of them", files.path().native(),
          shown_name(tensors[at].head.name), shown_name(tensors[t].head.name), name->layer));
    at = t;
  }
  ExpertModel model;
  std::int64_t pairs = 0;
  std::string unread_router;
  const auto note_unread = [&files](const std::optional<WeightMatrix>& one, std::string& first) {
    if (one && first.empty())
      if (const auto read = check_read(files, *one); !read) first = read.error().message;
  };
  for (const auto& [name, own] : parts) {
    // A dense block's feed-forward has a shared expert's names in no checkpoint, but alone it is no mixture
    // either.
    const bool has_more = own.router != kNoTensor || own.bias != kNoTensor || !own.experts.empty() ||
                          own.fused[0] != kNoTensor || own.fused[2] != kNoTensor;
    if (!has_more) continue;
    if (goes_on && !goes_on()) return ended;
    if (model.layers.size() == kMostExpertLayers)
      return usage_error(fmt::format("{}: has more than {} layers with experts, the most that are read",
                                     files.path().native(), kMostExpertLayers));
    auto layer = LayerBuilder(files, name, own).build();
    if (!layer) return layer.error();
    const auto n = static_cast<std::int64_t>(layer->experts.size());
    pairs += n * (n - 1) / 2;
    if (pairs > kMostPairs)
      return usage_error(
          fmt::format("{}: has more than {} pairs of experts, N (N - 1) / 2 of a layer, by layer {} "
                      "of {} experts; at most that many are read",
                      files.path().native(), kMostPairs, layer->layer, n));
    note_unread(layer->router, unread_router), note_unread(layer->bias, unread_router);
    for (const ExpertMatrices& expert : layer->experts)
      for (const auto& one : expert) note_unread(one, model.unread);
    model.layers.push_back(std::move(*layer));
  }
  if (model.layers.empty())
    return usage_error(
        fmt::format("{}: has no experts by the names that are read: layers.L.block_sparse_moe or "
                    "layers.L.mlp, with gate.weight and experts",
                    files.path().native()));
  model.has_unread_experts = !model.unread.empty();
  if (!model.has_unread_experts) model.unread = std::move(unread_router);
  return model;
}

}  // namespace switchyard
