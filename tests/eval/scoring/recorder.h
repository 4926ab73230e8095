// Keeps what a job told.
#pragma once

#include <string>
#include <vector>

#include "core/base/progress.h"

namespace tauscope::test {

class Recorder final : public ProgressSink {
 public:
  void progress(std::string_view, std::int64_t done, std::int64_t total) override {
    last_done = done;
    last_total = total;
  }
  void warning(std::string_view message) override { warnings.emplace_back(message); }
  void note(std::string_view message) override { notes.emplace_back(message); }

  std::vector<std::string> warnings, notes;
  std::int64_t last_done = 0, last_total = 0;
};

}  // namespace tauscope::test
