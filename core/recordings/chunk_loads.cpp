#include "core/recordings/chunk_loads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace switchyard {
namespace {

constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;
constexpr std::size_t kMostCounts = std::size_t{8} << 20;  // 32 MB of them; rows themselves are smaller then

const SafetensorsFile::Entry* entry_named(const SafetensorsFile& file, const std::string& name) {
  const auto at = std::find_if(file.entries().begin(), file.entries().end(),
                               [&](const SafetensorsFile::Entry& one) { return one.name == name; });
  return at == file.entries().end() ? nullptr : &*at;
}

bool count_bytes(std::span<const std::byte> ids, std::span<std::uint32_t> counts) {
  if (ids.size() < 1024) {
    for (const std::byte id : ids) {
      if (static_cast<std::size_t>(id) >= counts.size()) return false;
      ++counts[static_cast<std::size_t>(id)];
    }
    return true;
  }
  // Tables of their own for neighbours: the same expert twice in a row does not wait for itself.
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  std::size_t at = 0;
  for (; at + 8 <= ids.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, ids.data() + at, 8);
    for (unsigned i = 0; i < 8; ++i) ++tables[i % 4][(eight >> (8 * i)) & 0xFFU];
  }
  for (; at < ids.size(); ++at) ++tables[0][static_cast<std::size_t>(ids[at])];
  for (std::size_t e = 0; e < 256; ++e) {
    const std::uint32_t sum = tables[0][e] + tables[1][e] + tables[2][e] + tables[3][e];
    if (e < counts.size()) counts[e] += sum;
    else if (sum > 0) return false;
  }
  return true;
}

template <class Stored>
bool count_numbers(std::span<const std::byte> ids, std::span<std::uint32_t> counts) {
  for (std::size_t at = 0; at + sizeof(Stored) <= ids.size(); at += sizeof(Stored)) {
    Stored id;
    std::memcpy(&id, ids.data() + at, sizeof(Stored));
    if (std::int64_t{id} == kNoExpert) continue;
    if (std::int64_t{id} < 0 || static_cast<std::size_t>(id) >= counts.size()) return false;
    ++counts[static_cast<std::size_t>(id)];
  }
  return true;
}

// Of one layer, all steps in the order of the file. False: it names an expert that there is not.
Result<bool> count_layer(const SafetensorsFile& file, const SafetensorsFile::Entry& entry, std::size_t k,
                         std::size_t experts, const std::vector<StepRows>& steps, std::vector<std::byte>& piece,
                         std::vector<std::uint32_t>& loads) {
  const std::uint64_t row = std::max<std::uint64_t>(1, k * size_of(entry.dtype));
  loads.assign(steps.size() * experts, 0);
  if (steps.empty()) return true;
  // Steps follow one another: a piece may have many of them, or one step many pieces.
  std::size_t s = 0;
  for (std::uint64_t at = steps.front().rows.begin; at < steps.back().rows.end;) {
    const std::uint64_t end = std::min(at + std::max<std::uint64_t>(1, kPieceBytes / row), steps.back().rows.end);
    piece.resize(static_cast<std::size_t>((end - at) * row));
    if (auto done = file.read_data(entry.begin + at * row, piece); !done) return done.error();
    while (s < steps.size() && steps[s].rows.begin < end) {
      const std::uint64_t from = std::max(at, steps[s].rows.begin), to = std::min(end, steps[s].rows.end);
      const auto ids = std::span(piece).subspan(static_cast<std::size_t>((from - at) * row),
                                                static_cast<std::size_t>((to - from) * row));
      if (!count_experts(entry.dtype, ids, std::span(loads).subspan(s * experts, experts))) return false;
      if (steps[s].rows.end > end) break;
      ++s;
    }
    at = end;
  }
  return true;
}

Result<std::optional<ChunkLoads>> counted_loads(const SafetensorsFile& file, const std::filesystem::path& folder,
                                                const ChunkNote& note, const std::vector<RecordedLayer>& layers) {
  for (const SafetensorsFile::Entry& entry : file.entries())
    if (entry.name.starts_with("start.") || entry.name.starts_with("router_logits."))
      return std::optional<ChunkLoads>();
  auto steps = steps_of_chunk(file, note);
  if (!steps) return steps.error();
  std::size_t counts = 0;
  for (const RecordedLayer& layer : layers) counts += static_cast<std::size_t>(layer.experts);
  if (!*steps || counts * (*steps)->size() > kMostCounts) return std::optional<ChunkLoads>();
  // Without rows: what the head claims is held against the file there, for both ways of reading.
  auto frame = read_chunk(folder, note, layers, {0, 0});
  if (!frame) return frame.error();
  ChunkLoads made;
  made.frame = std::move(*frame), made.steps = std::move(**steps);
  made.has_token_ids = entry_named(file, "tokens") != nullptr;
  made.has_sequences = entry_named(file, "sequence") != nullptr;
  std::vector<std::byte> piece;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    ChunkLoads::Layer& layer = made.layers.emplace_back();
    const auto* entry = entry_named(file, fmt::format("experts.{}", l));
    if (!entry || entry->count() == 0) continue;
    layer.has_choices = true;
    layer.has_weights = entry_named(file, fmt::format("weights.{}", l)) != nullptr;
    const auto is_right = count_layer(file, *entry, static_cast<std::size_t>(layers[l].top_k),
                                      static_cast<std::size_t>(layers[l].experts), made.steps, piece, layer.loads);
    if (!is_right) return is_right.error();
    // Whoever reads it token by token says which.
    if (!*is_right) return std::optional<ChunkLoads>();
  }
  if (auto same = file.check_unchanged(); !same) return same.error();
  return std::optional(std::move(made));
}

}  // namespace

bool count_experts(Dtype dtype, std::span<const std::byte> ids, std::span<std::uint32_t> counts) {
  switch (dtype) {
    case Dtype::u8:
      return count_bytes(ids, counts);
    case Dtype::u16:
      return count_numbers<std::uint16_t>(ids, counts);
    case Dtype::i16:
      return count_numbers<std::int16_t>(ids, counts);
    case Dtype::i32:
      return count_numbers<std::int32_t>(ids, counts);
    default:
      return false;
  }
}

Result<std::optional<ChunkLoads>> loads_of_chunk(const std::filesystem::path& folder, const ChunkNote& note,
                                                 const std::vector<RecordedLayer>& layers) {
  const auto file = open_chunk(folder, note);
  if (!file) return file.error();
  try {
    return counted_loads(*file, folder, note, layers);
  } catch (const std::bad_alloc&) {
    return usage_error(fmt::format("{}: no memory for its {} bytes", file->path().native(), file->data_bytes()));
  }
}

}  // namespace switchyard
