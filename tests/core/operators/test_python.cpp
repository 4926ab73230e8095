// Python loads the library into its own PyTorch: the README's script, and what PyTorch expects of an
// operator.
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/catch.h"

namespace fs = std::filesystem;

TEST_CASE("operators: the README's training script runs in Python, and PyTorch's own checks pass") {
  // The interpreter of the environment that holds the PyTorch this was built with.
  const fs::path python = fs::path(TAUSCOPE_TORCH) / "../../../../bin/python";
  if (!fs::exists(python)) TS_SKIP("no Python beside LibTorch: " + python.lexically_normal().string());
  const auto quoted = [](const std::string& text) { return std::string("\"").append(text).append("\""); };
  const auto run = [&](const std::string& arguments) {
    return std::system(quoted(python.lexically_normal().string()).append(" ").append(arguments).c_str());
  };
  if (run("-c 'import torch' >/dev/null 2>&1") != 0)
    TS_SKIP("that Python cannot import torch: " + python.lexically_normal().string());
  std::string arguments;
  for (const std::string& argument :
       {tauscope::test::source_path("tests/core/operators/check_operators.py").string(),
        std::string(TAUSCOPE_OPERATORS), tauscope::test::source_path("README.md").string()})
    arguments.append(quoted(argument)).append(" ");
  CHECK(run(arguments) == 0);
}
