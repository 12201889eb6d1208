// A run's newest weights as they lie on disk: first what they are, then the numbers.
//
// Thread safety: an object belongs to one thread. Errors are of kind usage and name the file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/record/files/safetensors.h"

namespace switchyard {

class StoredRun {
 public:
  // `path`: a run folder, or a model.safetensors. usage: missing, not of a run, its configuration not
  // valid, or more weights than the model of that configuration has. Takes no more memory than the header needs.
  static Result<StoredRun> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  const Config& config() const { return config_; }                        // of the moment the weights were written
  const std::vector<std::string>& vocabulary() const { return vocabulary_; }  // DataInfo::outputs of then
  // usage: fewer numbers than that model has, so that none need be built to see that some are missing.
  Result<void> check_complete() const;
  // usage: as SafetensorsFile::read. Whether they are the model's, tensor by tensor, Trainer::load_weights says.
  Result<std::vector<NamedTensor>> weights() const { return file_.read(); }
  // load.py for these weights (core/record/script/load_script.h).
  Result<std::string> script() const;

 private:
  explicit StoredRun(SafetensorsFile file) : file_(std::move(file)) {}
  std::uint64_t parameter_bytes() const;

  SafetensorsFile file_;
  Config config_;
  std::vector<std::string> vocabulary_;
};

}  // namespace switchyard
