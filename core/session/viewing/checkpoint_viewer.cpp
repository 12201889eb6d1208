#include "core/session/viewing/checkpoint_viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "core/base/caught.h"
#include "core/session/meeting/yielding.h"

namespace switchyard {
namespace {

constexpr std::chrono::milliseconds kWakesEvery{100};

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// "model.layers.L.mlp.experts.E.gate_proj.weight": its numbers are those of one layer and one expert.
std::string without_numbers(std::string name) {
  for (const auto& [before, letter] : {std::pair{std::string("layers."), 'L'}, {std::string("experts."), 'E'}}) {
    const std::size_t at = name.find(before);
    if (at == std::string::npos) continue;
    const std::size_t from = at + before.size();
    std::size_t to = from;
    while (to < name.size() && name[to] >= '0' && name[to] <= '9') ++to;
    if (to > from) name.replace(from, to - from, 1, letter);
  }
  return shown_name(name);
}

CheckpointFacts facts_of(const WeightFiles& files, ExpertModel model) {
  CheckpointFacts facts;
  const auto name = [&](const WeightMatrix& one) {
    return without_numbers(files.tensors()[one.tensor].head.name);
  };
  for (const ExpertLayer& layer : model.layers) {
    facts.expert_bytes += layer.bytes();
    if (facts.router_name.empty() && layer.router) facts.router_name = name(*layer.router);
  }
  facts.expert_name = name(*model.layers.front().experts.front()[0]);
  for (std::uint32_t f = 0; f < files.file_count(); ++f)
    facts.shards.emplace_back(files.file(f).path().filename().native(), files.file(f).size());
  facts.bytes = files.bytes();
  facts.tensors = files.tensors().size();
  facts.model = std::move(model);
  return facts;
}

}  // namespace

CheckpointViewer::CheckpointViewer(std::filesystem::path path, void (*wake)())
    : path_(std::move(path)), wake_(wake) {
  known_.path = path_;
  known_.routing.runs = true;
  passing_ = std::thread([this] {
    open_and_pass();
    leave();
  });
}

CheckpointViewer::~CheckpointViewer() {
  end();
  passing_.join();
  if (decomposing_.joinable()) decomposing_.join();
}

void CheckpointViewer::end() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  asked_.notify_all();
}

bool CheckpointViewer::has_ended() const {
  const std::lock_guard lock(mutex_);
  return at_work_ == 0;
}

void CheckpointViewer::leave() {
  {
    const std::lock_guard lock(mutex_);
    --at_work_;
    has_news_ = true;
  }
  if (wake_) wake_();
}

std::shared_ptr<const CheckpointNews> CheckpointViewer::news() const {
  const std::lock_guard lock(mutex_);
  if (!told_) told_ = std::make_shared<const CheckpointNews>(known_);
  has_news_ = false;
  return told_;
}

bool CheckpointViewer::has_news() const {
  const std::lock_guard lock(mutex_);
  return has_news_;
}

bool CheckpointViewer::is_in_place() const {
  {
    const std::lock_guard lock(mutex_);
    if (!known_.facts || !known_.changed.empty()) return false;
  }
  return static_cast<bool>(files_->check_in_place());
}

template <class Change>
void CheckpointViewer::tell(const Change& change, bool at_once) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    change(known_);
    told_ = nullptr;
    const auto now = Clock::now();
    wakes = at_once || now - woke_ >= kWakesEvery;
    if (wakes) woke_ = now, has_news_ = true;
  }
  if (wakes && wake_) wake_();
}

bool CheckpointViewer::ends() const {
  const std::lock_guard lock(mutex_);
  return ends_;
}

void CheckpointViewer::read_all() {
  {
    const std::lock_guard lock(mutex_);
    if (!known_.facts || known_.pass.runs) return;
    pass_asked_ = true, pass_cancelled_ = false;
    known_.pass = {};
    known_.pass.runs = true;
    told_ = nullptr;
  }
  asked_.notify_all();
}

void CheckpointViewer::cancel_pass() {
  const std::lock_guard lock(mutex_);
  pass_cancelled_ = true;
}

void CheckpointViewer::decompose(ExpertPlace place) {
  {
    const std::lock_guard lock(mutex_);
    if (!known_.facts || place.layer >= known_.facts->model.layers.size() ||
        place.expert >= known_.facts->model.layers[place.layer].experts.size())
      return;
    const bool is_under_way = known_.decomposing.runs && known_.decomposed == place;
    if (is_under_way || std::find(spectra_.begin(), spectra_.end(), place) != spectra_.end()) return;
    to_decompose_ = place;
    known_.decomposed = place;
    known_.decomposing = {};
    known_.decomposing.runs = true;
    told_ = nullptr;
    if (!decomposing_.joinable()) ++at_work_;
  }
  if (decomposing_.joinable()) return asked_.notify_all();
  try {
    decomposing_ = std::thread([this] {
      decompose_what_is_asked();
      leave();
    });
  } catch (const std::system_error& error) {
    const std::lock_guard lock(mutex_);
    --at_work_;
    to_decompose_.reset();
    known_.decomposing.runs = false;
    known_.decomposing.why_not = error.what();
    told_ = nullptr;
  }
}

void CheckpointViewer::cancel_decomposing() {
  const std::lock_guard lock(mutex_);
  decomposing_cancelled_ = true;
  to_decompose_.reset();
  if (decomposes_ || !known_.decomposing.runs) return;
  known_.decomposing.runs = false;  // it had not begun
  known_.decomposing.cancelled = true;
  told_ = nullptr;
}

void CheckpointViewer::open_and_pass() {
  yield_to_all();
  if (const auto opened = caught("the checkpoint", [this] { return open(); }); !opened) {
    tell(
        [&](CheckpointNews& news) {
          (news.facts ? news.routing.why_not : news.why_not) = opened.error().message;
          news.routing.runs = false;
        },
        true);
    if (!files_) return;
  }
  while (true) {
    {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [this] { return ends_ || pass_asked_; });
      if (ends_) return;
      pass_asked_ = false;
    }
    const auto passed = caught("the checkpoint", [this] { return pass(); });
    const auto same = check_files();
    tell(
        [&](CheckpointNews& news) {
          news.pass.runs = false;
          news.pass.cancelled = same && !passed && passed.error().kind == ErrorKind::interrupted;
          if (!same) news.pass.why_not = same.error().message;
          else if (!passed && !news.pass.cancelled) news.pass.why_not = passed.error().message;
        },
        true);
  }
}

Result<void> CheckpointViewer::open() {
  const GoesOn goes_on = [this] { return !ends(); };
  auto files = WeightFiles::open(path_, goes_on);
  if (!files) return files.error();
  auto model = expert_model(*files, goes_on);
  if (!model) return model.error();
  const auto facts = std::make_shared<const CheckpointFacts>(facts_of(*files, std::move(*model)));
  files_ = std::move(*files);
  const std::size_t layers = facts->model.layers.size();
  tell(
      [&](CheckpointNews& news) {
        news.facts = facts;
        news.routers.resize(layers);
        news.experts.resize(layers);
        news.routing.planned = layers;
      },
      true);
  const auto read = read_routers();
  const auto same = check_files();
  return same ? read : same;
}

Result<void> CheckpointViewer::check_files() {
  const auto same = files_->check_unchanged();
  if (same) return same;
  tell(
      [&](CheckpointNews& news) {
        news.changed = same.error().message;
        for (auto& one : news.routers) one = nullptr;
        for (auto& one : news.experts) one = nullptr;
        news.spectra.clear();
        spectra_.clear();
      },
      true);
  return same;
}

Result<void> CheckpointViewer::read_routers() {
  const std::shared_ptr<const CheckpointFacts> facts = news()->facts;
  const std::size_t layers = facts->model.layers.size();
  for (std::size_t l = 0; l < layers; ++l) {
    auto figures = router_figures(*files_, facts->model.layers[l], [this] { return !ends(); });
    if (!figures) return figures.error();
    tell(
        [&](CheckpointNews& news) {
          news.routers[l] = std::make_shared<const RouterFigures>(std::move(*figures));
          news.routing.done = l + 1;
          news.routing.runs = l + 1 < layers;
        },
        l + 1 == layers);
  }
  return {};
}

Result<void> CheckpointViewer::pass() {
  const auto began = Clock::now();
  const std::shared_ptr<const CheckpointNews> before = news();
  const CheckpointFacts& facts = *before->facts;
  if (facts.model.has_unread_experts) return usage_error(facts.model.unread);
  std::uint64_t planned = 0;
  for (std::size_t l = 0; l < facts.model.layers.size(); ++l)
    planned += before->experts[l] ? 0 : facts.model.layers[l].bytes();
  tell([&](CheckpointNews& news) { news.pass.planned = planned; }, true);
  const BytesTold told = [&](std::uint64_t bytes) {
    if (bytes > 0)
      tell([&](CheckpointNews& news) { news.pass.done += bytes, news.pass.seconds = seconds_since(began); },
           false);
    const std::lock_guard lock(mutex_);
    return !ends_ && !pass_cancelled_;
  };
  for (std::size_t l = 0; l < facts.model.layers.size(); ++l) {
    if (before->experts[l]) continue;
    auto figures = expert_figures(*files_, facts.model.layers[l], told);
    if (!figures) return figures.error();
    if (auto same = check_files(); !same) return same;
    tell(
        [&](CheckpointNews& news) {
          news.experts[l] = std::make_shared<const ExpertFigures>(std::move(*figures));
        },
        true);
  }
  return {};
}

void CheckpointViewer::decompose_what_is_asked() {
  yield_to_all();
  while (true) {
    ExpertPlace place;
    {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [this] { return ends_ || to_decompose_; });
      if (ends_) return;
      place = *std::exchange(to_decompose_, std::nullopt);
      decomposing_cancelled_ = false;
      decomposes_ = true;
    }
    const auto found = caught("the expert", [&] { return find_spectra(place); });
    const auto same = check_files();
    tell(
        [&](CheckpointNews& news) {
          decomposes_ = false;
          if (!found) news.spectra.erase(place);
          else if (news.spectra.contains(place)) spectra_.push_back(place);
          if (spectra_.size() > kMostSpectra) {
            news.spectra.erase(spectra_.front());
            spectra_.erase(spectra_.begin());
          }
          if (to_decompose_) return;  // another is told of already
          news.decomposing.runs = false;
          news.decomposing.cancelled = same && !found && found.error().kind == ErrorKind::interrupted;
          if (!same) news.decomposing.why_not = same.error().message;
          else if (!found && !news.decomposing.cancelled) news.decomposing.why_not = found.error().message;
        },
        true);
  }
}

Result<void> CheckpointViewer::find_spectra(ExpertPlace place) {
  const auto began = Clock::now();
  const std::shared_ptr<const CheckpointFacts> facts = news()->facts;
  const ExpertMatrices& matrices = facts->model.layers[place.layer].experts[place.expert];
  std::uint64_t planned = 0;
  for (const auto& one : matrices) planned += one ? one->bytes() : 0;
  const auto goes_on = [this] {
    const std::lock_guard lock(mutex_);
    return !ends_ && !decomposing_cancelled_ && !to_decompose_;
  };
  const BytesTold told = [&](std::uint64_t bytes) {
    if (bytes == 0) return goes_on();
    tell(
        [&](CheckpointNews& news) {
          if (to_decompose_) return;
          news.decomposing.done += bytes;
          news.decomposing.planned = planned;
          news.decomposing.seconds = seconds_since(began);
        },
        false);
    return goes_on();
  };
  ExpertSpectra found;
  for (std::size_t part = 0; part < matrices.size(); ++part) {
    if (!matrices[part]) continue;
    auto spectrum = spectrum_of(*files_, *matrices[part], told);
    if (!spectrum) return spectrum.error();
    if (auto same = check_files(); !same) return same;
    found[part] = std::move(*spectrum);
    tell([&](CheckpointNews& news) { news.spectra[place] = std::make_shared<const ExpertSpectra>(found); }, true);
  }
  return {};
}

}  // namespace switchyard
