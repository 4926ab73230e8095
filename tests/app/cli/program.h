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

/// Options that name the demo's teacher, both students and its test data.
inline const std::vector<std::string> demo_options{
    "--teacher", "assets/demo/teacher",           "--student", "llama=assets/demo/student-llama",
    "--student", "gpt2=assets/demo/student-gpt2", "--data",    "assets/demo/data/test.jsonl"};

/// One list of arguments behind another.
inline std::vector<std::string> with(std::vector<std::string> base, const std::vector<std::string>& more) {
  base.insert(base.end(), more.begin(), more.end());
  return base;
}

}  // namespace tauscope::test
