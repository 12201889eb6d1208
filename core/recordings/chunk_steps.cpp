#include "core/recordings/chunk_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace switchyard {

Result<std::optional<std::vector<StepRows>>> steps_of_chunk(const SafetensorsFile& file, const ChunkNote& note) {
  std::vector<StepRows> steps;
  const auto tokens = static_cast<std::uint64_t>(note.tokens);
  const auto entry = std::find_if(file.entries().begin(), file.entries().end(),
                                  [](const SafetensorsFile::Entry& one) { return one.name == "step"; });
  if (entry == file.entries().end()) {
    if (tokens > 0 && note.first_step < note.void_from) steps.push_back({note.first_step, {0, tokens}});
    return std::optional(std::move(steps));
  }
  const auto wrong = [&](const std::string& what) {
    return usage_error(fmt::format("{}: tensor 'step': {}", file.path().native(), what));
  };
  if (entry->dtype != Dtype::i64 || entry->shape.size() != 1) return wrong("is not I64 of shape [T]");
  if (entry->count() != tokens)
    return wrong(fmt::format("has {} tokens, announced were {}", entry->count(), tokens));
  std::vector<std::int64_t> piece(std::min<std::uint64_t>(tokens, 1U << 16U));
  for (std::uint64_t at = 0; at < tokens; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), tokens - at)));
    if (auto done = file.read_data(entry->begin + at * 8, std::as_writable_bytes(std::span(piece))); !done)
      return done.error();
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const std::uint64_t row = at + i;
      if (!steps.empty() && piece[i] == steps.back().step) {
        steps.back().rows.end = row + 1;
        continue;
      }
      if (piece[i] < note.first_step || piece[i] > note.last_step)
        return wrong(
            fmt::format("has step {}, announced were {} to {}", piece[i], note.first_step, note.last_step));
      if (steps.size() == kMostStepsOfChunk || (!steps.empty() && piece[i] < steps.back().step))
        return std::optional<std::vector<StepRows>>();
      steps.push_back({piece[i], {row, row + 1}});
    }
  }
  std::erase_if(steps, [&](const StepRows& one) { return one.step >= note.void_from; });
  return std::optional(std::move(steps));
}

}  // namespace switchyard
