// The words of a run that several processes train, and what the launcher of those has said already.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/cli/ranks/launcher.h"
#include "app/cli/ranks/started_ranks.h"
#include "app/cli/words/words.h"
#include "core/base/input_file.h"

namespace switchyard::app {
namespace {

Result<void> read_seconds(std::string_view argument, const std::optional<std::string>& text, double least,
                          double& into) {
  if (!text) return {};
  char* end = nullptr;
  const double seconds = std::strtod(text->c_str(), &end);
  if (end == text->c_str() || *end != 0 || !(seconds >= least && seconds <= 1e6))
    return bad_argument(argument, *text, fmt::format("{} to 1000000 seconds", least));
  into = seconds;
  return {};
}

}  // namespace

void add_rank_words(CLI::App& app, Words& words) {
  app.add_option("--ranks", words.ranks,
                 "Train with N processes of this machine, each with its part of the batch; --headless alone")
      ->type_name("N")
      ->group("Several processes");
  app.add_flag("--self-check", words.self_check,
               "Whether several processes (--ranks, default 2) compute on this machine what one does: losses, "
               "gradients, drops")
      ->group("Several processes");
  app.add_option("--rank-silence", words.rank_silence,
                 "Name a process without a heartbeat for so long (default 5)")
      ->type_name("SECONDS")
      ->group("Several processes");
  app.add_option("--rank-timeout", words.rank_timeout,
                 "Give up when one has not answered for so long (default 600)")
      ->type_name("SECONDS")
      ->group("Several processes");
}

Result<void> read_rank_words(Words& words, Options& options) {
  if (words.self_check) options.ranks.count = 2;
  const bool no_window = words.headless || words.self_check;
  const Environment environment = process_environment();
  auto place = place_of_launcher(environment);
  if (!place) return place.error();
  RankWords& ranks = options.ranks;
  if (auto read = read_seconds("--rank-silence", words.rank_silence, 0.1, ranks.silence_s); !read) return read;
  if (auto read = read_seconds("--rank-timeout", words.rank_timeout, 1, ranks.timeout_s); !read) return read;
  ranks.join_s = std::min(ranks.join_s, ranks.timeout_s);
  if (words.ranks) {
    const auto count = to_integer(*words.ranks);
    if (!count || *count < 1 || *count > kMostRanks)
      return bad_argument("--ranks", *words.ranks, fmt::format("1 to {}", kMostRanks));
    if (!no_window)
      return usage_error("--ranks: goes with --headless; a window looks at such a run: switchyard --follow DIR");
    if (*place && !environment(kStartedRank))
      return usage_error(
          fmt::format("--ranks {}: a launcher has started this as rank {} of {}; it is for those who have none",
                      *count, (*place)->rank, (*place)->size));
    ranks.count = *count;
  }
  if (!*place) return {};
  // What a launcher's shell starts besides is no rank.
  if (!no_window) {
    if (environment(kStartedRank)) return usage_error("a rank has no window: it goes with --headless");
    options.notes.push_back(
        fmt::format("a launcher has started this as rank {} of {}, which goes with --headless: it runs alone",
                    (*place)->rank, (*place)->size));
    return {};
  }
  ranks.place = *place;
  std::error_code code;
  if ((*place)->attempt > 0) {
    // All were started anew: the run goes on from what it has.
    ranks.compares_config = false;
    if (words.out && std::filesystem::exists(std::filesystem::path(*words.out) / "config.json", code)) {
      ranks.goes_on = true;
      words.resume = std::exchange(words.out, std::nullopt);
      words.preset = words.config = words.config_text = words.seed = std::nullopt;
      words.set.clear();
    }
  }
  if ((*place)->rank == 0) return {};
  // Rank 0 alone reads and writes the run.
  if (words.resume || words.fork) ranks.compares_config = false;
  words.resume = words.fork = words.replay = words.out = std::nullopt;
  words.edits.clear();
  words.figures = words.report = false;
  return {};
}

}  // namespace switchyard::app
