// Parts of a data file: by category, by the length of the reference, or a fixed number drawn at random.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/data/data_file.h"

namespace tauscope {

struct ExampleFilter {
  std::vector<std::string> categories;  ///< any of these; empty = all
  std::int64_t least_words =
      0;  ///< of the first reference, between white space; examples without one pass only if 0
  std::int64_t most_words = 0;  ///< 0 = any number
  std::int64_t subset = 0;      ///< so many of those that pass, or all if they are fewer; 0 = all
  std::uint64_t subset_seed = 0;

  bool operator==(const ExampleFilter&) const = default;
  bool passes_all() const { return categories.empty() && least_words == 0 && most_words == 0 && subset == 0; }
};

/// The examples that pass, in the order of the file and with their numbers in it. A subset is drawn evenly
/// and depends on (subset_seed, the examples' numbers) alone; with one seed a smaller subset is part of every
/// larger one. options.limit counts examples that pass. A subset reads the file twice, in memory of its own
/// size.
///
/// Throws Error::bad_input as DataFile::open does, and where nothing passes: with the categories that are
/// there.
std::unique_ptr<DataFile> open_filtered(const std::filesystem::path& path, const DataOptions& options,
                                        const ExampleFilter& filter);

}  // namespace tauscope
