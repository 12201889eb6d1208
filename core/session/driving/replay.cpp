#include "core/session/driving/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "core/config/expert_names.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "core/record/folder/run_place.h"
#include "core/record/reading/run_reading.h"

namespace switchyard {
namespace {

// By itself; the rules between knobs depend on the settings it meets.
Result<void> check_change(const RunEvent::Change& change) {
  if (!find_knob(change.key)) return unknown_knob(change.key);
  Config alone;
  if (auto set = set_from_text(alone, change.key, change.after); !set) return set;
  if (names_experts(change.key))
    if (const auto names = experts_named(change.after); !names)
      return usage_error(fmt::format("{} = {}: {}", change.key, change.after, names.error().message));
  return {};
}

std::string edits_text(std::size_t count) { return fmt::format("{} edit{}", count, count == 1 ? "" : "s"); }

}  // namespace

std::string Replay::where(std::int64_t line) const { return fmt::format("{}: line {}", file_.native(), line); }

Result<Replay> Replay::read(const std::filesystem::path& file) {
  Replay replay;
  std::error_code code;
  replay.file_ = std::filesystem::is_directory(file, code) ? file / kRunFileNames[2] : file;
  std::optional<Error> wrong;
  std::int64_t last_step = 0;
  const auto refuse = [&](std::int64_t line, std::string_view why) {
    wrong = usage_error(fmt::format("{}: {}", replay.where(line), why));
    return false;
  };
  const auto lines = read_event_lines(replay.file_, [&](std::int64_t line, std::optional<RunEvent>&& event) {
    if (!event) return refuse(line, "is no event of a run; without it the replay would be of another run");
    const bool ends = ends_a_model(event->kind);
    const bool operates = event->kind == EventKind::operate;
    if (event->kind != EventKind::set && !operates && !ends) return true;
    if (event->step < last_step)
      return refuse(line, fmt::format("step {} stands behind step {}", event->step, last_step));
    last_step = event->step;
    if (ends) {
      replay.ends_before_ = event->step;
      replay.ends_line_ = line;
      replay.ends_kind_ = std::string(key_of(event->kind));
      return false;
    }
    if (operates) {
      auto operation = operation_of(event->message);
      if (!operation) return refuse(line, operation.error().message);
      replay.edits_.push_back({event->step, replay.where(line), {}, std::move(*operation)});
      return true;
    }
    for (const RunEvent::Change& change : event->changes)
      if (const auto fits = check_change(change); !fits) return refuse(line, fits.error().message);
    replay.edits_.push_back({event->step, replay.where(line), std::move(event->changes), std::nullopt});
    return true;
  });
  if (!lines) return lines.error();
  if (wrong) return *wrong;
  if (replay.ends_line_ == 0 && lines->too_long > 0)
    return usage_error(fmt::format("{}: has {} too long to be one of events.jsonl", replay.file_.native(),
                                   lines->too_long == 1 ? "a line" : fmt::format("{} lines", lines->too_long)));
  if (replay.ends_line_ == 0 && lines->half_line)
    return usage_error(
        fmt::format("{}: the last line has no end: it may be half of one", replay.where(lines->lines + 1)));
  return replay;
}

Result<void> Replay::add(std::string_view said) {
  const auto wrong = [&] {
    return usage_error(
        fmt::format("'{}': expected is STEP: and an operation or KEY=VALUE, as in 400: clone 0.3", said));
  };
  std::int64_t step = 0;
  const auto [end, code] = std::from_chars(said.data(), said.data() + said.size(), step);
  if (code != std::errc() || end == said.data() + said.size() || *end != ':' || step < 1) return wrong();
  std::string_view what(end + 1, static_cast<std::size_t>(said.data() + said.size() - end - 1));
  while (!what.empty() && what.front() == ' ') what.remove_prefix(1);
  Edit edit{step, fmt::format("'{}'", said), {}, std::nullopt};
  const std::size_t equals = what.find('=');
  std::string_view key = what.substr(0, equals);
  while (!key.empty() && key.back() == ' ') key.remove_suffix(1);
  if (equals != std::string_view::npos && find_knob(key)) {
    edit.changes.push_back({std::string(key), {}, std::string(what.substr(equals + 1))});
    if (const auto fits = check_change(edit.changes.front()); !fits)
      return usage_error(fmt::format("'{}': {}", said, fits.error().message));
  } else if (equals != std::string_view::npos && key.find(' ') == key.npos) {
    return usage_error(fmt::format("'{}': {}", said, unknown_knob(key).message));
  } else {
    auto operation = operation_of(what);
    if (!operation) return operation.error();
    edit.operation = std::move(*operation);
  }
  const auto behind = std::upper_bound(edits_.begin() + static_cast<std::ptrdiff_t>(next_), edits_.end(), step,
                                       [](std::int64_t at, const Edit& other) { return at < other.step; });
  edits_.insert(behind, std::move(edit));
  return {};
}

std::size_t Replay::pass_over(std::int64_t steps_done) {
  const std::size_t before = next_;
  while (next_ < edits_.size() && edits_[next_].step <= steps_done) ++next_;
  return next_ - before;
}

const Replay::Edit* Replay::due(std::int64_t step) const {
  return next_ < edits_.size() && edits_[next_].step <= step ? &edits_[next_] : nullptr;
}

Result<Config> Replay::edited(const Edit& edit, const Config& config) const {
  Config next = config;
  for (const RunEvent::Change& change : edit.changes)
    if (const auto set = set_from_text(next, change.key, change.after); !set)
      return usage_error(fmt::format("{}: {}", edit.place, set.error().message));
  if (const auto problems = validate(next); !problems.empty())
    return usage_error(
        fmt::format("{}: {}; the replayed run had another setup", edit.place, problems.front().message));
  if (change_cost(config, next) == KnobCost::rebuild)
    return usage_error(fmt::format("{}: {} = {} makes a new model, which is another run", edit.place,
                                   edit.changes.front().key, edit.changes.front().after));
  return next;
}

std::string Replay::origin() const { return file_.empty() ? std::string() : " of " + file_.native(); }

std::string Replay::announcement(std::size_t passed_over) const {
  std::string text = left() == 0
                         ? fmt::format("No edit{} is left to make", origin())
                         : fmt::format("{} {}{}, the last before step {}", file_.empty() ? "Makes" : "Replays",
                                       edits_text(left()), origin(), edits_.back().step);
  if (passed_over > 0) text += fmt::format("; {} lie behind this run", edits_text(passed_over));
  return text;
}

std::string Replay::ending() const {
  if (ends_line_ > 0)
    return fmt::format("The replay ends: {} is a {}, and what follows belongs to another run", where(ends_line_),
                       ends_kind_);
  return file_.empty() ? std::string("All edits are made") : fmt::format("All of {} is replayed", file_.native());
}

std::string Replay::unreached(std::int64_t steps_done) const {
  return fmt::format("{}{} not {}: step {} is the last of this run, the next of them acts on step {}",
                     edits_text(left()), origin(), file_.empty() ? "made" : "replayed", steps_done,
                     edits_[next_].step);
}

}  // namespace switchyard
