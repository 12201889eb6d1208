// Which of several processes this is, by what their launcher has put into the environment:
//
//   torchrun        RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT, TORCHELASTIC_*
//   Open MPI, MPICH OMPI_COMM_WORLD_*, PMI_*; MASTER_ADDR and MASTER_PORT where they run on several machines
//   srun            SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID; with MASTER_ADDR and MASTER_PORT alone, since the
//                   first two are set in every shell of a job
//
// Thread safety: reads what it is given.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/train/interface/ranks.h"

namespace switchyard::app {

// The value of an environment variable; none where it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

inline constexpr std::int64_t kMostRanks = 1024;
inline constexpr std::uint16_t kMasterPort = 29500;  // as PyTorch's programs, where nobody names another

// None where there is no launcher, or it has started one process. usage: a variable is missing or is no number.
Result<std::optional<RankPlace>> place_of_launcher(const Environment& environment);

// What the further processes of one machine get that this program starts itself: "RANK=1", ...
std::vector<std::string> environment_of(const RankPlace& place);

}  // namespace switchyard::app
