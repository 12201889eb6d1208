// Where runs live, and how one of them takes a folder for itself: of two that want the same one at the same moment
// exactly one gets it, by mkdir or, where an empty folder is there already, by the first file made in it. It holds
// the folder (run_lock.h) as long as the place lives.
//
// A run's id is a text like the name of a default folder, and that name where it lies in one; it stays the same when
// the folder is renamed.
//
// Thread safety: a place belongs to one thread. Errors: usage, naming the folder and the reason.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/record/files/files.h"
#include "core/record/folder/run_lock.h"

namespace switchyard {

inline constexpr const char* kMetricsFile = "metrics.csv";
// What is recorded line by line, in this order everywhere. events.jsonl is in every run's folder, the others where
// they are wanted.
inline constexpr std::array<const char*, 3> kRunFileNames{kMetricsFile, "routing.jsonl", "events.jsonl"};
inline constexpr const char* kEventsFile = kRunFileNames[2];
// The folder of a run holds one of these at least; the first that is there says when its last step was written.
inline constexpr std::array<const char*, 3> kRunMarks{kMetricsFile, "tape.sqlite", kEventsFile};
bool is_run_mark(std::string_view file);
// When a run's folder was last written to, by its marks; nothing: it is none. `at`: what a relative name begins
// at, a folder's descriptor or AT_FDCWD.
std::optional<std::int64_t> run_changed_unix_s(int at, const std::string& folder);

class RunPlace {
 public:
  // Makes the folder and those above it, and an empty events.jsonl in it, which says that it is taken. usage: it
  // is there and not empty, not a folder, not writable.
  static Result<RunPlace> claim(const std::filesystem::path& path);
  // A run's folder that is there, to go on in it. usage: it is missing, or another process holds it, which is named.
  static Result<RunPlace> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  // Whether its run learns on: of one that has ended, others hear that nobody records it (run_lock.h).
  void record(bool records) const { lock_.record(records); }
  // The file that took the folder, once.
  AppendFile take_events() { return std::move(events_); }

  // Whether its name still stands for the folder that was taken.
  bool is_in_place() const;
  // Takes the folder anew where it was removed or renamed; one beside it, with a name of its own, where another
  // has its name by now.
  Result<void> restore();

 private:
  RunPlace(std::filesystem::path path, AppendFile events, RunLock lock);

  std::filesystem::path path_;
  FileIdentity identity_;  // of the folder, behind a symbolic link
  AppendFile events_;
  RunLock lock_;
};

// $XDG_DATA_HOME/switchyard/runs, or ~/.local/share/switchyard/runs.
std::filesystem::path default_runs_directory();
// A name like 20261128T151200Z-stories-x7k2mq: when (UTC), the label, and letters that nobody can foresee, so that runs
// begun in one second are apart. Whatever is not a letter, digit, dot or dash in `label` becomes a dash; of a path the
// file's stem is taken.
std::string new_run_name(std::string_view label);
bool is_run_name(std::string_view text);
// Such a name in `directory` that nobody has.
std::filesystem::path new_run_folder(const std::filesystem::path& directory, std::string_view label);
// Of a run that begins in this folder: its name, where that is such a name, or a new one.
std::string new_run_id(const std::filesystem::path& folder, std::string_view label);
// Where the next model's run goes: beside a default folder, another of the id's name; beside a folder DIR that somebody
// named, the first free of DIR-2, DIR-3, ...
std::filesystem::path sibling_folder(const std::filesystem::path& first, const std::string& id);

}  // namespace switchyard
