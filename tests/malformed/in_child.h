// Runs a reader in a process of its own: a crash, a hang or a hunger for memory is a result, not the end.
#pragma once

#include <functional>
#include <string>

namespace tauscope::test {

struct ChildReport {
  enum class End { refused, accepted, other_exception, killed };
  End end = End::killed;
  std::string message;  ///< of the Error, or of the other exception; what `action` returned
  double seconds = 0;
  long peak_kilobytes = 0;  ///< resident, from what this process had at the fork
};

/// `action` throws Error where it refuses, else it returns what it has to say. It may take 1 GiB of address
/// space (where no sanitizer needs more) and ten seconds.
ChildReport in_child(const std::function<std::string()>& action);

}  // namespace tauscope::test
