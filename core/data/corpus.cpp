#include "core/data/corpus.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/data/bigram.h"
#include "core/base/utf8.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

Error refuse(const std::string& path, std::string_view why) {
  return usage_error(fmt::format("corpus {}: {}", path, why));
}

// Everything that can be known before a byte is read; the size decides whether any will be.
Result<std::size_t> check_file(const std::string& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (status.type() == fs::file_type::not_found) return refuse(path, "no such file");
  if (code) return refuse(path, code.message());
  if (status.type() == fs::file_type::directory) return refuse(path, "is a folder, not a text file");
  if (status.type() != fs::file_type::regular) return refuse(path, "is not a regular file");
  const std::uintmax_t size = fs::file_size(path, code);
  if (code) return refuse(path, code.message());
  if (size == 0) return refuse(path, "is empty");
  if (size > kMaxCorpusBytes)
    return refuse(path, fmt::format("has {} bytes; at most {} ({} MiB) are read", size, kMaxCorpusBytes,
                                    kMaxCorpusBytes >> 20));
  return static_cast<std::size_t>(size);
}

Result<std::string> read_file(const std::string& path) {
  const Result<std::size_t> size = check_file(path);
  if (!size) return size.error();
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return refuse(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  std::string bytes(*size, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad()) return refuse(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  bytes.resize(static_cast<std::size_t>(file.gcount()));  // it may have shrunk meanwhile
  return bytes;
}

// Code points with a byte order mark and the CR of CRLF gone.
Result<std::u32string> decode_file(const std::string& path, std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return refuse(path, "is UTF-16; save it as UTF-8");
  if (const std::size_t zero = bytes.find('\0'); zero != std::string_view::npos)
    return refuse(path, fmt::format("is binary, not text: byte {} is zero", zero));
  DecodedText decoded = decode_utf8(bytes);
  if (decoded.bad_byte)
    return refuse(path, fmt::format("is not valid UTF-8: bad byte 0x{:02X} at offset {}",
                                    static_cast<unsigned char>(bytes[*decoded.bad_byte]), *decoded.bad_byte));
  std::u32string& text = decoded.text;
  std::size_t kept = 0;
  for (std::size_t i = text.starts_with(U'\uFEFF') ? 1 : 0; i < text.size(); ++i)
    if (!(text[i] == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n')) text[kept++] = text[i];
  text.resize(kept);
  return std::move(text);
}

// The last tenth, rounded up, validates.
std::size_t training_share(std::size_t characters) { return characters - (characters + 9) / 10; }

std::vector<std::uint16_t> to_tokens(const Vocabulary& vocabulary, std::u32string_view text) {
  std::vector<std::uint16_t> tokens(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) tokens[i] = static_cast<std::uint16_t>(vocabulary.id(text[i]));
  return tokens;
}

Result<std::shared_ptr<const Corpus>> load_file(const std::string& path, std::int64_t context) {
  std::u32string text;
  {
    Result<std::string> bytes = read_file(path);
    if (!bytes) return bytes.error();
    Result<std::u32string> decoded = decode_file(path, *bytes);
    if (!decoded) return decoded.error();
    text = std::move(*decoded);
  }
  // Validation, ceil(n / 10) characters, must hold a sequence and its last target: context + 1.
  const auto least = static_cast<std::size_t>(10 * context + 1);
  if (text.size() < least)
    return refuse(
        path, fmt::format("has {} characters; a context of {} needs at least {}", text.size(), context, least));

  auto corpus = std::make_shared<Corpus>();
  corpus->name = path;
  const std::size_t cut = training_share(text.size());
  corpus->vocabulary = Vocabulary::from_text(text.substr(0, cut), text);
  corpus->train.tokens = to_tokens(corpus->vocabulary, std::u32string_view(text).substr(0, cut));
  corpus->validation.tokens = to_tokens(corpus->vocabulary, std::u32string_view(text).substr(cut));
  corpus->bigram_loss = bigram_loss(corpus->train.tokens, corpus->validation.tokens, corpus->vocabulary.size());
  return std::shared_ptr<const Corpus>(std::move(corpus));
}

}  // namespace

Result<std::shared_ptr<const Corpus>> load_corpus(const std::string& name, std::int64_t context) {
  if (name != "stories") return load_file(name, context);
  std::shared_ptr<const Corpus> corpus = stories_corpus();
  if (static_cast<std::int64_t>(corpus->validation.tokens.size()) <= context)
    return usage_error(
        fmt::format("corpus stories: context = {} is longer than its validation text, {} characters", context,
                    corpus->validation.tokens.size()));
  return corpus;
}

}  // namespace switchyard
