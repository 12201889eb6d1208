// What lies in a folder, as a chooser shows it; and what only a look into an entry tells.
//
// Thread safety: values; the functions read the file system and may wait for it as long as it likes, so they
// belong to a thread of their own (folder_reader.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"

namespace switchyard::app {

enum class EntryKind {
  folder,
  run,        // a folder with the record of a run
  recording,  // a folder with a recording of another program's, in the canonical form
  file,
  settings,  // .json
  weights,   // .safetensors
  other      // a device, a socket, a link to nothing
};

struct FolderEntry {
  std::string name;   // bytes
  std::string shown;  // printable
  EntryKind kind = EntryKind::other;
  std::uint64_t bytes = 0;          // of a file
  std::int64_t changed_unix_s = 0;  // of a run: of its rows
  std::filesystem::path in;         // where it lies, where that is not the folder that is listed
};
inline bool is_folder(EntryKind kind) {
  return kind == EntryKind::folder || kind == EntryKind::run || kind == EntryKind::recording;
}

struct Folder {
  static constexpr std::size_t kMost = 200'000;

  std::filesystem::path path;
  std::vector<FolderEntry>
      entries;  // folders first, then by name: "part 2" before "part 10", without regard to case
  std::vector<std::uint32_t> by_age;  // the same, folders first, then the newest
  std::string problem;                // a sentence: why nothing is here, or not all
  std::string characters;             // of all names, beyond ASCII, each once
  bool whole = false;                 // all has been read
};

// Tells what was found so far now and then, with all of it last. `tell` says whether anybody still wants to know.
void read_folder(const std::filesystem::path& path, const std::function<bool(Folder)>& tell);
// These paths as a list, in their order; those that are gone are left out.
Folder read_places(const std::vector<std::filesystem::path>& paths);

// What a look into an entry tells.
struct EntryLook {
  bool is_binary = false;  // of a file: its begin is no text of any kind
  // Of a run:
  bool is_run = false, is_running = false;
  std::string corpus;
  std::string called{};  // where it has a name beside its folder's
  std::int64_t steps = 0;
  double val_loss = kMissing;
};
EntryLook look_into(const std::filesystem::path& path, EntryKind kind);

// "214 B", "12.3 kB", "1.4 GB".
std::string size_text(std::uint64_t bytes);

}  // namespace switchyard::app
