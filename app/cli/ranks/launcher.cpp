#include "app/cli/ranks/launcher.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>

namespace switchyard::app {
namespace {

// The names one launcher has for the same things. null: it does not say.
struct Names {
  const char *rank, *size, *local_rank, *local_size;
  bool needs_master;
};
constexpr std::array kLaunchers{
    Names{"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", true},
    Names{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
          "OMPI_COMM_WORLD_LOCAL_SIZE", false},
    Names{"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", false},
    Names{"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE", true},
};

Result<std::int64_t> number_in(const Environment& environment, const char* name, std::int64_t least,
                               std::int64_t most) {
  const std::optional<std::string> text = environment(name);
  if (!text)
    return usage_error(
        fmt::format("{} is not set, though the launcher has set others: allowed is {} to {}", name, least, most));
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (code != std::errc() || end != text->data() + text->size() || number < least || number > most)
    return usage_error(fmt::format("{} = '{}': allowed is {} to {}", name, *text, least, most));
  return number;
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

Result<std::optional<RankPlace>> place_of_launcher(const Environment& environment) {
  for (const Names& names : kLaunchers) {
    if (!environment(names.rank) || !environment(names.size)) continue;
    const bool slurm = std::string_view(names.rank).starts_with("SLURM");
    if (slurm && !environment("MASTER_ADDR")) continue;
    const auto size = number_in(environment, names.size, 1, kMostRanks);
    if (!size) return size.error();
    if (*size == 1) return std::optional<RankPlace>();
    RankPlace place;
    place.size = *size;
    const auto rank = number_in(environment, names.rank, 0, place.size - 1);
    if (!rank) return rank.error();
    place.rank = *rank;
    place.local_rank = place.rank;
    place.local_size = place.size;
    if (environment(names.local_rank)) {
      const auto local = number_in(environment, names.local_rank, 0, place.size - 1);
      if (!local) return local.error();
      place.local_rank = *local;
    }
    if (environment(names.local_size)) {
      const auto local = number_in(environment, names.local_size, 1, place.size);
      if (!local) return local.error();
      place.local_size = *local;
    }
    const std::optional<std::string> host = environment("MASTER_ADDR");
    const bool here = place.local_size == place.size && environment(names.local_size).has_value();
    if (!host && (names.needs_master || !here))
      return usage_error(fmt::format(
          "MASTER_ADDR is not set: the {} processes need the name of the machine of rank 0", place.size));
    place.master_host = host.value_or("127.0.0.1");
    place.master_port = kMasterPort;
    if (names.needs_master || environment("MASTER_PORT")) {
      const auto port = number_in(environment, "MASTER_PORT", 1, 65535);
      if (!port) return port.error();
      place.master_port = static_cast<std::uint16_t>(*port);
    }
    place.store_is_launchers = environment("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True";
    if (environment("TORCHELASTIC_RESTART_COUNT")) {
      const auto attempt = number_in(environment, "TORCHELASTIC_RESTART_COUNT", 0, 1'000'000);
      if (!attempt) return attempt.error();
      place.attempt = *attempt;
    }
    return std::optional<RankPlace>(place);
  }
  return std::optional<RankPlace>();
}

std::vector<std::string> environment_of(const RankPlace& place) {
  return {fmt::format("RANK={}", place.rank),
          fmt::format("WORLD_SIZE={}", place.size),
          fmt::format("LOCAL_RANK={}", place.local_rank),
          fmt::format("LOCAL_WORLD_SIZE={}", place.local_size),
          fmt::format("MASTER_ADDR={}", place.master_host),
          fmt::format("MASTER_PORT={}", place.master_port)};
}

}  // namespace switchyard::app
