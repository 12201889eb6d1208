// Names of files as text. On disk a name is bytes; settings, records and the window hold text. A name that is
// printable stands for itself; any other is a URI (RFC 8089) with its bytes percent-encoded, and so reads back to
// the same bytes:
//
//   /home/u/book.txt    ->  /home/u/book.txt
//   /home/u/caf\xe9.txt ->  file:/home/u/caf%E9.txt
//
// A printable name that begins with "file:" is taken for such a URI; a file really called so is named ./file:...
//
// Thread safety: pure functions; absolute_text reads the current folder.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace switchyard {

std::string text_of_path(std::string_view path);
std::filesystem::path path_of_text(std::string_view text);

// The same file from any folder; the text itself where the current folder is not known.
std::string absolute_text(std::string_view text);

// The last part, printable: all that is shown of a file outside the record of its own run.
std::string name_of_file(std::string_view text);

// The name of a file made for what somebody typed: letters of every language, digits, dots, dashes and underscores
// stay, anything else is a dash; no dot or dash at its begin, at most 60 bytes. Empty where nothing is left.
std::string safe_file_name(std::string_view text);

}  // namespace switchyard
