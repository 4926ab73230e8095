// This program once more, as a process of its own.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace tauscope {

/// Runs it with these arguments; what it prints goes to the end of `log`. A stop is passed on as SIGTERM,
/// once, and the child ends as it does then; it also ends if this process dies. `threads` > 0: that many for
/// its libraries, unless the environment says. Returns its exit code, 128 + the signal's number where one
/// killed it. Throws Error::failed where it cannot be started.
int run_child(const std::vector<std::string>& arguments, const std::filesystem::path& log, int threads,
              const std::stop_token& stop);

}  // namespace tauscope
