// The file of a text: found, read, and told from every other by its fingerprint.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/text_facts.h"

namespace switchyard {

inline constexpr std::size_t kMaxCorpusBytes = std::size_t{128} << 20;
// A text up to so many bytes is kept with the runs that learn from it (core/record/folder/kept_text.h).
inline constexpr std::size_t kMaxKeptTextBytes = std::size_t{16} << 20;

Fingerprint fingerprint(std::string_view bytes);
// Whether it is one as Fingerprint holds it.
bool is_sha256(std::string_view text);

// `corpus` as in Config::corpus. usage, naming it: missing, a folder, not a regular file, empty, over
// kMaxCorpusBytes, unreadable.
Result<std::string> read_corpus_file(const std::string& corpus);

}  // namespace switchyard
