// The texts that runs learn from, and the files of points, kept with them, so that a run folder can be carried to
// another machine.
//
//   RUN/text/NAME      the bytes the run learns from, under the name of their file; for reading alone
//   RUNS/.texts/SHA256 the same file (a hard link): kept once for all runs of a directory
//
// Where a file system has no hard links, or the text lies on another one, a run has a copy of its own. Texts
// beyond kMaxKeptTextBytes are not kept: of them a record has size and SHA-256.
//
// Several processes at once: a name in .texts is another name of some run's own copy from its first moment on, so
// that one without a run is known by its count of links; and what one process removes another has under its own
// name, or writes again. Who reads a kept text checks its fingerprint (data_record.h).
//
// Thread safety: pure functions of the file system.
#pragma once

#include <filesystem>
#include <string_view>

#include "core/base/result.h"
#include "core/base/text_facts.h"

namespace switchyard {

// The directory that a run lies in.
std::filesystem::path runs_of(const std::filesystem::path& run);

// `name`: of the text's file, without its folders.
std::filesystem::path own_text(const std::filesystem::path& run, const std::filesystem::path& name);
// Of that directory.
std::filesystem::path shared_text(const std::filesystem::path& run, const Fingerprint& print);

// The text is there, whole, as `bytes`, of which `print` is; a damaged one is replaced. failure: it cannot be
// written.
Result<void> keep_text(const std::filesystem::path& run, const std::filesystem::path& name,
                       const Fingerprint& print, std::string_view bytes);

// Removes the texts that no run of the directory has any more.
void remove_unused_texts(const std::filesystem::path& runs);

}  // namespace switchyard
