#include "core/recordings/step_reader.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace switchyard {
namespace {

// Of what the whole chunk tells beside its tokens that of this step.
void keep_step(RecordedChunk& chunk, std::int64_t step) {
  const auto at = std::lower_bound(chunk.counted_step.begin(), chunk.counted_step.end(), step);
  const bool is_there = at != chunk.counted_step.end() && *at == step;
  const auto place = static_cast<std::size_t>(at - chunk.counted_step.begin());
  const auto keep = [&](auto& values, std::size_t columns) {
    if (values.empty()) return;
    if (!is_there) return values.clear();
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(place * columns);
    values = std::decay_t<decltype(values)>(from, from + static_cast<std::ptrdiff_t>(columns));
  };
  if (!is_there || place + 1 < chunk.counted_step.size()) chunk.loss = kMissing;
  for (RecordedCells& cells : chunk.cells) keep(cells.counts, static_cast<std::size_t>(cells.experts));
  keep(chunk.step_loss, 1);
  keep(chunk.counted_step, 1);
}

}  // namespace

Result<const std::vector<StepRows>*> RecordedStepReader::steps(const ChunkNote& note) {
  const auto identity = identity_of(folder_ / note.file).value_or(FileIdentity{});
  const auto known = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) {
    return one.file == note.file && one.identity == identity && one.tokens == note.tokens &&
           one.void_from == note.void_from;
  });
  if (known != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, known);
  } else {
    const auto file = open_chunk(folder_, note);
    if (!file) return file.error();
    auto found = steps_of_chunk(*file, note);
    if (!found) return found.error();
    places_ += 1 + (*found ? (*found)->size() : 0);
    kept_.push_front({note.file, identity, note.tokens, note.void_from, std::move(*found)});
    while (places_ > kMostKept && kept_.size() > 1) {
      places_ -= 1 + (kept_.back().steps ? kept_.back().steps->size() : 0);
      kept_.pop_back();
    }
  }
  return kept_.front().steps ? &*kept_.front().steps : nullptr;
}

Result<RecordedChunk> RecordedStepReader::read(const ChunkNote& note, const std::vector<RecordedLayer>& layers,
                                               std::int64_t step, std::uint64_t most_rows) {
  const auto there = steps(note);
  if (!there) return there.error();
  if (!*there)
    return usage_error((folder_ / note.file).native() + ": its steps do not rise: it is to be read whole");
  const auto at = std::lower_bound((*there)->begin(), (*there)->end(), step,
                                   [](const StepRows& one, std::int64_t number) { return one.step < number; });
  RowWindow rows{0, 0};
  if (at != (*there)->end() && at->step == step)
    rows = {at->rows.begin, at->rows.begin + std::min(most_rows, at->count())};
  auto chunk = read_chunk(folder_, note, layers, rows);
  if (chunk) keep_step(*chunk, step);
  return chunk;
}

Result<std::int64_t> RecordedStepReader::last_step(const ChunkNote& note) {
  const auto there = steps(note);
  if (!there) return there.error();
  return *there && !(*there)->empty() ? (*there)->back().step : std::int64_t{-1};
}

}  // namespace switchyard
