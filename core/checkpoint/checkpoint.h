// A checkpoint: one Hugging Face folder on disk, its config and its tensors. Nothing is computed here.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/tensor_file.h"
#include "core/checkpoint/weight_source.h"

namespace tauscope {

class Checkpoint {
 public:
  /// Reads config.json and maps the weights: model.safetensors or pytorch_model.bin, or the shards of their
  /// index (see find_weights). Every tensor of the index must be in its shard and every tensor of a shard in
  /// the index; no link may lead out of the folder (see file_of_folder). Throws Error::bad_input naming file
  /// and field, with a remedy where the folder holds weights of another kind.
  static std::shared_ptr<const Checkpoint> open(const std::filesystem::path& folder);

  /// The config.json of a checkpoint's folder, an object. Throws Error::bad_input: no folder, no config,
  /// broken JSON.
  static Json read_config(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const Json& config() const { return config_; }
  std::string config_file() const { return (folder_ / "config.json").string(); }
  std::string model_type() const;  ///< config's model_type
  const std::vector<std::shared_ptr<const TensorFile>>& files() const { return files_; }

  const WeightSource& source() const { return source_; }
  /// True where the weights come from the files of an index.
  bool is_sharded() const { return source_.is_index; }
  /// What is odd and does no harm ("total_size ... differs"), one sentence each.
  const std::vector<std::string>& remarks() const { return remarks_; }

  /// Null where there is none. A name that stands in two shards is an error at open.
  const TensorEntry* find(const std::string& name) const;
  std::vector<std::string> tensor_names() const;
  /// Elements of all tensors, buffers included.
  std::int64_t parameter_count() const;

  /// SHA-256, hex, over config.json and the weight files: of what `sha256sum config.json WEIGHTS...` prints,
  /// with the weight files in the order of their names. Reads every byte; computed once and kept. May be
  /// called from several threads.
  std::string hash() const;

 private:
  std::filesystem::path folder_;
  Json config_;
  std::vector<std::shared_ptr<const TensorFile>> files_;
  WeightSource source_;
  std::vector<std::string> remarks_;
  mutable std::mutex hash_mutex_;
  mutable std::string hash_;

  void open_weights();
  void open_shards(const std::filesystem::path& index_file);
};

}  // namespace tauscope
