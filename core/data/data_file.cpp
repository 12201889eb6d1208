#include "core/data/data_file.h"

#include <fmt/format.h>
#include <nettle/sha2.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/base/file_name.h"
#include "core/base/printable.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

// Everything that can be known before a byte is read; the size decides whether any will be.
Result<std::size_t> check_file(TaskKind task, const std::string& name, const fs::path& path) {
  const bool is_text = task == TaskKind::language;
  const std::size_t most = is_text ? kMaxCorpusBytes : kMaxPointsBytes;
  const auto refuse = [&](std::string_view why) { return refuse_file(task, name, why); };
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (status.type() == fs::file_type::not_found || path.native().find('\0') != std::string::npos)
    return refuse("no such file");
  if (code) return refuse(code.message());
  if (status.type() == fs::file_type::directory)
    return refuse(is_text ? "is a folder, not a text file" : "is a folder, not a CSV file");
  if (status.type() != fs::file_type::regular) return refuse("is not a regular file");
  const std::uintmax_t size = fs::file_size(path, code);
  if (code) return refuse(code.message());
  if (size == 0) return refuse("is empty");
  if (size > most)
    return refuse(fmt::format("has {} bytes; at most {} ({} MiB) are read", size, most, most >> 20));
  return static_cast<std::size_t>(size);
}

}  // namespace

TaskKind task_of_file(const std::filesystem::path& path) {
  std::string ending = path.extension().native();
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return ending == ".csv" || ending == ".tsv" ? TaskKind::clusters : TaskKind::language;
}

Error refuse_file(TaskKind task, const std::string& name, std::string_view why) {
  return usage_error(fmt::format("{} {}: {}", data_knob(task).key, printable(path_of_text(name).native()), why));
}

Fingerprint fingerprint(std::string_view bytes) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  std::string text;
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return {bytes.size(), std::move(text)};
}

bool is_sha256(std::string_view text) {
  return text.size() == std::size_t{2} * SHA256_DIGEST_SIZE &&
         text.find_first_not_of("0123456789abcdef") == text.npos;
}

Result<std::string> read_data_file(TaskKind task, const std::string& name) {
  const fs::path path = path_of_text(name);
  const Result<std::size_t> size = check_file(task, name, path);
  if (!size) return size.error();
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return refuse_file(task, name, fmt::format("cannot be opened: {}", std::strerror(errno)));
  std::string bytes(*size, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad()) return refuse_file(task, name, fmt::format("cannot be read: {}", std::strerror(errno)));
  bytes.resize(static_cast<std::size_t>(file.gcount()));  // it may have shrunk meanwhile
  return bytes;
}

}  // namespace switchyard
