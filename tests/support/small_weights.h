// A safetensors file of a few F32 tensors, written by hand, with its numbers to hold figures against. Of Mixtral's
// shape, or whatever is added.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace switchyard::test {

class SmallWeights {
 public:
  void add(const std::string& name, std::int64_t rows, std::int64_t columns, std::vector<float> numbers) {
    shapes_[name] = {rows, columns};
    tensors_[name] = std::move(numbers);
  }
  const std::vector<float>& operator[](const std::string& name) const { return tensors_.at(name); }

  void write(const std::filesystem::path& path) const {
    std::string header = "{";
    std::size_t at = 0;
    for (const auto& [name, numbers] : tensors_) {
      const auto [rows, columns] = shapes_.at(name);
      header += (at > 0 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)" + std::to_string(rows) + "," +
                std::to_string(columns) + R"(],"data_offsets":[)" + std::to_string(at) + "," +
                std::to_string(at + 4 * numbers.size()) + "]}";
      at += 4 * numbers.size();
    }
    header += "}";
    const std::uint64_t length = header.size();
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(&length), sizeof length);
    file << header;
    for (const auto& [name, numbers] : tensors_)
      file.write(reinterpret_cast<const char*>(numbers.data()), static_cast<std::streamsize>(4 * numbers.size()));
  }

 private:
  std::map<std::string, std::vector<float>> tensors_;  // by name, as they lie in the file
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> shapes_;
};

inline std::string router_named(int layer) {
  return "model.layers." + std::to_string(layer) + ".block_sparse_moe.gate.weight";
}
// w1, w3 or w2.
inline std::string matrix_named(int layer, int expert, const std::string& name) {
  return "model.layers." + std::to_string(layer) + ".block_sparse_moe.experts." + std::to_string(expert) + "." +
         name + ".weight";
}

// 2 layers of 4 experts, d = 6, ff = 5. Of layer 0 row 3 of the router is twice row 0, and expert 0's w1 has rank
// 1 with the singular value 9 sqrt(30); expert 2 of layer 1 is all zeros.
inline SmallWeights mixtral_like() {
  constexpr int experts = 4, d = 6, ff = 5;
  SmallWeights weights;
  float turn = 0;
  const auto some = [&](int count) {
    std::vector<float> numbers;
    for (int i = 0; i < count; ++i) {
      turn += 1.7F;
      numbers.push_back(std::sin(turn * turn));
    }
    return numbers;
  };
  for (int layer = 0; layer < 2; ++layer) {
    std::vector<float> router = some(experts * d);
    if (layer == 0)
      for (std::size_t i = 0; i < d; ++i) router[3 * d + i] = 2 * router[i];
    weights.add(router_named(layer), experts, d, router);
    for (int e = 0; e < experts; ++e)
      for (const char* name : {"w1", "w2", "w3"}) {
        std::vector<float> numbers = some(ff * d);
        if (layer == 1 && e == 2) numbers.assign(ff * d, 0);
        const bool is_first = layer == 0 && e == 0 && std::string(name) == "w1";
        // (1, 2, 3, 4, 0) times (9, 0, 0, ...)
        for (std::size_t r = 0; is_first && r < ff; ++r)
          for (std::size_t c = 0; c < d; ++c)
            numbers[r * d + c] = c == 0 && r < 4 ? 9 * static_cast<float>(r + 1) : 0;
        const bool is_down = std::string(name) == "w2";
        weights.add(matrix_named(layer, e, name), is_down ? d : ff, is_down ? ff : d, numbers);
      }
  }
  return weights;
}

}  // namespace switchyard::test
