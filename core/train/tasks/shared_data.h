// What several trainers of this process learn from at once, in memory once: a copy that a step is tried on, a
// model beside another to be compared. A file is read again only if it is no longer what was read: by device,
// inode, size and time of change, and never told by them of one that changed within two seconds before it was
// read, for the clock of a file system is coarse.
//
// Thread safety: any thread; two that ask at once for what nobody has may each read it.
#pragma once

#include <memory>

#include "core/train/tasks/task.h"

namespace switchyard {

// load_data(), or what a trainer has of it. Nothing is kept for its own sake: with the last trainer it goes.
Result<std::shared_ptr<const TaskData>> shared_data(const Config& config);

}  // namespace switchyard
