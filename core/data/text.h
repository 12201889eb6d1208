// Bytes as the text a model reads. A corpus, a dropped file, `route --text` and a prompt all come through here, so
// that a model meets in use what it met in training.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace switchyard {

// Whether the bytes are text: usage as of text_from_bytes.
Result<void> check_text(std::string_view bytes);

// The code points of UTF-8 bytes; a byte order mark at the start is dropped, CR LF is one newline. usage, as a
// sentence without its subject ("is not valid UTF-8: ..."): UTF-16, zero bytes, invalid UTF-8 with the offset of
// the first bad byte.
Result<std::u32string> text_from_bytes(std::string_view bytes);

}  // namespace switchyard
