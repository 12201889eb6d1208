// How a recorded run was validated over its steps, and several seeds of a setup as one curve.
//
// Thread safety: values; pure functions, of the file system where they read.
#pragma once

#include <atomic>
#include <filesystem>
#include <vector>

namespace switchyard::app {

struct RunCurve {
  std::vector<double> step;     // rising
  std::vector<float> val_loss;  // finite
  // Of several: the least and largest at each step; empty of one.
  std::vector<float> low, high;
};
// Empty where it was never validated, or cannot be read.
RunCurve read_run_curve(const std::filesystem::path& folder, const std::atomic<bool>* cancel = nullptr);
// Mean, least and largest at the steps that all of them have.
RunCurve mean_curve(const std::vector<const RunCurve*>& runs);

}  // namespace switchyard::app
