#include "core/train/tasks/make_task.h"

#include "core/train/tasks/cluster_task.h"
#include "core/train/tasks/language_task.h"

namespace switchyard {

std::unique_ptr<Task> make_task(const Config& config, std::shared_ptr<const TaskData> data,
                                const Initializer& init) {
  if (const auto* corpus = std::get_if<std::shared_ptr<const Corpus>>(&data->source))
    return std::make_unique<LanguageTask>(config, *corpus, data->trainable, init);
  return std::make_unique<ClusterTask>(config, std::get<std::shared_ptr<const ClusterData>>(data->source),
                                       data->trainable, init);
}

}  // namespace switchyard
