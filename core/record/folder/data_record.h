// What a record says of its data, and how a run starts again on the same: its text is found from anywhere, and
// told from every other by size and SHA-256.
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
// Of points name, examples and outputs alone.
Json data_json(const DataInfo& data);

// A file given to --config or dropped on the window: knobs, or the config.json of a run.
struct RecordedConfig {
  Config config;
  std::string file;                   // as it was given
  bool names_corpus = false;          // it says which text; else `config` has its base's
  std::optional<Fingerprint> source;  // of that text, if the file records a run
};
// Errors as read_config_file; usage too where "data" is not what data_json writes.
Result<RecordedConfig> read_recorded_config(const std::filesystem::path& file, const Config& base);

// Its corpus, found: as Config::corpus holds it. A relative name is looked for in the file's folder, so that a
// record means the same from anywhere, then in the current one; an absolute one that is gone, by its name beside
// the file; then what is kept of it with the run and beside it (kept_text.h). Of several the first that is the
// text of the record; `notes`, where given, say what was passed over before it. usage: it is at none of these
// places (all are named, with size and SHA-256), or each is another text than the record's (both fingerprints are
// named).
Result<std::string> find_corpus(const RecordedConfig& recorded, std::vector<std::string>* notes = nullptr);

// A sentence where `corpus`, chosen in place of the recorded text, is another; empty where it is the same or
// nothing is recorded. usage: it cannot be read.
Result<std::string> note_of_another_text(const RecordedConfig& recorded, const std::string& corpus);

}  // namespace switchyard
