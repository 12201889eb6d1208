#include "core/record/reading/kept_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/caught.h"
#include "core/base/result.h"
#include "core/record/checkpoint/checkpoint_file.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_lock.h"
#include "core/record/folder/trash.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

fs::path whole_path(const std::string& text) {
  std::error_code code;
  fs::path path = fs::absolute(text, code).lexically_normal();
  if (code) path = text;
  return path.has_filename() ? path : path.parent_path();
}

// The run is nobody else's while the lock lives; none where it is held here already.
Result<std::optional<RunLock>> hold(const fs::path& folder, const HeldHere& held_here) {
  if (held_here && held_here(folder)) return std::optional<RunLock>();
  if (is_run_held(folder))
    return usage_error(fmt::format(
        "{}: another process holds this run: what it keeps can be changed once that has ended", folder.native()));
  auto lock = RunLock::borrow(folder);
  if (!lock) return lock.error();
  return std::optional<RunLock>(std::move(*lock));
}

struct Child {
  fs::path folder;
  std::int64_t step = 0;
  bool stands_alone = false;  // it has a checkpoint of its own
};
std::vector<Child> children_of(const fs::path& directory, const std::string& run) {
  std::vector<Child> children;
  std::error_code code;
  for (fs::directory_iterator at(directory, code), end; !code && at != end; at.increment(code))
    if (const auto about = read_run_description(at->path());
        about && about->run.parent && about->run.parent->run == run)
      children.push_back({at->path(), about->run.parent->step, CheckpointStore(at->path()).newest().has_value()});
  return children;
}

Error needed_by(const Child& child) {
  return usage_error(fmt::format("{} began here and keeps nothing of its own yet: it could not go on without this",
                                 child.folder.filename().native()));
}

// A checkpoint that is to be changed, its run held meanwhile; `done` says which it is.
struct Kept {
  fs::path folder;  // of the run
  std::optional<RunLock> lock;
  CheckpointHeader header;
};
Result<Kept> hold_kept(const fs::path& file, const HeldHere& held_here, KeptChanged& done) {
  const fs::path folder = file.parent_path().parent_path();
  if (file.parent_path().filename() != kCheckpointFolder)
    return usage_error(file.native() + ": is no checkpoint of a run");
  auto lock = hold(folder, held_here);
  if (!lock) return lock.error();
  auto header = read_checkpoint_header(file);
  if (!header) return header.error();
  done.run = header->label.run;
  done.run_folder = folder.native();
  done.step = header->label.step;
  return Kept{folder, std::move(*lock), std::move(*header)};
}

Result<void> remove_checkpoint(const fs::path& file, const HeldHere& held_here, KeptChanged& done) {
  auto kept = hold_kept(file, held_here, done);
  if (!kept) return kept.error();
  const auto& [folder, lock, header] = *kept;
  const std::vector<CheckpointHeader> all = CheckpointStore(folder).list().checkpoints;
  // Another file of the same step does as well for a child.
  const auto same = std::count_if(all.begin(), all.end(),
                                  [&](const CheckpointHeader& one) { return one.label.step == done.step; });
  std::size_t begun = 0;
  if (same < 2)
    for (const Child& child : children_of(folder.parent_path(), done.run)) {
      if (child.step != done.step) continue;
      if (!child.stands_alone) return needed_by(child);
      ++begun;
    }
  const auto moved = Trash(folder.parent_path()).take(file);
  if (!moved) return moved.error();
  done.place = moved->entry.native();
  if (all.size() < 2) done.notes.push_back("Nothing else of this run is kept");
  else if (all.back().file == header.file)
    done.notes.push_back(
        fmt::format("It was the newest: this run would go on from step {}", all[all.size() - 2].label.step));
  if (begun > 0) done.notes.push_back("A run that began there has a checkpoint of its own");
  return {};
}

Result<void> name_kept(const fs::path& file, const std::string& name, const HeldHere& held_here,
                       KeptChanged& done) {
  auto kept = hold_kept(file, held_here, done);
  if (!kept) return kept.error();
  const auto& [folder, lock, header] = *kept;
  const auto named = CheckpointStore(folder).name(header, name);
  if (!named) return named.error();
  done.place = named->file.native();
  return {};
}

Result<void> remove_run(const fs::path& folder, const HeldHere& held_here, KeptChanged& done) {
  done.is_run = true;
  done.run_folder = folder.native();
  if (held_here && held_here(folder))
    return usage_error(fmt::format(
        "{}: this window records it, or may go back to it by undo: it can be moved to the trash once that is over",
        folder.native()));
  const auto about = read_run_description(folder);
  if (!about) return about.error();
  done.run = about->run.id;
  const auto lock = hold(folder, {});
  if (!lock) return lock.error();
  const std::vector<Child> children =
      done.run.empty() ? std::vector<Child>() : children_of(folder.parent_path(), done.run);
  for (const Child& child : children)
    if (!child.stands_alone) return needed_by(child);
  const auto moved = Trash(folder.parent_path()).take(folder);
  if (!moved) return moved.error();
  done.place = moved->entry.native();
  if (!children.empty())
    done.notes.push_back(children.size() == 1
                             ? std::string("The run that began from it stays")
                             : fmt::format("The {} runs that began from it stay", children.size()));
  return {};
}

Result<void> put_back(const fs::path& entry, const HeldHere& held_here, KeptChanged& done) {
  const Trash trash(entry.parent_path().parent_path());
  const auto found = trash.find(entry);
  if (!found) return found.error();
  std::error_code code;
  done.is_run = fs::is_directory(entry / found->from.filename(), code);
  const fs::path folder = done.is_run ? found->from : found->from.parent_path().parent_path();
  done.run_folder = folder.native();
  std::optional<RunLock> held;
  if (!done.is_run) {
    if (!fs::is_directory(folder, code))
      return usage_error(
          fmt::format("{}: the run it belongs to is not there: if that is in the trash, put it back first",
                      found->from.native()));
    auto lock = hold(folder, held_here);
    if (!lock) return lock.error();
    held = std::move(*lock);
  }
  const auto place = trash.put_back(entry);
  if (!place) return place.error();
  done.place = place->native();
  if (done.is_run) {
    done.run_folder = done.place;
    if (const auto about = read_run_description(*place)) done.run = about->run.id;
  } else if (const auto header = read_checkpoint_header(*place)) {
    done.run = header->label.run;
    done.step = header->label.step;
  }
  if (place->filename() != found->from.filename())
    done.notes.push_back(
        fmt::format("Another has its name by now, so it is called {}", place->filename().native()));
  return {};
}

}  // namespace

KeptChanged change_kept(const KeptChange& change, const HeldHere& held_here) {
  KeptChanged done{.change = change};
  const Result<void> made = caught("what is kept could not be changed", [&]() -> Result<void> {
    const fs::path where = whole_path(change.where);
    switch (change.kind) {
      case KeptChange::Kind::name:
        return name_kept(where, change.name, held_here, done);
      case KeptChange::Kind::remove:
        return remove_checkpoint(where, held_here, done);
      case KeptChange::Kind::remove_run:
        return remove_run(where, held_here, done);
      case KeptChange::Kind::put_back:
        return put_back(where, held_here, done);
    }
    return {};
  });
  if (!made) done.refused = made.error().message;
  return done;
}

}  // namespace switchyard
