// A text that is not UTF-8, and the offer to convert a copy of it. The original is never touched.
//
// Thread safety: values; what reads and writes files may wait for a disk and belongs to a thread of its own.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/data/data_file.h"

namespace switchyard::app {

struct TextOffer {
  std::filesystem::path path;  // empty: nothing is offered
  std::string found;           // what it is: "UTF-16, little endian, with a byte order mark"
  std::string sample;          // bytes that show how it reads
  int encoding = 0;            // among encodings(): first what it seems to be, then what somebody chose
  bool beside = false;         // the copy lies beside it; else in texts_folder()

  // The window's.
  bool wants = false, converting = false;
  std::string problem;  // a sentence: why it was not converted
  std::string reads;    // the sample, in the encoding chosen
  int reads_as = -1;
  bool just_opened = true;
};

// Where copies lie that nobody wants beside the original: $XDG_DATA_HOME/switchyard/texts.
std::filesystem::path texts_folder();
// What is offered; nothing where the text can be read as it is. usage: it cannot be read, or is no text of any
// kind.
Result<std::optional<TextOffer>> examine_text(const std::filesystem::path& path);
// Points are text too. "book.utf8.txt" beside "book.txt"; in texts_folder() its own name with the begin of its
// SHA-256: the same text is there once. What is there already is never written over. Errors as to_utf8(), and of
// writing.
Result<std::filesystem::path> convert_copy(const TextOffer& offer);

}  // namespace switchyard::app
