// model.safetensors.index.json and pytorch_model.bin.index.json: which tensor lies in which file.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/tensor_file.h"

namespace tauscope {

struct ShardIndex {
  std::string file;
  std::map<std::string, std::string> shard_of;  ///< by tensor
  std::optional<double> total_size;             ///< as stated; some writers store it as a float

  /// Shards must be plain names of files that end in `extension`: no separators, no "..", nothing that leaves
  /// the folder. Throws Error::bad_input.
  static ShardIndex read(const std::filesystem::path& path, const std::string& extension = ".safetensors");

  std::vector<std::string> shards() const;  ///< sorted, each once

  /// Index and files must name the same tensors, each in the same place. Throws Error::bad_input.
  void check_against(const std::vector<std::shared_ptr<const TensorFile>>& files) const;
};

}  // namespace tauscope
