#include "core/recordings/growing_folder.h"

#include <algorithm>
#include <utility>

namespace switchyard {

Result<GrowingFolder::Growth> GrowingFolder::look() {
  if (auto read = reader_.read(); !read) return read.error();
  const Manifest& manifest = reader_.manifest();
  if (std::exchange(restarts_, reader_.restarts()) != reader_.restarts()) {
    went_back_ = manifest.went_back, taken_ = 0;
    // The new files may have the old ones' names and inodes.
    steps_ = RecordedStepReader(folder_);
    return Growth::begun_anew;
  }
  if (std::exchange(went_back_, manifest.went_back) != manifest.went_back) {
    taken_ = 0;
    return Growth::went_back;
  }
  return manifest.chunks.size() > taken_ ? Growth::more : Growth::nothing;
}

std::vector<ChunkNote> GrowingFolder::take() {
  const std::vector<ChunkNote>& all = reader_.manifest().chunks;
  std::vector<ChunkNote> notes(all.begin() + static_cast<std::ptrdiff_t>(std::min(taken_, all.size())), all.end());
  taken_ = all.size();
  std::stable_sort(notes.begin(), notes.end(),
                   [](const ChunkNote& a, const ChunkNote& b) { return a.first_step < b.first_step; });
  return notes;
}

Result<RecordedChunk> GrowingFolder::read(const ChunkNote& note) const {
  return read_chunk(folder_, note, reader_.manifest().layers[note.layers]);
}

Result<std::optional<ChunkLoads>> GrowingFolder::loads(const ChunkNote& note) const {
  return loads_of_chunk(folder_, note, reader_.manifest().layers[note.layers]);
}

Result<RecordedChunk> GrowingFolder::read_step(const ChunkNote& note, std::int64_t step, std::uint64_t most_rows) {
  return steps_.read(note, reader_.manifest().layers[note.layers], step, most_rows);
}

std::int64_t GrowingFolder::tokens_beside(const ChunkNote& note, std::int64_t step) const {
  std::int64_t tokens = 0;
  for (const ChunkNote& one : reader_.manifest().chunks)
    if (one.rank == note.rank && one.first_step == step && one.last_step == step && one.file != note.file)
      tokens += one.tokens;
  return tokens;
}

RecordingHead GrowingFolder::head() const {
  RecordingHead head = reader_.manifest().head;
  if (!reader_.manifest().layers.empty()) head.layers = reader_.manifest().layers.back();
  return head;
}

}  // namespace switchyard
