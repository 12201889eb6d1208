#include "core/record/checkpoint/checkpoint_file.h"

#include <fmt/format.h>

#include <new>
#include <utility>

#include "core/base/json.h"
#include "core/base/version.h"
#include "core/record/checkpoint/checkpoint_parts.h"
#include "core/record/files/checksum.h"
#include "core/record/files/safetensors.h"

namespace switchyard {
namespace {

// Read and summed in pieces that stay in the processor's cache.
constexpr std::size_t kPiece = std::size_t{1} << 18;

Result<SafetensorsFile> open_checkpoint(const std::filesystem::path& path) {
  SafetensorsFile::Expected expected;
  expected.dtypes = {Dtype::f32, Dtype::f64};
  expected.checksums = true;
  expected.check = [&](const Metadata& texts) -> Result<void> {
    const auto label = label_of(texts, path.native());
    return label ? Result<void>() : label.error();
  };
  return SafetensorsFile::open(path, expected);
}

Result<void> read_and_add(const SafetensorsFile& file, std::uint64_t begin, std::span<std::byte> bytes,
                          Checksum& sum) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kPiece));
    if (auto done = file.read_data(begin, piece); !done) return done;
    sum.add(piece);
    begin += piece.size();
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

Result<Checkpoint> read_opened(const SafetensorsFile& file) {
  const std::string where = file.path().native();
  DoubleBlocks doubles;
  StateTensors tensors;
  std::size_t wide = 0, narrow = 0;
  for (const SafetensorsFile::Entry& entry : file.entries()) {
    const auto count = static_cast<std::size_t>(entry.count());
    if (entry.dtype == Dtype::f64 && narrow > 0)
      return usage_error(fmt::format("{}: tensor '{}' is F64 behind F32: not a checkpoint as switchyard writes it",
                                     where, entry.name));
    if (entry.dtype == Dtype::f64)
      doubles.entries.push_back({entry.name, entry.shape, wide, count}), wide += count;
    else tensors.entries.push_back({entry.name, entry.shape, narrow, count}), narrow += count;
  }
  doubles.values.resize(wide);
  tensors.values.resize(narrow);
  Checksum sum;
  for (const auto& [begin, bytes] :
       {std::pair(std::uint64_t{0}, std::as_writable_bytes(std::span(doubles.values))),
        std::pair(static_cast<std::uint64_t>(wide * sizeof(double)),
                  std::as_writable_bytes(std::span(tensors.values)))})
    if (auto done = read_and_add(file, begin, bytes, sum); !done) return done.error();
  const auto recorded = file.metadata().find("xxh3_data");
  if (recorded == file.metadata().end() || recorded->second != sum.text())
    return usage_error(where + ": damaged: the checksum of its numbers does not fit");
  if (auto same = file.check_unchanged(); !same) return same.error();
  auto read = checkpoint_of(file.metadata(), doubles, where);
  if (read) read->trainer.tensors = std::move(tensors);
  return read;
}

}  // namespace

Result<CheckpointHeader> write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  const CheckpointParts parts = parts_of(checkpoint, version());
  std::vector<TensorView> views;
  const std::span<const double> doubles(parts.doubles.values);
  for (const DoubleBlocks::Entry& entry : parts.doubles.entries)
    views.push_back({entry.name, entry.shape, doubles.subspan(entry.begin, entry.count)});
  const std::span<const float> floats(checkpoint.trainer.tensors.values);
  for (const StateTensors::Entry& entry : checkpoint.trainer.tensors.entries)
    views.push_back({entry.name, entry.shape, floats.subspan(entry.begin, entry.count)});
  if (auto written = write_safetensors(path, views, parts.texts, true); !written) return written.error();
  return read_checkpoint_header(path);
}

Result<void> name_checkpoint_file(const std::filesystem::path& path, const std::string& name) {
  const auto file = open_checkpoint(path);
  if (!file) return file.error();
  Metadata texts = file->metadata();
  auto label = parse_json(texts["checkpoint"], path.native() + ", metadata 'checkpoint'");
  if (!label) return label.error();
  label->member("name") = name;
  texts["checkpoint"] = dump_json(*label);
  return write_with_metadata(path, *file, texts);
}

Result<Checkpoint> read_checkpoint(const std::filesystem::path& path) {
  const auto file = open_checkpoint(path);
  if (!file) return file.error();
  // Here alone does a file decide how much memory is taken; that there is none is no reason to end.
  try {
    return read_opened(*file);
  } catch (const std::bad_alloc&) {
    return usage_error(fmt::format("{}: no memory for its {} bytes", path.native(), file->data_bytes()));
  }
}

Result<CheckpointHeader> read_checkpoint_header(const std::filesystem::path& path) {
  const auto file = open_checkpoint(path);
  if (!file) return file.error();
  auto label = label_of(file->metadata(), path.native());
  if (!label) return label.error();
  return CheckpointHeader{path, file->bytes(), std::move(*label)};
}

bool is_of_later_version(const std::filesystem::path& path) {
  bool is_later = false;
  SafetensorsFile::Expected expected;
  expected.dtypes = {Dtype::f32, Dtype::f64};
  expected.checksums = true;
  expected.check = [&](const Metadata& texts) -> Result<void> {
    const auto text = texts.find("checkpoint");
    const auto label = parse_json(text == texts.end() ? std::string_view() : text->second, "checkpoint");
    const std::string* const program = label ? (*label)["program"].text() : nullptr;
    is_later = program && is_later_version(*program);
    return usage_error("enough of it is known");
  };
  (void)SafetensorsFile::open(path, expected);
  return is_later;
}

}  // namespace switchyard
