// Which examples of a data file, and how their prompts are made; shared by `generate` and `eval`.
#pragma once

#include <CLI/CLI.hpp>

#include "core/data/example_filter.h"

namespace tauscope {

struct DataCliOptions {
  DataOptions data;
  ExampleFilter filter;
  void add_to(CLI::App& app);
};

}  // namespace tauscope
