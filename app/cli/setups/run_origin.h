// Which preset a recorded run began from.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "app/cli/setups/presets.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_note.h"

namespace switchyard::app {

// Title of the preset: as its folder says itself, else as that of the run it began from says, which lies beside
// it, else the one whose settings it had at its start. Empty: none, or there is no run.
std::string origin_of_run(const std::filesystem::path& folder, std::span<const Preset> own);
// Of one whose folder was read already.
std::string origin_of_run(const std::filesystem::path& folder, const RunDescription& about, const RunNote& note,
                          std::span<const Preset> own);
// Of the run that a checkpoint's file lies in.
std::string origin_of_checkpoint(const std::filesystem::path& file, std::span<const Preset> own);

}  // namespace switchyard::app
