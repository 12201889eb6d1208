// The head of a GGUF file (llama.cpp's container), versions 2 and 3, little endian: its texts and numbers by key,
// and where its tensors lie. Counts, lengths and offsets are held against the file's size before memory is taken
// for them; lists are passed over, nested no more than kMostGgufNesting deep; a head has at most
// kMostGgufHeadBytes.
//
// Thread safety: pure function; a file belongs to one thread. Errors: usage, naming file, key and tensor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/input_file.h"
#include "core/base/result.h"

namespace switchyard {

inline constexpr std::uint64_t kMostGgufHeadBytes = std::uint64_t{64} << 20;
inline constexpr int kMostGgufNesting = 2;

struct GgufFile {
  struct Tensor {
    std::string name;
    std::vector<std::uint64_t> shape;  // the innermost first
    std::uint32_t type = 0;            // 0: F32
    std::uint64_t at = 0;              // byte of the file
    std::uint64_t bytes = 0;           // of F32 alone; 0: not known
  };
  InputFile file;
  std::map<std::string, std::string> texts;      // of at most 1,024 bytes
  std::map<std::string, std::uint64_t> numbers;  // whole ones that are not below 0
  std::vector<Tensor> tensors;                   // those of F32 lie whole in the file, and none over another
};

Result<GgufFile> open_gguf(const std::filesystem::path& path);

// By its first bytes.
bool is_gguf(const std::filesystem::path& path);

}  // namespace switchyard
