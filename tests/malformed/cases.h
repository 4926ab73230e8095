// The table of malformed inputs: files of a folder, the reader that is shown them, and what its message must
// say.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tauscope::test {

using Files = std::map<std::string, std::string>;

struct MalformedCase {
  std::string name;
  /// safetensors, torch, checkpoint, inspect, tokenizer, data, csv or logits: see read_with.
  std::string reader;
  Files files;
  std::vector<std::string> fragments;                                     ///< of the message, in any order
  std::function<void(const std::filesystem::path& folder)> prepare = {};  ///< links and the like
};

/// Shows the folder to the reader. Returns "" where it is accepted; `inspect` returns its problems and
/// remarks.
std::string read_with(const std::string& reader, const std::filesystem::path& folder);

std::vector<MalformedCase> weight_cases();   ///< safetensors, indexes, configs, values
std::vector<MalformedCase> archive_cases();  ///< zip
std::vector<MalformedCase> pickle_cases();
std::vector<MalformedCase> tokenizer_cases();
std::vector<MalformedCase> data_cases();  ///< data files, CSV, logits
std::vector<MalformedCase> all_cases();

}  // namespace tauscope::test
