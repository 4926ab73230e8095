// Runs the program and catches what it says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tauscope::test {

struct Run {
  int code = -1;  ///< exit code; 128 + signal where a signal ended it
  std::string out, err;
};

struct RunOptions {
  std::string input;                     ///< standard input
  std::vector<std::string> environment;  ///< "NAME=value", on top of a clean one
  std::filesystem::path folder;          ///< working folder; empty = the source tree's root
  int interrupt_after_milliseconds = 0;  ///< sends SIGINT; 0 = never
};

Run run_program(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// A file of `rows` x `vocab` made-up logits, and targets. Equal seeds give equal logits.
void write_logits(const std::filesystem::path& path, std::int64_t rows, std::int64_t vocab, unsigned seed,
                  bool with_targets = true);

}  // namespace tauscope::test
