// Tokenizer folders for tests: the golden ones, and ones made of pieces of text.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/tokenizer/tokenizer.h"
#include "tests/support/catch.h"

namespace tauscope::test {

std::filesystem::path golden_tokenizer(const std::string& name);

/// A folder with the given files.
class TokenizerFolder {
 public:
  explicit TokenizerFolder(const std::map<std::string, std::string>& files);
  std::filesystem::path path() const { return folder_.path(); }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  std::unique_ptr<Tokenizer> load() const { return load_tokenizer(folder_.path()); }

 private:
  TemporaryFolder folder_;
};

/// What loading a folder with these files throws.
Error load_error(const std::map<std::string, std::string>& files);

/// A tokenizer.json of bytes (the id is the byte) with two merges: "he" is 256, "hel" 257.
Json small_tokenizer_json();

bool holds(const std::string& text, const std::string& part);

}  // namespace tauscope::test
