// What the command line says and where: results on standard output, narration and progress on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"

namespace tauscope {

/// One per process. Progress is a bar on a terminal and plain lines (at most one every few seconds)
/// elsewhere; --quiet drops all narration but warnings and errors; NO_COLOR and TERM=dumb drop colour.
class Console final : public ProgressSink {
 public:
  Console();
  ~Console() override;

  void set_quiet(bool quiet) { quiet_ = quiet; }
  void set_json(bool json) { json_ = json; }
  bool json() const { return json_; }

  void progress(std::string_view phase, std::int64_t done, std::int64_t total) override;
  void warning(std::string_view message) override;
  void note(std::string_view message) override;
  void error(std::string_view message);

  /// A line of results on standard output; dropped with --json, where the document is the result.
  void result(std::string_view line);
  /// The one JSON document of --json: `body` gets "format", "version" and "command" in front. No-op without
  /// --json.
  void document(const std::string& command, Json body);
  /// Writes to standard output as it is; throws Error::failed if that fails (a full disk behind a redirect).
  void write(std::string_view bytes);
  /// Flushes standard output; throws Error::failed if anything written to it was lost.
  void finish();

 private:
  void clear_bar();

  bool quiet_ = false, json_ = false, terminal_ = false, colour_ = false, bar_shown_ = false;
  std::string phase_;
  std::chrono::steady_clock::time_point phase_start_{}, last_shown_{};
};

}  // namespace tauscope
