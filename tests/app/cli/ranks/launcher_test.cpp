// What launchers put into the environment, read as a place among ranks.
#include "app/cli/ranks/launcher.h"

#include <gtest/gtest.h>

#include <map>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

Environment of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  };
}

std::optional<RankPlace> place_in(std::map<std::string, std::string> variables) {
  const auto place = place_of_launcher(of(std::move(variables)));
  EXPECT_TRUE(place) << place.error().message;
  return place ? *place : std::nullopt;
}

std::string refusal(std::map<std::string, std::string> variables) {
  const auto place = place_of_launcher(of(std::move(variables)));
  EXPECT_FALSE(place);
  if (place) return {};
  EXPECT_EQ(place.error().kind, ErrorKind::usage);
  return place.error().message;
}

const std::map<std::string, std::string> kTorchrun{{"RANK", "3"},
                                                   {"WORLD_SIZE", "4"},
                                                   {"LOCAL_RANK", "1"},
                                                   {"LOCAL_WORLD_SIZE", "2"},
                                                   {"MASTER_ADDR", "node0"},
                                                   {"MASTER_PORT", "29511"},
                                                   {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                                   {"TORCHELASTIC_RESTART_COUNT", "2"}};

TEST(Launcher, NoneIsNoPlace) {
  EXPECT_FALSE(place_in({}));
  EXPECT_FALSE(place_in({{"RANK", "0"}, {"WORLD_SIZE", "1"}})) << "one process is alone";
  EXPECT_FALSE(place_in({{"RANK", "0"}})) << "half of it may be anybody's";
}

TEST(Launcher, TorchrunsEnvironment) {
  const auto place = place_in(kTorchrun);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->rank, 3);
  EXPECT_EQ(place->size, 4);
  EXPECT_EQ(place->local_rank, 1);
  EXPECT_EQ(place->local_size, 2);
  EXPECT_EQ(place->master_host, "node0");
  EXPECT_EQ(place->master_port, 29511);
  EXPECT_TRUE(place->store_is_launchers);
  EXPECT_EQ(place->attempt, 2);
}

TEST(Launcher, OpenMpiOnOneMachineNeedsNoMaster) {
  const auto place = place_in({{"OMPI_COMM_WORLD_RANK", "1"},
                               {"OMPI_COMM_WORLD_SIZE", "2"},
                               {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                               {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  ASSERT_TRUE(place);
  EXPECT_EQ(place->master_host, "127.0.0.1");
  EXPECT_EQ(place->master_port, kMasterPort);
  EXPECT_NE(refusal({{"OMPI_COMM_WORLD_RANK", "1"},
                     {"OMPI_COMM_WORLD_SIZE", "4"},
                     {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                     {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}})
                .find("MASTER_ADDR"),
            std::string::npos)
      << "on two machines it does";
}

TEST(Launcher, AShellOfAJobIsNoRank) {
  EXPECT_FALSE(place_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}}));
  const auto place = place_in({{"SLURM_PROCID", "5"},
                               {"SLURM_NTASKS", "8"},
                               {"SLURM_LOCALID", "1"},
                               {"MASTER_ADDR", "n1"},
                               {"MASTER_PORT", "2000"},
                               {"SLURM_NTASKS_PER_NODE", "4"}});
  ASSERT_TRUE(place);
  EXPECT_EQ(place->rank, 5);
  EXPECT_EQ(place->local_size, 4);
}

TEST(Launcher, WhatIsNoNumberIsNamedWithWhatIsAllowed) {
  auto broken = kTorchrun;
  broken["RANK"] = "4";
  EXPECT_EQ(refusal(broken), "RANK = '4': allowed is 0 to 3");
  broken["RANK"] = "one";
  EXPECT_EQ(refusal(broken), "RANK = 'one': allowed is 0 to 3");
  broken = kTorchrun;
  broken.erase("MASTER_PORT");
  EXPECT_NE(refusal(broken).find("MASTER_PORT"), std::string::npos);
  broken = kTorchrun;
  broken["MASTER_PORT"] = "70000";
  EXPECT_EQ(refusal(broken), "MASTER_PORT = '70000': allowed is 1 to 65535");
}

TEST(Launcher, WhatIsGivenToFurtherProcessesIsReadByThem) {
  RankPlace place;
  place.rank = place.local_rank = 2;
  place.size = place.local_size = 3;
  place.master_port = 4711;
  std::map<std::string, std::string> variables;
  for (const std::string& line : environment_of(place))
    variables[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  const auto read = place_in(variables);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rank, 2);
  EXPECT_EQ(read->size, 3);
  EXPECT_EQ(read->local_size, 3);
  EXPECT_EQ(read->master_host, place.master_host);
  EXPECT_EQ(read->master_port, 4711);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
