// What tokens and examples say, written beside the tables, so that an analysis can be read where neither the
// tokenizer nor the data are.
//
//   vocabulary.csv  id, token               every id of the shared vocabulary, in order
//   examples.csv    example, category, title, prompt_ids    ids separated by spaces, as the models saw them
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/csv.h"
#include "core/diagnostics/scored_chunk.h"

namespace tauscope {

/// Nothing is written where no token has a text.
void write_vocabulary(const ScoredSource& source, const std::filesystem::path& path);

/// The bytes of each token. Throws Error::bad_input where there are not exactly `size` of them, in order.
std::vector<std::string> read_vocabulary(const std::filesystem::path& path, std::int64_t size);

class ExamplesTable {
 public:
  explicit ExamplesTable(const std::filesystem::path& path);
  /// The example that the chunk belongs to.
  void add(const ScoredChunk& chunk);
  /// Puts the file in place, unless no example has a text: then nothing appears.
  void commit();

 private:
  CsvWriter out_;
  std::string ids_;  ///< of one prompt
  bool has_texts_ = false;
};

struct ExampleText {
  std::int64_t example = 0;
  std::string category, title;
  std::vector<std::int32_t> prompt;  ///< ids
};

/// Ascending by example. Prompts beyond `max_bytes` in all are left empty. Throws Error::bad_input naming
/// file and line.
std::vector<ExampleText> read_examples(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace tauscope
