// manifest.jsonl of the canonical form switchyard-routes/2: what a recording has, a line a finished chunk.
//
//   {"format": "switchyard-routes/2", "layers": [{"id": 0, "block": "decoder", "n_experts": 8, "k": 2}, …],
//    "order": "gate" | "id", "vocabulary"?: 50257, "model"?: "text", "after_dropping"?: true}     the first line
//   {"layers": […]}                                                       where N or k change, for the chunks
//   behind it
//   {"file": "chunk-r000-000001.safetensors", "rank": 0, "first_step": 1, "last_step": 8, "wall_s"?: 12.5,
//    "tokens": 16384, "loss"?: 3.25}
//
// Keys that are not known are passed over, as are lines that are no line of these; the latter are counted. Half a
// line at the end is one that is still being written, or was cut. A file that is read again goes on where it was;
// one that was cut, begun anew or replaced is read from its start.
//
// Thread safety: an object belongs to one thread. Errors: usage, naming file, line and key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/record/files/files.h"
#include "core/recordings/recording.h"

namespace switchyard {

inline constexpr std::string_view kRoutesFormat = "switchyard-routes/2", kManifestName = "manifest.jsonl";
inline constexpr std::size_t kMostChunks = 1'000'000;

struct ChunkNote {
  std::string file;  // a name in the folder
  std::int32_t rank = 0;
  std::int64_t first_step = 0, last_step = 0, tokens = 0;
  double wall_s = kMissing, loss = kMissing;
  std::size_t layers = 0;                          // index into Manifest::layers
  std::int64_t void_from = kMostRecordedStep + 1;  // its steps from here on are void
};

struct Manifest {
  RecordingHead head;
  std::vector<std::vector<RecordedLayer>> layers;  // of the head first, then as they changed
  std::vector<ChunkNote> chunks;                   // in the order they were announced
  std::int64_t dropped = 0;                        // layers in a micro-batch that the recorder itself left out
  std::int64_t went_back = 0;                      // how often some rank said that steps of its are void
  std::int64_t passed_over = 0;                    // lines that say nothing here
  std::string first_passed_over;                   // why the first of them says nothing
  bool has_half_line = false;
};

// The first line, and a list of layers: also of other forms that name them the same way. where: "FILE, line 3".
Result<RecordingHead> head_of(const Json& line, const std::string& where);
Result<std::vector<RecordedLayer>> layers_of(const Json& list, const std::string& where);

class ManifestReader {
 public:
  explicit ManifestReader(const std::filesystem::path& folder) : path_(folder / kManifestName) {}

  // What is there now. usage: it cannot be read, or its first line is not one.
  Result<void> read();
  const Manifest& manifest() const { return manifest_; }
  // How often the file was found to be another one, or shorter: what was read before it is void.
  std::int64_t restarts() const { return restarts_; }

 private:
  bool is_same_file() const;
  Result<void> take(std::string_view line);

  std::filesystem::path path_;
  Manifest manifest_;
  std::optional<FileIdentity> identity_;
  std::uint64_t read_ = 0;  // bytes that are understood
  std::int64_t lines_ = 0;
  std::map<std::int64_t, std::int64_t> voids_;  // how often a rank went back
  std::string last_bytes_;  // before read_: whether the file is still that one
  std::int64_t restarts_ = 0;
};

}  // namespace switchyard
