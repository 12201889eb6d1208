#include "app/window/beside/companions.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <variant>

#include "app/run/notices.h"
#include "app/run/words/run_label.h"
#include "app/window/ends/window_end.h"
#include "core/config/knobs.h"
#include "core/operate/plan_words.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

// Models of the first run are numbered from 1, those of viewers from 2^31 (viewers.cpp).
constexpr std::uint32_t kNumbersEach = std::uint32_t{1} << 24, kMostNumbered = 120;

}  // namespace

std::filesystem::path runs_beside(const std::string& out) {
  if (out.empty()) return default_runs_directory();
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(out, error).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "DIR/"
  return folder.parent_path();
}

std::string Companions::Companion::label() const { return called.empty() ? run_label(folder, run) : called; }

std::vector<std::string> Companions::folders() const {
  std::vector<std::string> out;
  for (const Companion& one : all_)
    if (!one.folder.empty()) out.push_back(one.folder);
  return out;
}

void Companions::begin(const BesideWish& wish, Session& session, const Live& live, UiState& ui, double now_s) {
  LiveRunOptions options = make_options_();
  const bool plays = live.status.state == RunState::playing;
  options.playing = plays;
  options.catches_up = true;
  recorded_ = static_cast<bool>(options.make_observer);
  options.first_model_id = kNumbersEach * (1 + begun_++ % kMostNumbered);
  const Config& now = live.status.config ? *live.status.config : wish.config;
  const bool from_kept = live.status.kept_bytes > 0 && !live.status.run_folder.empty() &&
                         change_cost(now, wish.config) != KnobCost::rebuild;
  if (from_kept) {
    options.go_on_where = live.status.run_folder;
    options.go_on_as_child = true;
    options.child_config = wish.config;
  }
  auto link = session.lab().open(wish.config, make_trainer_, std::move(options));
  if (!link) return add_toast(ui, Notice::Level::warning, link.error().message, now_s);
  (*link)->send(ui.watching.sent);
  all_.push_back({.link = std::move(*link), .called = wish.called, .began_from = wish.began_from});
  // A model that has learned notices how many experts it has at once.
  const std::string note = from_kept ? resize_note(now, wish.config.experts) : std::string();
  add_toast(
      ui, note.empty() ? Notice::Level::info : Notice::Level::warning,
      fmt::format("{} {} beside, {}. Compare shows both.{}{}", wish.called, plays ? "learns" : "waits, paused,",
                  from_kept ? "from the newest kept step"
                  : plays   ? "from step 0, and catches up"
                            : "at step 0, and catches up once it plays",
                  note.empty() ? "" : " ", note),
      now_s);
}

void Companions::receive(Live& live, UiState& ui, double now_s) {
  for (Companion& one : all_) {
    Update update = one.link->receive();
    const std::string was = update.status.run.empty() ? one.run : std::exchange(one.run, update.status.run);
    one.folder = update.status.run_folder;
    const RunState state = update.status.state;
    // Of one that could not begin there is nothing to look at.
    if (state == RunState::failed && one.run.empty() && !std::exchange(one.refused, true)) {
      add_toast(ui, Notice::Level::error, fmt::format("{} cannot begin: {}", one.label(), update.status.message),
                now_s);
      one.link->send(Stop{});
    }
    if (state == RunState::stopped)
      if (Saved saved = saved_of(one, update.status); saved.lost()) {
        add_toast(ui, Notice::Level::error, text_of(saved), now_s);
        lost_.push_back(std::move(saved));
      }
    take_beside(live, ui, std::move(update), was, one.called, now_s);
    if (RunView* const view = live.runs.find(one.run); view && view->began_from.empty())
      view->began_from = one.began_from;
    if (state == RunState::stopped) one.link = nullptr;
  }
  std::erase_if(all_, [](const Companion& one) { return !one.link; });
}

bool Companions::has_news() const {
  return std::any_of(all_.begin(), all_.end(), [](const Companion& one) { return one.link->has_news(); });
}

void Companions::ask(const Comparing::Asked& asked) {
  for (Companion& one : all_) {
    if (one.run != asked.run) continue;
    if (asked.what == BesideAsk::pause) one.link->send(Pause{});
    if (asked.what == BesideAsk::play) one.link->send(Play{});
    if (asked.what == BesideAsk::drop) one.link->send(Stop{});
  }
}

void Companions::follow(const Commands& commands) {
  for (const Command& command : commands) {
    const bool moves = std::holds_alternative<Play>(command) || std::holds_alternative<Pause>(command) ||
                       std::holds_alternative<StepSome>(command);
    const bool watches =
        std::holds_alternative<Watch>(command);  // they stand side by side with the one that leads
    if (!moves && !watches) continue;
    for (Companion& one : all_) one.link->send(command);
  }
}

bool Companions::lead(const std::string& run, std::shared_ptr<Link>& link, Commands& commands, Live& live,
                      UiState& ui) {
  const auto next =
      std::find_if(all_.begin(), all_.end(), [&](const Companion& one) { return !run.empty() && one.run == run; });
  const RunView* const view = live.runs.find(run);
  if (next == all_.end() || !view || !view->beside || live.runs.is_live(run)) return false;
  link->send(std::exchange(commands, {}));
  const RunView& led = live.runs.live();
  Companion former{.link = std::move(link),
                   .run = led.id,
                   .folder = live.status.run_folder,
                   .called = led.called,
                   .began_from = ui.knobs.wants_origin ? led.began_from : ui.knobs.began_from};
  link = std::exchange(*next, std::move(former)).link;
  lead_with(live, ui, run);
  // It knows the numbers of what is sent from here on.
  if (live.status.config) link->send(SetConfig{*live.status.config, ++ui.knobs.sent_revision, 0});
  return true;
}

Saved Companions::saved_of(const Companion& one, const RunStatus& stopped) const {
  Saved saved = saved_by(stopped, recorded_);
  saved.called = one.label();
  return saved;
}

std::vector<Saved> Companions::saved() {
  std::vector<Saved> out = lost_;
  for (const Companion& one : all_) out.push_back(saved_of(one, one.link->receive().status));
  return out;
}

}  // namespace switchyard::app
