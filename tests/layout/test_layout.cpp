// The tree keeps to its own rules: which folder may include which, and where LibTorch may be seen.
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <vector>

#include "tests/support/catch.h"

namespace {

namespace fs = std::filesystem;

struct Include {
  fs::path file;
  int line = 0;
  std::string target;
};

bool is_source(const fs::path& path) {
  static const std::set<std::string> extensions{".h", ".cpp", ".cu", ".cuh"};
  return extensions.count(path.extension().string()) != 0;
}

std::vector<Include> includes_below(const std::string& folder) {
  static const std::regex pattern(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(tauscope::test::source_path(folder))) {
    if (!entry.is_regular_file() || !is_source(entry.path())) continue;
    std::ifstream in(entry.path());
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      std::smatch match;
      if (std::regex_search(line, match, pattern)) found.push_back({entry.path(), number, match[1]});
    }
  }
  return found;
}

bool starts_with(const std::string& text, const std::string& prefix) {
  return text.rfind(prefix, 0) == 0;
}

}  // namespace

TEST_CASE("smoke: includes point from app to eval to core to kernels and never back") {
  const std::vector<std::string> order{"kernels", "core", "eval", "app"};
  int looked_at = 0;
  for (std::size_t level = 0; level < order.size(); ++level) {
    for (const Include& include : includes_below(order[level])) {
      ++looked_at;
      for (std::size_t above = level + 1; above < order.size(); ++above) {
        INFO(include.file << ":" << include.line << " includes " << include.target);
        CHECK_FALSE(starts_with(include.target, order[above] + "/"));
      }
      INFO(include.file << ":" << include.line << " includes " << include.target);
      CHECK_FALSE(starts_with(include.target, "tests/"));
    }
  }
  CHECK(looked_at > 50);  // the scan itself works
}

TEST_CASE("LibTorch is seen only by the models, their training, the operators and the benchmark") {
  int torch_includes = 0;
  for (const std::string folder : {"kernels", "core", "eval", "app"}) {
    for (const Include& include : includes_below(folder)) {
      const bool torch = starts_with(include.target, "torch/") || starts_with(include.target, "ATen/") ||
                         starts_with(include.target, "c10/");
      if (!torch) continue;
      ++torch_includes;
      const std::string path = fs::relative(include.file, tauscope::test::source_path(".")).generic_string();
      INFO(path << ":" << include.line << " includes " << include.target);
      CHECK((starts_with(path, "core/model/") || starts_with(path, "core/operators/") ||
             starts_with(path, "core/distillation/") || starts_with(path, "app/bench/")));
    }
  }
  CHECK(torch_includes > 0);
}

TEST_CASE("windows are seen only by the window and its benchmark") {
  for (const std::string folder : {"kernels", "core", "eval", "app"}) {
    for (const Include& include : includes_below(folder)) {
      const std::string path = fs::relative(include.file, tauscope::test::source_path(".")).generic_string();
      INFO(path << ":" << include.line << " includes " << include.target);
      const bool window =
          include.target.find("imgui") != std::string::npos || starts_with(include.target, "GLFW/");
      const bool may = starts_with(path, "app/gui/") || starts_with(path, "app/bench/gui_");
      CHECK((!window || may));
    }
  }
}
