#include "core/record/tape/blob.h"

#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

namespace switchyard {
namespace {

constexpr int kLevel = 1;  // of zstd
constexpr std::uint32_t kCompressed = 1;
constexpr std::size_t kSealBytes = 24, kLeastToCompress = 128;
constexpr std::array kKnownKinds{BlobKind::figures, BlobKind::counts, BlobKind::look,  BlobKind::tokens,
                                 BlobKind::points,  BlobKind::event,  BlobKind::facts, BlobKind::cut,
                                 BlobKind::summary, BlobKind::ranks};

// Memory is taken as content comes, whatever the frame claims.
Result<Bytes> inflated(std::span<const std::byte> from, std::size_t size) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  Bytes content;
  ZSTD_inBuffer in{from.data(), from.size(), 0};
  while (content.size() < size) {
    const std::size_t before = content.size();
    content.resize(std::min(size, std::max(2 * before, 16 * from.size() + ZSTD_DStreamOutSize())));
    ZSTD_outBuffer out{content.data(), content.size(), before};
    const std::size_t code = ZSTD_decompressStream(context.get(), &out, &in);
    content.resize(out.pos);
    if (ZSTD_isError(code) || out.pos == before) return usage_error("its compressed content is damaged");
  }
  return content;
}

}  // namespace

std::uint64_t checksum_of(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Bytes seal(BlobKind kind, std::span<const std::byte> content, std::uint16_t version) {
  Bytes packed;
  std::uint32_t flags = 0;
  if (content.size() >= kLeastToCompress) {
    packed.resize(ZSTD_compressBound(content.size()));
    const std::size_t got = ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), kLevel);
    if (!ZSTD_isError(got) && got < content.size() - content.size() / 20) {
      packed.resize(got);
      flags = kCompressed;
    }
  }
  const std::span<const std::byte> stored = flags ? std::span<const std::byte>(packed) : content;
  ByteWriter head;
  head(static_cast<std::uint16_t>(kind));
  head(version);
  head(flags);
  head(static_cast<std::uint64_t>(content.size()));
  head(checksum_of(stored));
  Bytes blob = head.take();
  blob.resize(kSealBytes + stored.size());
  std::copy(stored.begin(), stored.end(), blob.begin() + kSealBytes);
  return blob;
}

Result<Unsealed> unseal(std::span<const std::byte> blob) {
  if (blob.size() < kSealBytes) return usage_error("it is too short");
  ByteReader head(blob.first(kSealBytes));
  Unsealed made;
  std::uint32_t flags = 0;
  std::uint64_t size = 0, checksum = 0;
  head(made.kind), head(made.version), head(flags), head(size), head(checksum);
  const std::span<const std::byte> stored = blob.subspan(kSealBytes);
  if (checksum_of(stored) != checksum) return usage_error("it is damaged");
  made.is_known = std::any_of(kKnownKinds.begin(), kKnownKinds.end(), [&](BlobKind kind) {
    return made.kind == static_cast<std::uint16_t>(kind) && made.version <= version_of(kind);
  });
  if (!made.is_known) return made;
  if (size > kMostBlobBytes) return usage_error(fmt::format("its content would be {} bytes", size));
  if (flags & ~kCompressed) return usage_error("its flags are not known");
  if (!(flags & kCompressed)) {
    if (stored.size() != size) return usage_error("it has not as many bytes as it says");
    made.content.assign(stored.begin(), stored.end());
    return made;
  }
  auto content = inflated(stored, static_cast<std::size_t>(size));
  if (!content) return content.error();
  made.content = std::move(*content);
  return made;
}

Result<Bytes> unseal_as(BlobKind kind, std::span<const std::byte> blob) {
  auto made = unseal(blob);
  if (!made) return made.error();
  if (made->kind != static_cast<std::uint16_t>(kind))
    return usage_error(fmt::format("it is of kind {}", made->kind));
  if (!made->is_known)
    return usage_error(fmt::format("its version {} is newer than this program's", made->version));
  return std::move(made->content);
}

}  // namespace switchyard
