#include "core/recordings/forms/megatron/megatron_blobs.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "core/record/files/dtype.h"

namespace switchyard {

BlobPlace blob_place(const Json& line, const std::string& key, std::size_t rows, std::int64_t least_wide,
                     std::int64_t most_wide) {
  const Json& shape = line[key + "_shape"];
  const std::int64_t *tokens = shape[0].integer(), *wide = shape[1].integer(),
                     *at = line[key + "_offset"].integer(), *bytes = line[key + "_bytes"].integer();
  if (!tokens || !wide || !at || *at < 0 || *tokens != static_cast<std::int64_t>(rows) || *wide < least_wide ||
      *wide > most_wide || !bytes || *bytes != *tokens * *wide * 2)
    return {};
  return {*at, static_cast<std::int32_t>(*wide)};
}

bool RankBlobs::read(std::int32_t rank, const BlobPlace& place, std::size_t rows, std::int32_t wide,
                     std::vector<float>& to) {
  if (place.at < 0) return false;
  if (!files_.contains(rank)) {
    auto file = InputFile::open(folder_ / fmt::format("{}{}.bin", prefix_, rank), InputFile::Links::refused);
    files_.emplace(rank, file ? std::optional(std::move(*file)) : std::nullopt);
  }
  const std::optional<InputFile>& file = files_.at(rank);
  const std::size_t count = rows * static_cast<std::size_t>(place.wide);
  const auto at = static_cast<std::uint64_t>(place.at);
  if (!file || (wide != 0 && place.wide != wide) || at > file->size() || count * 2 > file->size() - at)
    return ++missing_, false;
  // A file with holes claims what it does not hold.
  if (count * sizeof(float) > most_bytes_ - taken_) return ++large_, false;
  taken_ += count * sizeof(float);
  std::vector<std::uint16_t> bits(count);
  if (!file->read(at, std::as_writable_bytes(std::span(bits)))) return ++missing_, false;
  to.reserve(to.size() + count);
  for (const std::uint16_t one : bits) to.push_back(float_of_bf16(one));
  return true;
}

void RankBlobs::add_notes(std::string_view what, std::vector<std::string>& notes) const {
  if (missing_ > 0)
    notes.push_back(fmt::format("the {} of {} lines are not where they are said to be", what, missing_));
  if (large_ > 0)
    notes.push_back(fmt::format("the {} of {} lines are left out: their step has more than {} bytes of them", what,
                                large_, most_bytes_));
}

}  // namespace switchyard
