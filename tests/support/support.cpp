#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/support/catch.h"

namespace tauscope::test {

namespace fs = std::filesystem;

bool any_skip = false;

void record_skip(const std::string& reason) {
  any_skip = true;
  std::cout << "SKIPPED: " << reason << std::endl;
}

fs::path shared_path(const std::string& relative) {
  const char* named = std::getenv("TAUSCOPE_SHARED");
  const fs::path root = named ? fs::path(named) : fs::path(TAUSCOPE_SOURCE_DIR) / ".." / "shared";
  return (root / relative).lexically_normal();
}

fs::path source_path(const std::string& relative) {
  return (fs::path(TAUSCOPE_SOURCE_DIR) / relative).lexically_normal();
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "tauscope-test-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace tauscope::test
