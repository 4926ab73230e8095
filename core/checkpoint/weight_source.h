// Which of a folder's files holds the weights.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

struct WeightSource {
  std::string name;                 ///< of the weights' file or of the index
  bool is_index = false;            ///< of several files
  bool is_torch = false;            ///< written by torch.save
  std::vector<std::string> passed;  ///< others that are there and come later
};

/// As transformers decides: the file that config.json names as transformers_weights, else the first that is
/// there of model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json.
/// Throws Error::bad_input where there is none, saying what is there instead and what to do about it.
WeightSource find_weights(const std::filesystem::path& folder, const Json& config);

/// folder / name. A link must lead to a file of the folder, or to a blob of the hub cache that the folder is
/// a snapshot in. Throws Error::bad_input: a download that reaches for other files is not to be trusted.
std::filesystem::path file_of_folder(const std::filesystem::path& folder, const std::string& name);

bool is_there(const std::filesystem::path& path);

/// "a, b and 3 more"
std::string some_names(const std::vector<std::string>& names);

}  // namespace tauscope
