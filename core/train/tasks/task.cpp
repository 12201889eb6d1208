#include "core/train/tasks/task.h"

#include <algorithm>

#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "core/data/own_points.h"

namespace switchyard {
namespace {

using Loaded = Result<std::shared_ptr<const TaskData>>;

// Among characters: always guessing <unk> would never be right.
double share_of_most_frequent(const std::vector<std::int32_t>& tokens, const Vocabulary& vocabulary) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(vocabulary.size()), 0);
  for (const std::int32_t token : tokens)
    if (token != vocabulary.unknown()) ++counts[static_cast<std::size_t>(token)];
  return tokens.empty() ? kMissing
                        : static_cast<double>(*std::max_element(counts.begin(), counts.end())) /
                              static_cast<double>(tokens.size());
}

std::shared_ptr<const TaskData> of_corpus(std::shared_ptr<const Corpus> corpus) {
  auto data = std::make_shared<TaskData>();
  data->info = {corpus->name, corpus->vocabulary.tokens(),
                static_cast<std::int64_t>(corpus->train.tokens.size() + corpus->validation.tokens.size()),
                corpus->bigram_loss, share_of_most_frequent(corpus->validation.tokens, corpus->vocabulary), corpus->path, corpus->facts};
  data->source = std::move(corpus);
  return data;
}

std::shared_ptr<const TaskData> of_clusters(std::shared_ptr<const ClusterData> clusters) {
  auto data = std::make_shared<TaskData>();
  data->info = {clusters->name,          clusters->class_names, clusters->train.size() + clusters->test.size(), 0,
                clusters->largest_share, clusters->path};
  data->info.text.source = clusters->source;
  data->info.dims = static_cast<std::int32_t>(clusters->dims);
  data->info.note = clusters->form;
  data->info.axis_names = clusters->axis_names;
  data->info.centre = clusters->centre;
  data->info.spread = clusters->spread;
  data->source = std::move(clusters);
  return data;
}

Error no_text(const char* what) {
  return usage_error(std::string("task = clusters learns points, not text: ") + what + " needs task = language");
}

}  // namespace

Result<RouteTrace> Task::route(const Config&, const PassContext&, const std::string&, bool) {
  return no_text("route");
}
Result<void> Task::start_generation(const std::string&, double, std::int64_t, std::uint64_t) {
  return no_text("generation");
}
Result<GeneratedToken> Task::generate_token(const Config&, const PassContext&) { return no_text("generation"); }

Loaded load_data(const Config& config) {
  if (config.task == TaskKind::clusters) {
    if (!learns_from_file(config)) return of_clusters(make_clusters(config));
    auto points = load_points(config);
    if (!points) return points.error();
    return of_clusters(std::move(*points));
  }
  auto corpus = load_corpus(config.corpus, config.context, config.vocabulary_limit);
  if (!corpus) return corpus.error();
  return of_corpus(std::move(*corpus));
}

bool learns_from_the_same(const Config& a, const Config& b) {
  return std::ranges::all_of(knobs(), [&](const Knob& knob) {
    const bool matters = a.task == TaskKind::clusters ? knob.of_points : knob.of_text;
    return !matters || knob.get(a) == knob.get(b);
  });
}

Loaded reload_data(const Config& config, const Config& config_before, std::shared_ptr<const TaskData> before) {
  if (learns_from_the_same(config, config_before)) return before;
  return load_data(config);
}

Loaded data_for_weights(const Config& config, const std::vector<std::string>& outputs) {
  auto data = std::make_shared<TaskData>();
  data->trainable = false;
  data->info.outputs = outputs;
  if (config.task == TaskKind::clusters) {
    auto clusters = std::make_shared<ClusterData>();
    clusters->dims = config.cluster_dims;
    clusters->classes = static_cast<std::int64_t>(outputs.size());
    clusters->class_names = outputs;
    data->source = std::shared_ptr<const ClusterData>(std::move(clusters));
  } else {
    auto vocabulary = Vocabulary::from_tokens(outputs);
    if (!vocabulary) return vocabulary.error();
    auto corpus = std::make_shared<Corpus>();
    corpus->name = name_of_file(config.corpus);
    corpus->vocabulary = std::move(*vocabulary);
    data->source = std::shared_ptr<const Corpus>(std::move(corpus));
  }
  return std::shared_ptr<const TaskData>(std::move(data));
}

Config as_data_is(Config config, const TaskData& data) {
  const auto* points = std::get_if<std::shared_ptr<const ClusterData>>(&data.source);
  if (!points || !learns_from_file(config)) return config;
  config.cluster_classes = (*points)->classes;
  config.cluster_dims = (*points)->dims;
  config.cluster_points = ((*points)->train.size() + (*points)->test.size()) / (*points)->classes + 1;
  return config;
}

std::int64_t count_right(const at::Tensor& logits, const at::Tensor& targets, std::int64_t never_right) {
  at::Tensor right = logits.detach().argmax(-1).cpu().eq(targets);
  if (never_right >= 0) right = right.logical_and(targets.ne(never_right));
  return right.sum().item<std::int64_t>();
}

}  // namespace switchyard
