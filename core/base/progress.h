// How long-running work tells how far it is. Libraries report; only the command line and the window show.
#pragma once

#include <cstdint>
#include <string_view>

namespace tauscope {

/// Receives progress and warnings from one running job. Calls come from the job's own thread.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  /// `done` of `total` units are finished; total 0 = not known yet. `phase` is a short noun phrase
  /// ("examples").
  virtual void progress(std::string_view phase, std::int64_t done, std::int64_t total) = 0;
  /// One thing the user should know; reported once per cause.
  virtual void warning(std::string_view message) = 0;
  /// One thing that was decided on the user's behalf ("data form: Dolly").
  virtual void note(std::string_view message) = 0;
};

/// For callers that do not want to hear anything.
class SilentProgress final : public ProgressSink {
 public:
  void progress(std::string_view, std::int64_t, std::int64_t) override {}
  void warning(std::string_view) override {}
  void note(std::string_view) override {}
};

}  // namespace tauscope
