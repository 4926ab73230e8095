// Data files made of a piece of text.
#pragma once

#include <string>
#include <vector>

#include "core/data/data_file.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

namespace tauscope::test {

/// Everything that a data file with this text yields.
inline std::vector<Example> examples_of(const std::string& text, const DataOptions& options = {},
                                        DataForm* form = nullptr) {
  const TemporaryFolder folder;
  write_text(folder / "data.json", text);
  const auto data = DataFile::open(folder / "data.json", options);
  if (form) *form = data->form();
  std::vector<Example> examples;
  while (auto example = data->next())
    examples.push_back(std::move(*example));
  CHECK_FALSE(data->next().has_value());
  return examples;
}

/// The one Error that reading it to its end throws.
inline Error data_error(const std::string& text, const DataOptions& options = {}) {
  const Error error = error_of([&] { examples_of(text, options); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file().find("data.json") != std::string::npos);
  CHECK(std::string(error.what()).size() < 2000);
  return error;
}

}  // namespace tauscope::test
