// Layer norm (Ba 2016) over the last dimension, with gain and offset; or RMS norm (Zhang & Sennrich 2019), gain
// alone. Thread safety: as the model that holds it.
#pragma once

#include <string>

#include "core/config/config.h"
#include "core/model/base/parameter.h"

namespace switchyard {

class Norm {
 public:
  Norm() = default;
  Norm(NormKind kind, std::int64_t width, const std::string& prefix, const Initializer& init);
  at::Tensor forward(const at::Tensor& x) const;
  void visit(const ParameterVisitor& visitor);

 private:
  Parameter weight_, bias_;  // [d] each; rmsnorm has no bias
};

}  // namespace switchyard
