// Bytes of unknown origin (a file's name, a word of the command line) as text that a terminal, a log or the window
// may be given: one line of valid UTF-8 that controls nothing. Messages hold such bytes as they are; where they
// leave the program they pass through here.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace switchyard {

// Escaped are bytes that are not UTF-8 (\xe9), control characters (\n, \r, \t, \x1b, \x9b), and characters that
// move or turn what stands beside them: line and paragraph separators, marks of direction, spaces without width
// (\u202e). All other text stays as it is, backslashes too: it is for reading, not for reading back.
std::string printable(std::string_view bytes);

// Whether printable() would change nothing.
bool is_printable(std::string_view bytes);

}  // namespace switchyard
