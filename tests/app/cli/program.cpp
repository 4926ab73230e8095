#include "tests/app/cli/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "core/checkpoint/safetensors.h"
#include "tests/support/catch.h"

namespace tauscope::test {

namespace {

/// In the child: nothing but async-signal-safe calls and exec.
[[noreturn]] void become_program(const std::vector<std::string>& arguments, const RunOptions& options,
                                 const std::string& in, const std::string& out, const std::string& err) {
  const auto redirect = [](const std::string& path, int flags, int target) {
    const int file = open(path.c_str(), flags, 0600);
    if (file < 0 || dup2(file, target) < 0) _exit(126);
  };
  redirect(in, O_RDONLY, STDIN_FILENO);
  redirect(out, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  redirect(err, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
  if (chdir(options.folder.empty() ? source_path(".").c_str() : options.folder.c_str()) != 0) _exit(126);

  std::vector<std::string> words{TAUSCOPE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  // A user's own settings must not reach into the tests.
  std::vector<std::string> environment{"HOME=/nonexistent", "TERM=dumb", "PATH=/usr/bin:/bin"};
  environment.insert(environment.end(), options.environment.begin(), options.environment.end());
  const auto pointers = [](std::vector<std::string>& list) {
    std::vector<char*> result;
    for (std::string& text : list)
      result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  };
  execve(TAUSCOPE_PROGRAM, pointers(words).data(), pointers(environment).data());
  _exit(127);
}

}  // namespace

Run run_program(const std::vector<std::string>& arguments, const RunOptions& options) {
  const TemporaryFolder folder;
  const std::string in = folder / "in", out = folder / "out", err = folder / "err";
  write_text(in, options.input);
  const pid_t child = fork();
  if (child == 0) become_program(arguments, options, in, out, err);
  if (options.interrupt_after_milliseconds > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(options.interrupt_after_milliseconds));
    kill(child, SIGINT);
  }
  int status = 0;
  waitpid(child, &status, 0);
  Run run;
  run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.out = read_text(out);
  run.err = read_text(err);
  return run;
}

void write_logits(const std::filesystem::path& path, std::int64_t rows, std::int64_t vocab, unsigned seed,
                  bool with_targets) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(static_cast<std::size_t>(rows * vocab));
  for (float& logit : logits)
    logit = normal(random);
  std::vector<std::int64_t> targets(static_cast<std::size_t>(rows));
  for (std::size_t r = 0; r < targets.size(); ++r)
    targets[r] = static_cast<std::int64_t>(r * 7) % vocab;
  std::vector<TensorToWrite> tensors{
      {"logits", TensorType::F32, {rows, vocab}, std::as_bytes(std::span(logits))}};
  if (with_targets)
    tensors.push_back({"targets", TensorType::I64, {rows}, std::as_bytes(std::span(targets))});
  write_safetensors(path, tensors);
}

}  // namespace tauscope::test
