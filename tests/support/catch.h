// Catch2, whichever of its two generations the system has, and the pieces every test needs.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <filesystem>
#include <string>

namespace tauscope::test {

/// Marks the running program as skipped; see TS_SKIP.
void record_skip(const std::string& reason);

/// A file or folder below ../shared (or $TAUSCOPE_SHARED): data that is not part of the project.
std::filesystem::path shared_path(const std::string& relative);

/// A file of the source tree.
std::filesystem::path source_path(const std::string& relative);

/// A fresh, empty folder, removed when the object goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace tauscope::test

/// Ends the test case as skipped, visibly: the program returns 77.
#define TS_SKIP(reason)                    \
  do {                                     \
    ::tauscope::test::record_skip(reason); \
    return;                                \
  } while (false)

/// Skips unless `variable`'s path (below ../shared) exists; declares it.
#define TS_NEED_SHARED(variable, relative)                       \
  const auto variable = ::tauscope::test::shared_path(relative); \
  if (!std::filesystem::exists(variable)) TS_SKIP("needs ../shared/" relative)
