#include "core/recordings/folder_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace switchyard {
namespace {

class FolderReader : public RecordingReader {
 public:
  FolderReader(std::filesystem::path folder, Manifest manifest)
      : folder_(std::move(folder)), manifest_(std::move(manifest)) {
    manifest_.head.layers = manifest_.layers.back();
    std::stable_sort(manifest_.chunks.begin(), manifest_.chunks.end(),
                     [](const ChunkNote& a, const ChunkNote& b) { return a.first_step < b.first_step; });
    for (const ChunkNote& note : manifest_.chunks) tokens_ += static_cast<double>(note.tokens);
  }

  std::string form() const override { return std::string(kRoutesFormat); }
  const RecordingHead& head() const override { return manifest_.head; }

  Result<std::optional<RecordedChunk>> next() override {
    while (next_ < manifest_.chunks.size()) {
      const ChunkNote& note = manifest_.chunks[next_];
      take(note);
      auto chunk = read_chunk(folder_, note, manifest_.layers[note.layers]);
      if (chunk) return std::optional(std::move(*chunk));
      if (unreadable_++ == 0) why_ = chunk.error().message;
    }
    return std::optional<RecordedChunk>();
  }

  Result<std::optional<ChunkLoads>> next_loads() override {
    while (next_ < manifest_.chunks.size()) {
      const ChunkNote& note = manifest_.chunks[next_];
      auto loads = loads_of_chunk(folder_, note, manifest_.layers[note.layers]);
      if (loads && !*loads) break;
      take(note);
      if (loads) return loads;
      if (unreadable_++ == 0) why_ = loads.error().message;
    }
    return std::optional<ChunkLoads>();
  }

  double read_share() const override { return tokens_ > 0 ? std::min(1.0, read_tokens_ / tokens_) : kMissing; }

  std::optional<std::int64_t> next_step() const override {
    if (next_ >= manifest_.chunks.size()) return std::nullopt;
    return manifest_.chunks[next_].first_step;
  }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (unreadable_ > 0)
      notes.push_back(fmt::format("{} of {} chunks cannot be read and are left out; the first: {}", unreadable_,
                                  manifest_.chunks.size(), why_));
    if (manifest_.dropped > 0)
      notes.push_back(fmt::format("who recorded it could not keep up and left out {} layers of micro-batches",
                                  manifest_.dropped));
    if (manifest_.passed_over > 0)
      notes.push_back(fmt::format("{} lines of its manifest say nothing and are passed over; the first: {}",
                                  manifest_.passed_over, manifest_.first_passed_over));
    if (manifest_.has_half_line)
      notes.push_back("its manifest ends in half a line: it is being written, or was cut");
    return notes;
  }

 private:
  void take(const ChunkNote& note) {
    ++next_;
    read_tokens_ += static_cast<double>(note.tokens);
  }

  std::filesystem::path folder_;
  Manifest manifest_;
  std::size_t next_ = 0, unreadable_ = 0;
  double tokens_ = 0, read_tokens_ = 0;
  std::string why_;
};

}  // namespace

Result<std::unique_ptr<RecordingReader>> open_routes_folder(const std::filesystem::path& folder) {
  ManifestReader manifest(folder);
  if (auto read = manifest.read(); !read) return read.error();
  return std::unique_ptr<RecordingReader>(std::make_unique<FolderReader>(folder, manifest.manifest()));
}

}  // namespace switchyard
