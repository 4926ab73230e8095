// A checkpoint: one Hugging Face folder on disk, its config and its tensors. Nothing is computed here.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"

namespace tauscope {

class Checkpoint {
 public:
  /// Reads config.json and maps model.safetensors or the shards of model.safetensors.index.json. Throws
  /// Error::bad_input naming file and field.
  static std::shared_ptr<const Checkpoint> open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const Json& config() const { return config_; }
  std::string config_file() const { return (folder_ / "config.json").string(); }
  std::string model_type() const;  ///< config's model_type
  const std::vector<std::shared_ptr<const SafetensorsFile>>& files() const { return files_; }

  /// Null where there is none. A name that stands in two shards is an error at open.
  const TensorEntry* find(const std::string& name) const;
  std::vector<std::string> tensor_names() const;
  std::int64_t parameter_count() const;

  /// SHA-256 over config.json and the weight files, hex. Reads every byte; computed once and kept.
  std::string hash() const;

 private:
  std::filesystem::path folder_;
  Json config_;
  std::vector<std::shared_ptr<const SafetensorsFile>> files_;
  mutable std::string hash_;
};

}  // namespace tauscope
