#include "core/record/reading/run_row.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "core/base/json.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_note.h"
#include "core/record/folder/run_place.h"
#include "core/record/tape/blob.h"
#include "core/record/tape/tape_rows.h"

namespace switchyard {
namespace {

FileStamp stamp_of(int directory, const std::string& name) {
  struct stat at {};
  if (::fstatat(directory, name.c_str(), &at, 0) != 0) return {};
  return {at.st_ino, static_cast<std::uint64_t>(at.st_size), at.st_ctim.tv_sec, at.st_ctim.tv_nsec};
}

// What is written goes into its log first, which is not there once all is done.
FileStamp tape_stamp(int directory, const std::string& name) {
  const FileStamp log = stamp_of(directory, name + "-wal");
  return log == FileStamp() ? stamp_of(directory, name) : log;
}

// What could not be read for a moment (no more descriptors) looks like what is not there.
bool is_plain(const RunStamps& stamps, const std::optional<RunSummary>& run) {
  const FileStamp none;
  if (!run) return stamps.config == none;
  return has_own_step(*run) && (stamps.checkpoints == none || run->newest);
}

bool are_at_rest(const RunStamps& stamps, std::int64_t latest_s) {
  return std::ranges::all_of(std::array{stamps.folder, stamps.config, stamps.note, stamps.metrics, stamps.tape,
                                        stamps.checkpoints, stamps.newest},
                             [&](const FileStamp& stamp) { return stamp.changed_s <= latest_s; });
}

// Of a row's bytes: another number with every change of what is walked below.
constexpr int kLayout = 4;

// The knobs of a row are those in which it differs from what this program begins with.
std::uint64_t program_stamp() {
  static const std::uint64_t stamp = [] {
    const std::string text = fmt::format("{} {} {}", version(), kLayout, dump_json(to_json(Config{})));
    return checksum_of(std::as_bytes(std::span(text)));
  }();
  return stamp;
}

template <class Walker, class Stamp>
void walk_stamp(Walker& bytes, Stamp& stamp) {
  bytes(stamp.inode), bytes(stamp.bytes), bytes(stamp.changed_s), bytes(stamp.changed_ns);
}

template <class Walker, class All>
void walk_stamps(Walker& bytes, All& stamps) {
  walk_stamp(bytes, stamps.folder), walk_stamp(bytes, stamps.config), walk_stamp(bytes, stamps.note);
  walk_stamp(bytes, stamps.metrics), walk_stamp(bytes, stamps.tape);
  walk_stamp(bytes, stamps.checkpoints), walk_stamp(bytes, stamps.newest);
}

template <class Walker, class Run>
void walk_run(Walker& bytes, Run& run) {
  bytes(run.id), bytes(run.name), bytes(run.corpus), bytes(run.started), bytes(run.changed_unix_s),
      bytes(run.steps);
  bytes(run.val_loss), bytes(run.val_accuracy), bytes(run.loss), bytes(run.tokens), bytes(run.wall_s);
  bytes(run.has_weights);
}

template <class Walker, class Whole>
void walk_whole(Walker& bytes, Whole& whole) {
  const auto walk = [&](auto& one) { bytes(one.step), bytes(one.val_loss), bytes(one.val_accuracy); };
  walk(whole.best), walk(whole.last);
  bytes(whole.edits);
}

template <class Walker, class Label>
void walk_label(Walker& bytes, Label& label) {
  bytes(label.run), bytes(label.name), bytes(label.why), bytes(label.step), bytes(label.val_loss);
  bytes(label.written_unix_s), bytes(label.program);
}

}  // namespace

RunStamps stamps_of(int directory, const std::string& name) {
  return {stamp_of(directory, name),
          stamp_of(directory, name + "/" + kConfigFile),
          stamp_of(directory, name + "/" + kRunNoteFile),
          stamp_of(directory, name + "/" + kMetricsFile),
          tape_stamp(directory, name + "/" + kTapeFile),
          stamp_of(directory, name + "/checkpoints"),
          {}};
}

FileStamp newest_stamp(int directory, const std::string& name, const RunSummary& run) {
  return run.newest ? stamp_of(directory, name + "/checkpoints/" + run.newest->file.filename().native())
                    : FileStamp();
}

Bytes encode_row(const RunRow& row) {
  const RunSummary* const run = row.run ? &*row.run : nullptr;
  ByteWriter bytes;
  bytes(program_stamp());
  walk_stamps(bytes, row.stamps);
  bytes(run != nullptr);
  if (!run) return bytes.take();
  // A member that is added there is to be added here.
  [[maybe_unused]] const auto& [folder, id, name, parent, corpus, config, started, changed, steps, val_loss,
                                val_accuracy, loss, tokens, wall_s, whole, newest, weights, running] = *run;
  walk_run(bytes, *run);
  bytes(run->config.has_value());
  if (run->config) bytes(dump_json(to_json(*run->config, Config{})));
  bytes(run->parent.has_value());
  if (run->parent) bytes(run->parent->run), bytes(run->parent->step);
  bytes(run->whole.has_value());
  if (run->whole) walk_whole(bytes, *run->whole);
  bytes(run->newest.has_value());
  if (run->newest) {
    bytes(run->newest->file.filename().native()), bytes(run->newest->bytes);
    walk_label(bytes, run->newest->label);
  }
  return bytes.take();
}

std::optional<RunRow> decode_row(std::span<const std::byte> from, const std::filesystem::path& folder) {
  ByteReader bytes(from);
  RunRow row;
  std::uint64_t program = 0;
  bool is_run = false, has = false;
  bytes(program);
  if (program != program_stamp()) return std::nullopt;
  walk_stamps(bytes, row.stamps);
  bytes(is_run);
  if (!is_run) return bytes.is_done() ? std::optional(std::move(row)) : std::nullopt;
  RunSummary& run = row.run.emplace();
  run.folder = folder;
  walk_run(bytes, run);
  std::string knobs, file;
  bytes(has);
  if (has) bytes(knobs);
  bytes(has);
  if (has) {
    run.parent.emplace();
    bytes(run.parent->run), bytes(run.parent->step);
  }
  bytes(has);
  if (has) walk_whole(bytes, run.whole.emplace());
  bytes(has);
  if (has) {
    run.newest.emplace();
    bytes(file), bytes(run.newest->bytes);
    walk_label(bytes, run.newest->label);
    run.newest->file = folder / kCheckpointFolder / file;
  }
  if (!bytes.is_done() || file.find('/') != file.npos) return std::nullopt;
  if (!knobs.empty()) {
    const auto json = parse_json(knobs, "a row");
    if (!json) return std::nullopt;
    auto config = config_from_json(*json, Config{}, "a row");
    if (!config) return std::nullopt;
    run.config = std::move(*config);
  }
  return row;
}

bool may_be_kept(const RunRow& row, std::int64_t now_unix_s, std::int64_t rest_s) {
  return is_plain(row.stamps, row.run) && are_at_rest(row.stamps, now_unix_s - rest_s);
}

}  // namespace switchyard
