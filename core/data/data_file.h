// A file that is learned from, a text or points: found, read, and told from every other by its fingerprint.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/text_facts.h"
#include "core/config/config.h"

namespace switchyard {

inline constexpr std::size_t kMaxCorpusBytes = std::size_t{128} << 20;
inline constexpr std::size_t kMaxPointsBytes = std::size_t{64} << 20;
// A file up to so many bytes is kept with the runs that learn from it (core/record/folder/kept_text.h).
inline constexpr std::size_t kMaxKeptTextBytes = std::size_t{16} << 20;

Fingerprint fingerprint(std::string_view bytes);
// Whether it is one as Fingerprint holds it.
bool is_sha256(std::string_view text);

// By its name: what ends in .csv or .tsv is points, everything else a text.
TaskKind task_of_file(const std::filesystem::path& path);

// "corpus book.txt: why"; `name` as in the task's data_knob().
Error refuse_file(TaskKind task, const std::string& name, std::string_view why);
// usage, naming it: missing, a folder, not a regular file, empty, over kMaxCorpusBytes or kMaxPointsBytes,
// unreadable.
Result<std::string> read_data_file(TaskKind task, const std::string& name);
inline Result<std::string> read_corpus_file(const std::string& corpus) {
  return read_data_file(TaskKind::language, corpus);
}

}  // namespace switchyard
