// The mixture of experts in a checkpoint: its layers, and where in the files each matrix lies. All shapes have
// been held against one another: a layer is whole, or the checkpoint is refused.
//
// Thread safety: plain values; pure functions. Errors: usage, naming file, tensor and what is allowed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/checkpoints/weight_files.h"

namespace switchyard {

inline constexpr std::int64_t kMostExperts = 2048;              // of a layer
inline constexpr std::int64_t kMostRouterNumbers = 16'000'000;  // N d
inline constexpr std::size_t kMostExpertLayers = 1024;
// Of experts of a layer, N (N - 1) / 2, over all layers: a figure for each is kept, 256 MiB of router rows and as
// much of experts. 128 layers of 1,024 experts have fewer.
inline constexpr std::int64_t kMostPairs = std::int64_t{1} << 26;

// rows x columns numbers in a file, row after row.
struct WeightMatrix {
  std::uint32_t tensor = 0, file = 0;  // of WeightFiles
  std::uint64_t begin = 0;             // byte of the file
  std::int64_t rows = 0, columns = 0;
  const TensorType* type = nullptr;  // never null
  std::int64_t count() const { return rows * columns; }
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(count()) * type->bits / 8; }
};

enum class ExpertMatrix : std::uint8_t { gate, up, down };  // w1 [ff, d], w3 [ff, d], w2 [d, ff]
inline constexpr std::array<std::string_view, 3> kExpertMatrixNames{"gate", "up", "down"};

// Those it has, in that order: gate and down always.
using ExpertMatrices = std::array<std::optional<WeightMatrix>, 3>;

struct ExpertLayer {
  std::string prefix;      // of its names, "model."
  std::int32_t layer = 0;  // as the names number it
  std::int64_t d = 0, ff = 0;
  std::int64_t shared_ff = 0;           // of all shared experts together; 0: none
  std::optional<WeightMatrix>
      router;  // [N, d], of a packed type as its shape is; nothing: none, as of hash routing
  std::optional<WeightMatrix> bias;     // [1, N]
  std::vector<ExpertMatrices> experts;  // [N]
  std::uint64_t bytes() const;          // of the experts
};

struct ExpertModel {
  std::vector<ExpertLayer> layers;  // by prefix, then number
  // Why not all of it can be read, though its shapes can: the first tensor of a type that is not, an expert's
  // before a router's or a bias. Empty: all can.
  std::string unread;
  bool has_unread_experts = false;  // it is an expert's
};

// Whether some tensor is one of a mixture of experts.
bool has_experts(const WeightFiles& files);
// usage: it has none, a layer of it is not whole, or more layers or pairs than are read.
// interrupted: `goes_on` said so.
Result<ExpertModel> expert_model(const WeightFiles& files, const GoesOn& goes_on = {});

// Whether a path is a checkpoint with experts that another program wrote: an index, or a file with such names at
// the beginning of its head. Quick however long that is: whether it can be read is for whoever opens it to say.
bool is_others_checkpoint(const std::filesystem::path& path);

// usage: its type is not read.
Result<void> check_read(const WeightFiles& files, const WeightMatrix& matrix);

}  // namespace switchyard
