#include "app/files/text_offer.h"

#include <fmt/format.h>

#include <string_view>
#include <system_error>

#include "app/files/folder.h"
#include "app/files/typed_path.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/data/data_file.h"
#include "core/data/encoding.h"
#include "core/record/files/files.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;

constexpr int kMostCopies = 100;    // that are tried
constexpr std::size_t kStamp = 8;  // digits of the SHA-256

Error about(const fs::path& path, std::string_view why) {
  return usage_error(fmt::format("{} {}.", printable(path.filename().native()), why));
}

// Nothing: there is none. False: another one.
std::optional<bool> holds(const fs::path& path, const std::string& text) {
  std::error_code code;
  if (!fs::exists(path, code) && !code) return std::nullopt;
  if (fs::file_size(path, code) != text.size() || code) return false;
  const auto there = read_corpus_file(text_of_path(path.native()));
  return there && *there == text;
}

}  // namespace

fs::path texts_folder() { return default_runs_directory().parent_path() / "texts"; }

Result<std::optional<TextOffer>> examine_text(const fs::path& path) {
  const auto bytes = read_data_file(task_of_file(path), text_of_path(path.native()));
  if (!bytes) return bytes.error();
  const TextGuess guess = guess_encoding(*bytes);
  if (guess.is_utf8) return std::optional<TextOffer>();
  if (!guess.encoding) return about(path, "is " + guess.found);
  TextOffer offer;
  offer.path = path;
  offer.found = guess.found;
  offer.sample = std::string(telling_part(*bytes, guess));
  offer.encoding = static_cast<int>(guess.encoding - encodings().data());
  return std::optional(std::move(offer));
}

Result<fs::path> convert_copy(const TextOffer& offer) {
  const auto bytes = read_corpus_file(text_of_path(offer.path.native()));
  if (!bytes) return bytes.error();
  const auto text = to_utf8(*bytes, encodings()[static_cast<std::size_t>(offer.encoding)]);
  if (!text) return about(offer.path, text.error().message);
  if (text->empty()) return about(offer.path, "holds nothing but a byte order mark");
  if (text->size() > kMaxCorpusBytes)
    return about(offer.path, fmt::format("takes {} in UTF-8, and at most {} are read", size_text(text->size()),
                                         size_text(kMaxCorpusBytes)));
  const fs::path folder = offer.beside ? offer.path.parent_path() : texts_folder();
  const std::string stem = offer.path.stem().native(), ending = offer.path.extension().native();
  std::string name = stem + ".utf8";
  if (!offer.beside) {
    name = safe_file_name(printable(stem));
    name += (name.empty() ? "" : "-") + fingerprint(*text).sha256.substr(0, kStamp);
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) return failure(fmt::format("{} cannot be made: {}.", printable(folder.native()), code.message()));
  }
  for (int i = 1; i <= kMostCopies; ++i) {
    const bool keeps_ending = offer.beside || task_of_file(offer.path) == TaskKind::clusters;
    const fs::path copy =
        folder / (name + (i == 1 ? "" : fmt::format("-{}", i)) + (keeps_ending ? ending : ".txt"));
    const std::optional<bool> same = holds(copy, *text);
    if (same && !*same) continue;
    if (!same)
      if (const auto written = replace_file(copy, *text); !written) return written.error();
    return copy;
  }
  return failure(fmt::format("{} has {} copies of this name.", printable(typed_of_path(folder)), kMostCopies));
}

}  // namespace switchyard::app
