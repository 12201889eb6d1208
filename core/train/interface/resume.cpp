#include "core/train/interface/resume.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace switchyard {

std::string resume_difference(const EngineInfo& saved, const EngineInfo& now) {
  std::vector<std::string> differences;
  const auto compare = [&](const std::string& before, const std::string& after, const char* what) {
    if (!before.empty() && before != after) differences.push_back(fmt::format("{}{} → {}", what, before, after));
  };
  if (saved.threads > 0 && saved.threads != now.threads)
    differences.push_back(
        fmt::format("{} thread{} → {}", saved.threads, saved.threads == 1 ? "" : "s", now.threads));
  compare(saved.layout, now.layout, "processes ");
  compare(saved.device, now.device, "");
  compare(saved.blas, now.blas, "");
  compare(saved.processor, now.processor, "");
  compare(saved.libtorch, now.libtorch, "LibTorch ");
  compare(saved.auto_precision, now.auto_precision, "precision auto ");
  if (differences.empty()) return {};
  return fmt::format("goes on, not bit for bit: {}", fmt::join(differences, ", "));
}

}  // namespace switchyard
