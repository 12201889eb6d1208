// A tensor's numbers on the host, in rows: how they leave the engine as plain data.
// Thread safety: pure function; waits for a device's results.
#pragma once

#include <vector>

#include "core/model/base/torch.h"

namespace switchyard {

template <class T>
std::vector<T> to_vector(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(at::kCPU, c10::CppTypeToScalarType<T>::value).contiguous();
  const T* values = plain.data_ptr<T>();
  return {values, values + plain.numel()};
}

}  // namespace switchyard
