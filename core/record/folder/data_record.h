// What a record says of its data, and how a run starts again on the same: its file, a text or points, is found
// from anywhere, and told from every other by size and SHA-256.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/records.h"
#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

// "data" of config.json and of the weights' metadata; it names no folder:
//   { "name": "book.txt", "bytes": 9021, "sha256": "9f86...", "examples": 9021, "outputs": 61,
//   "distinct_characters": 61,
//     "unknown": { "kinds": 0, "train_share": 0.0, "validation_share": 0.0, "nats": 0.0 } }
// Of points without what is of characters; of a file of them also "axes", "centre" and "spread", a value a
// coordinate: the model gets (own - centre) / spread. Of drawn ones name, examples and outputs alone.
Json data_json(const DataInfo& data);

// A file given to --config or dropped on the window: knobs, or the config.json of a run. Or the same as a text,
// that lies nowhere: of a command line, or pasted.
struct RecordedConfig {
  Config config;
  std::string file;  // as it was given; of a text what messages call it
  bool is_text = false;
  std::vector<std::filesystem::path> runs{};  // of a text: directories of runs, whose kept texts may be its own
  bool names_data = false;            // it says which file its task learns from; else `config` has its base's
  std::optional<Fingerprint> source;  // of that file, if this one records a run
  const std::string& data_file() const { return config.*data_knob(config.task).file; }
};
// Errors as read_config_file; usage too where "data" is not what data_json writes.
Result<RecordedConfig> read_recorded_config(const std::filesystem::path& file, const Config& base);
// `called`: what messages call it. Its data are looked for in the current folder and among what those directories
// keep.
Result<RecordedConfig> recorded_config_of(const Json& json, const Config& base, const std::string& called,
                                          std::vector<std::filesystem::path> runs);

// Its text or points, found: as the data_knob() of its task holds it. A relative name is looked for in the file's
// folder, so that a record means the same from anywhere, then in the current one; an absolute one that is gone, by
// its name beside the file; then what is kept of it with the run and beside it (kept_text.h). Of several the first
// that is the one of the record; `notes`, where given, say what was passed over before it. usage: it is at none of
// these places (all are named, with size and SHA-256), or each is another than the record's (both fingerprints are
// named).
Result<std::string> find_data_file(const RecordedConfig& recorded, std::vector<std::string>* notes = nullptr);

// A sentence where `name`, chosen in place of the recorded file, is another; empty where it is the same or
// nothing is recorded. usage: it cannot be read.
Result<std::string> note_of_another_file(const RecordedConfig& recorded, const std::string& name);

}  // namespace switchyard
