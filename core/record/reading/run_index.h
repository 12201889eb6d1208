// DIRECTORY/index.sqlite: a row for each folder of a directory of runs, so that those that have not changed need
// not be read again. It only remembers: deleted at any time it is made anew; damaged or of an earlier
// format too; of a later one it is left to that version. Read-only or held by others, lists are as right without
// it, and slower.
//
//   runs   name (the folder's), row (what it was, and what it was read as), sum (XXH3 of both)
//
// A row is believed where inode, size and ctime of the folder, its config.json, about.json, metrics.csv, tape,
// checkpoints/ and newest checkpoint are those of the moment before it was read. The system sets the ctime at
// every write, rename, link and change of rights, and no program can set it back; what changed within its
// resolution is not remembered, for a row is written only where all had been at rest for kRest_s. So a run that
// learns has none, nor one without a step of its own. Whether somebody records a run is asked each time. A row of
// another version of the program, or whose sum is wrong, is none.
//
// Several processes and threads may each have one: rows are written some hundred at a time, and who would have to
// wait longer than kBusy_ms for another lets them be. What a kill tears is made anew.  A database that is another
// program's is left alone.
//
// Thread safety: belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/record/reading/run_summary.h"

namespace switchyard {

inline constexpr const char* kIndexFile = "index.sqlite";

class RunIndex {
 public:
  static constexpr std::int64_t kRest_s = 3;  // a file system may count in steps of two
  static constexpr int kBusy_ms = 100;
  static constexpr std::size_t kBatch = 256, kMostRowBytes = std::size_t{64} << 10;
  static constexpr std::uintmax_t kMostBytes = std::uintmax_t{256} << 20;  // of the file

  // later_s: how much later it is than the clock says, for tests that do not wait.
  explicit RunIndex(const std::filesystem::path& directory, std::int64_t later_s = 0);
  // Writes what is new.
  ~RunIndex();
  RunIndex(const RunIndex&) = delete;
  RunIndex& operator=(const RunIndex&) = delete;

  // Names in the directory that may be folders of runs.
  std::vector<std::string> folders() const;
  // When the last row of a run was written, as RunSummary::changed_unix_s; below 0: it is no run.
  std::int64_t changed_unix_s(const std::string& name) const;
  // The run in this folder, from its row or read anew; nothing: it is none. A row with less than is asked for is
  // none; one with more gives more.
  std::optional<RunSummary> read(const std::string& name, RunDetail detail = RunDetail::glance);
  // Rows of folders that are not among these are forgotten.
  void keep_only(std::vector<std::string> names);

  // Folders that were read, not taken from their rows: for tests and measurements.
  std::size_t read_anew() const { return read_anew_; }

 private:
  struct Rows;
  struct New {
    std::string name;
    std::vector<std::byte> row;
  };
  // Where there is one that can be used.
  bool open(bool make);
  std::optional<std::vector<std::byte>> find(const std::string& name);
  void write();
  // It cannot be used any more; a damaged one of ours goes.
  void give_up(bool damaged);

  std::filesystem::path directory_, file_;
  std::int64_t later_s_ = 0;
  int folder_ = -1;  // the directory, open
  std::unique_ptr<Rows> rows_;
  bool tried_ = false, unusable_ = false;
  bool made_anew_ = false;
  std::vector<New> new_;
  std::size_t read_anew_ = 0;
};

}  // namespace switchyard
