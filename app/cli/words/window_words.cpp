#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "app/cli/words/words.h"
#include "core/base/file_name.h"
#include "core/base/input_file.h"
#include "core/base/limits.h"
#include "core/config/knobs.h"
#include "core/data/corpus.h"
#include "core/data/own_points.h"

namespace switchyard::app {
namespace {

constexpr int kLeastWidth = 640, kLeastHeight = 360, kMostWidth = 7680, kMostHeight = 4320;  // 8K
constexpr std::uint64_t kCheckedBytes = std::uint64_t{4} << 20;  // read in some ten milliseconds
constexpr double kBytesAPixel = 18;  // of a picture and what it is drawn in, without a graphics card

}  // namespace

std::vector<std::string_view> workspace_names() {
  std::vector<std::string_view> names;
  for (const WorkspaceSpec& known : workspaces()) names.push_back(known.name);
  return names;
}

Result<void> read_window_words(const Words& words, Options& options) {
  if (words.screenshot) options.screenshot = *words.screenshot;
  if (words.screenshot && words.screenshot->empty())
    return bad_argument("--screenshot", "''", "the name of a PNG file");
  if (words.after_steps) {
    if (!words.screenshot) return usage_error("--after-steps: needs --screenshot FILE");
    const auto steps = steps_from("--after-steps", *words.after_steps);
    if (!steps) return steps.error();
    options.after_steps = *steps;
  }
  if (words.size) {
    const std::string_view size = *words.size;
    const std::size_t cross = std::min(size.find('x'), size.size());
    const std::int64_t width = to_integer(size.substr(0, cross)).value_or(0);
    const std::int64_t height = to_integer(size.substr(std::min(cross + 1, size.size()))).value_or(0);
    if (width < kLeastWidth || height < kLeastHeight || width > kMostWidth || height > kMostHeight)
      return bad_argument("--size", size,
                          fmt::format("WIDTHxHEIGHT, {}x{} to {}x{}, such as 1920x1080", kLeastWidth, kLeastHeight,
                                      kMostWidth, kMostHeight));
    const double needed = kBytesAPixel * static_cast<double>(width * height);
    if (const auto room = memory_room(); room && needed > 0.7 * room->bytes)
      return bad_argument("--size", size,
                          fmt::format("what fits 70 % of the {:.0f} MB that {} leaves; this needs about {:.0f}",
                                      room->bytes / 1e6, room->bound, needed / 1e6));
    options.width = static_cast<int>(width), options.height = static_cast<int>(height);
    options.has_size = true;
  }
  if (words.scale) {
    if (std::find(kScaleWords.begin(), kScaleWords.end(), *words.scale) == kScaleWords.end())
      return bad_argument("--scale", *words.scale, fmt::format("{}", fmt::join(kScaleWords, ", ")));
    options.scale = std::stod(*words.scale);
  }
  if (const auto read = read_theme_word(words, options); !read) return read.error();
  if (const auto read = read_figure_words(words, options); !read) return read.error();
  if (words.workspace) {
    const WorkspaceSpec* workspace = find_workspace(*words.workspace);
    if (!workspace) {
      return bad_argument("--workspace", *words.workspace, fmt::format("{}", fmt::join(workspace_names(), ", ")));
    }
    options.workspace = workspace->id;
  }
  return {};
}

Result<void> check_data(const Config& config) {
  if (!learns_from_file(config)) return {};
  const auto file = InputFile::open(path_of_text(config.*data_knob(config.task).file));
  if (file && file->size() > kCheckedBytes) return {};
  if (config.task == TaskKind::clusters) {
    const auto points = load_points(config);
    return points ? Result<void>() : Result<void>(points.error());
  }
  const auto corpus = load_corpus(config.corpus, config.context, config.vocabulary_limit);
  return corpus ? Result<void>() : Result<void>(corpus.error());
}

}  // namespace switchyard::app
