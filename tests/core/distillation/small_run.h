// Runs small enough for tests: the golden models and the records that their tokenizer can spell.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/distillation/distiller.h"
#include "tests/support/catch.h"

namespace tauscope::test {

/// Copies of golden models that have a tokenizer, in a folder of their own.
class SmallRun {
 public:
  SmallRun(const std::string& student, const std::string& teacher);

  /// Ten steps of four examples; a teacher, forward KL, nothing but steps.
  RunSpec spec() const;
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path student() const { return folder_ / "student"; }

 private:
  TemporaryFolder folder_;
};

/// Hooks that remember, with checkpoints below `folder`. Asks to stop once `stop_after` is done.
class Recorder {
 public:
  explicit Recorder(std::filesystem::path folder, std::int64_t stop_after = 0)
      : folder_(std::move(folder)), stop_after_(stop_after) {}

  DistillHooks hooks();
  std::stop_token token() const { return stop_.get_token(); }
  const std::vector<Json>& events() const { return events_; }
  /// Of one kind.
  std::vector<Json> events(const std::string& kind) const;
  const std::vector<std::int64_t>& checkpoints() const { return checkpoints_; }
  std::filesystem::path checkpoint(std::int64_t step) const {
    return folder_ / ("step-" + std::to_string(step));
  }

 private:
  std::filesystem::path folder_;
  std::int64_t stop_after_;
  std::stop_source stop_;
  std::vector<Json> events_;
  std::vector<std::int64_t> checkpoints_;
};

/// Every tensor of a file, as bytes.
std::map<std::string, std::string> tensor_bytes(const std::filesystem::path& file);
/// The same as numbers; all tensors are float32.
std::map<std::string, std::vector<float>> tensor_values(const std::filesystem::path& file);

}  // namespace tauscope::test
