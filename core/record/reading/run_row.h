// A run as a row of its directory's index: what its folder was, and what it was read as. Which rows are believed
// and which written: run_index.h.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/record/reading/run_summary.h"
#include "core/record/tape/bytes.h"

namespace switchyard {

// Which file it is and since when as it is; all zero: none.
struct FileStamp {
  std::uint64_t inode = 0, bytes = 0;
  std::int64_t changed_s = 0, changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

// Of all that a summary is read from.
struct RunStamps {
  FileStamp folder, config, note, metrics, tape, checkpoints, newest;
  bool operator==(const RunStamps&) const = default;
};

// Of the run NAME in a directory that is open; `newest` is of what it was read as.
RunStamps stamps_of(int directory, const std::string& name);
FileStamp newest_stamp(int directory, const std::string& name, const RunSummary& run);

struct RunRow {
  RunStamps stamps;
  std::optional<RunSummary> run;  // nothing: no run
};

Bytes encode_row(const RunRow& row);
// Nothing: it is damaged, or of another version of the program.
std::optional<RunRow> decode_row(std::span<const std::byte> bytes, const std::filesystem::path& folder);

// Whether it may be remembered: everything was at rest this many seconds before `now`, and nothing was missing
// that a reader may have been unable to read for a moment.
bool may_be_kept(const RunRow& row, std::int64_t now_unix_s, std::int64_t rest_s);

}  // namespace switchyard
