// What a checkpoint is, as far as its files tell: for `tauscope inspect`. No model is built and no LibTorch
// needed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/model_description.h"

namespace tauscope {

/// Whether every value of the weights is looked at: always, or up to 4 GiB of them.
enum class CheckWeights : std::uint8_t { if_small, always };

struct CheckpointInspection {
  struct Part {  ///< a group of tensors (embedding, attention, ...), or an element type
    std::string name;
    std::int64_t tensors = 0;
    std::int64_t parameters = 0;
    std::uint64_t bytes = 0;
  };
  struct WeightFile {
    std::string name;
    std::uint64_t bytes = 0;
    std::int64_t tensors = 0;
  };

  std::filesystem::path folder;
  ConfigFacts config;

  bool weights_read = false;  ///< false: the weights could not be opened, `problems` says why
  std::int64_t parameters =
      0;  ///< buffers left out; a head that equals the embedding and is tied to it counts once
  std::uint64_t weight_bytes = 0;
  std::string weight_source;  ///< the file of the weights, or the index of several
  std::vector<WeightFile> weight_files;
  std::vector<Part> groups, types;
  std::string head;  ///< one phrase: tied or not, by the config and by the file

  std::vector<std::string> tokenizer_files;
  std::string tokenizer;   ///< the kind and the file that is used; "" = none
  std::string generation;  ///< what generation_config.json sets; "" = there is none
  std::vector<std::string> other_files;

  std::vector<std::string> problems;  ///< what keeps it from being loaded, or makes it wrong
  std::vector<std::string> remarks;   ///< what is odd and does no harm

  bool loadable = false;  ///< there are no problems
};

/// Throws Error::bad_input where there is no such folder, or no config.json that can be read. Weights that
/// are missing or broken, and what `describe` (core/model/describe.h) throws, are problems in the result; the
/// rest is then told as far as it is known for any family.
CheckpointInspection inspect_checkpoint(const std::filesystem::path& folder, const DescribeModel& describe,
                                        CheckWeights check = CheckWeights::if_small);

/// One screen of text, ending in a line end.
std::string inspection_text(const CheckpointInspection& inspection);
Json inspection_json(const CheckpointInspection& inspection);

}  // namespace tauscope
