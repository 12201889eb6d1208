// Which task a configuration names. Thread safety: as Task.
#pragma once

#include <memory>

#include "core/train/tasks/task.h"

namespace switchyard {

// A new model for the data, its weights by `init`. Without trainable data only texts can be asked for.
std::unique_ptr<Task> make_task(const Config& config, std::shared_ptr<const TaskData> data,
                                const Initializer& init);

}  // namespace switchyard
