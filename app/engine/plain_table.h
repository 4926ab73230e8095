// A small table of texts, in the forms that people paste.
#pragma once

#include <string>
#include <vector>

#include "eval/comparison/comparison.h"

namespace tauscope {

struct PlainTable {
  std::string caption;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the header
};

/// text: aligned columns; latex: a tabular of the package booktabs, special characters escaped.
std::string plain_table_text(const PlainTable& table, ComparisonFormat format);

/// FOLDER/NAME.csv, .md and .tex.
void write_plain_table(const PlainTable& table, const std::filesystem::path& folder, const std::string& name);

}  // namespace tauscope
