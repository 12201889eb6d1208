// about.json of a run folder: what people say of a run, beside what it is (run_description.h).
//
//   name      what it is called: "Top-k: 2 to 1"
//   preset    title of the preset it began from
//
// Neither has to be there, and a folder without the file is a run like any other. It may be written at any time,
// by whoever holds the run or not: it is replaced whole.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace switchyard {

inline constexpr const char* kRunNoteFile = "about.json";
inline constexpr std::size_t kMostNoteText = 200;  // bytes of each; what is longer is cut between characters

struct RunNote {
  std::string name{}, preset{};  // UTF-8; empty: nobody said
  bool operator==(const RunNote&) const = default;
};

// What is missing, damaged or of another form says nothing.
RunNote read_run_note(const std::filesystem::path& folder);
// Members that this version does not know stay. usage: the folder holds
// no run, or that of another id (empty: of any). failure: it cannot be written; what was there stays.
Result<void> write_run_note(const std::filesystem::path& folder, const std::string& id, const RunNote& note);

}  // namespace switchyard
