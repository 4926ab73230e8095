#include <unistd.h>

#include "core/diagnostics/manifest.h"
#include "core/diagnostics/output_folder.h"
#include "tests/core/base/error_of.h"
#include "tests/core/diagnostics/sample_manifest.h"
#include "tests/support/catch.h"

namespace fs = std::filesystem;
using namespace tauscope;
using namespace tauscope::test;

TEST_CASE("an output folder that is absent or empty is taken") {
  const TemporaryFolder folder;
  CHECK_NOTHROW(check_output_folder(folder / "a/b", false));
  CHECK_FALSE(fs::exists(folder / "a"));
  open_output_folder(folder / "a/b", false);
  CHECK(fs::is_empty(folder / "a/b"));
  CHECK_NOTHROW(open_output_folder(folder / "a/b", false));
}

TEST_CASE("an output folder that holds anything is kept") {
  const TemporaryFolder folder;
  write_text(folder / "notes.txt", "mine");
  const auto error = error_of([&] { open_output_folder(folder.path(), false); });
  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.file() == folder.path().string());
  CHECK(error.remedy_text().find("--force") != std::string::npos);
  CHECK(read_text(folder / "notes.txt") == "mine");
}

TEST_CASE("force removes the files of the analysis before, and nothing else") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "figures");
  fs::create_directories(folder / "logits");
  for (const auto* name :
       {"tokens.csv", "summary.csv", "figures/curve.svg", "logits/0-teacher.safetensors", "notes.txt"}) {
    write_text(folder / name, name);
  }
  write_manifest(sample_manifest(), folder.path());
  write_text(folder / "figures/added later.svg", "mine too");
  open_output_folder(folder.path(), true);
  CHECK_FALSE(fs::exists(folder / "manifest.json"));
  CHECK_FALSE(fs::exists(folder / "tokens.csv"));
  CHECK_FALSE(fs::exists(folder / "figures/curve.svg"));
  CHECK_FALSE(fs::exists(folder / "logits/0-teacher.safetensors"));
  CHECK(read_text(folder / "notes.txt") == "notes.txt");
  CHECK(read_text(folder / "figures/added later.svg") == "mine too");
}

TEST_CASE("force with a manifest that lists foreign or outside files removes none of them") {
  const TemporaryFolder outer;
  const auto folder = outer / "out";
  fs::create_directories(folder);
  write_text(outer / "precious.txt", "x");
  write_text(folder / "notes.txt", "x");
  write_text(folder / "summary.csv", "x");
  write_manifest(sample_manifest(), folder);
  const auto listing = [&](const std::string& path) {
    auto text = read_text(folder / "manifest.json");
    text.replace(text.find("summary.csv"), 11, path);
    write_text(folder / "manifest.json", text);
  };
  SECTION("foreign") {
    listing("notes.txt");
  }
  SECTION("outside") {
    listing("figures/../../precious.txt");
  }
  open_output_folder(folder, true);
  CHECK(fs::exists(outer / "precious.txt"));
  CHECK(fs::exists(folder / "notes.txt"));
  CHECK_FALSE(fs::exists(folder / "manifest.json"));
}

TEST_CASE("an output that is a file, or that cannot be made, is an error that names it") {
  const TemporaryFolder folder;
  write_text(folder / "file", "x");
  for (const bool force : {false, true}) {
    CHECK(error_of([&] { open_output_folder(folder / "file", force); }).file() == (folder / "file").string());
    CHECK(error_of([&] { open_output_folder(folder / "file/below", force); }).kind() == ErrorKind::failed);
  }
  CHECK(read_text(folder / "file") == "x");
}

TEST_CASE("an output folder that cannot be written is an error before any work") {
  if (geteuid() == 0) {
    // Permissions do not bind root; a folder of the kernel's that nobody can write to stands in.
    const auto error = error_of([] { open_output_folder("/proc/self/fdinfo", true); });
    CHECK(error.kind() == ErrorKind::failed);
    return;
  }
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  CHECK(error_of([&] { open_output_folder(folder.path(), false); }).kind() == ErrorKind::failed);
  fs::permissions(folder.path(), fs::perms::owner_all);
}

TEST_CASE("the files of an analysis are told from others") {
  for (const auto* name : {"tokens.csv", "tokens.csv.gz", "summary.csv", "figures/a.png",
                           "logits/0-teacher.safetensors", "report.html"}) {
    CHECK(is_analysis_file(name));
  }
  for (const auto* name :
       {"manifest.json", "notes.txt", "figures", "sub/summary.csv", "summary.csv.partial", ""}) {
    CHECK_FALSE(is_analysis_file(name));
  }
}
