// Every fuzz target with valid inputs to start from: for the suite, and as seeds for libFuzzer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

namespace tauscope::fuzz {

struct Target {
  std::string name;  ///< of the function run_NAME, the file fuzz_NAME.cpp and the program ts_fuzz_NAME
  Outcome (*run)(std::string_view) = nullptr;
  std::vector<std::string> corpus;      ///< small, valid
  std::vector<std::string> dictionary;  ///< pieces of text that mean something to the reader
  /// Of the suite's inputs, in percent of TAUSCOPE_FUZZ_INPUTS; and how many different refusals they meet at
  /// least: a series that always ends at the first check finds nothing.
  std::size_t share = 10, least_problems = 10;
  bool is_safetensors = false;  ///< header and data are damaged apart, see Mutator::next_safetensors
};

std::vector<Target> all_targets();

}  // namespace tauscope::fuzz
