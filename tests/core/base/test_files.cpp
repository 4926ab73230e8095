#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/csv.h"
#include "core/base/files.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;
namespace fs = std::filesystem;

namespace {

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

/// Lets no file of this process grow beyond `bytes`: what a full disk looks like to write(2), but for the
/// code.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

}  // namespace

TEST_CASE("a mapped file shows the bytes of the file") {
  const test::TemporaryFolder folder;
  const std::string content("abc\0def", 7);
  test::write_text(folder / "a", content);
  test::write_text(folder / "empty", "");
  const auto mapped = MappedFile::open(folder / "a");
  CHECK(text_of(mapped->bytes()) == content);
  fs::remove(folder / "a");
  CHECK(text_of(mapped->bytes()) == content);
  CHECK(MappedFile::open(folder / "empty")->bytes().empty());
}

TEST_CASE("what cannot be read says why, at once") {
  const test::TemporaryFolder folder;
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const auto& [name, problem] :
       std::vector<std::pair<std::string, std::string>>{{"absent", "there is no such file"},
                                                        {"absent/deeper", "there is no such file"},
                                                        {"", "is a folder"}}) {
    const fs::path path = name.empty() ? folder.path() : folder / name;
    for (const Error& error : {error_of([&] { MappedFile::open(path); }), error_of([&] { read_file(path); }),
                               error_of([&] { sha256_file(path); })}) {
      CHECK(error.kind() == ErrorKind::bad_input);
      CHECK(error.problem() == problem);
      CHECK(error.file() == path.string());
    }
  }
  CHECK(error_of([&] { MappedFile::open(folder / "pipe"); }).problem() == "is not an ordinary file");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
  if (geteuid() == 0) return;  // root reads everything
  test::write_text(folder / "secret", "x");
  fs::permissions(folder / "secret", fs::perms::none);
  CHECK(error_of([&] { read_file(folder / "secret"); }).problem() == "may not be read");
}

TEST_CASE("reading a whole file stops at the limit, even where the size is not known") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "a", "12345");
  CHECK(read_file(folder / "a") == "12345");
  CHECK(read_file(folder / "a", 5) == "12345");
  const Error error = error_of([&] { read_file(folder / "a", 4); });
  CHECK(error.found_value() == "5 bytes");
  CHECK(error.expected_value() == "at most 4 bytes");
  CHECK(error_of([] { read_file("/dev/zero", 100000); }).problem() == "the file is too large");
  CHECK(read_file("/proc/self/cmdline").size() > 0);
}

TEST_CASE("an atomic file appears only when it is committed") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "out.txt";
  {
    AtomicFile file(path);
    file.write("one ");
    file.write(std::string(3 << 20, 'x'));
    file.write("");
    CHECK_FALSE(fs::exists(path));
    CHECK(fs::exists(folder / "out.txt.partial"));
    CHECK(file.bytes_written() == 4 + (3 << 20));
    file.commit();
    CHECK_THROWS_AS(file.write("x"), std::logic_error);
    CHECK_THROWS_AS(file.commit(), std::logic_error);
  }
  CHECK(test::read_text(path) == "one " + std::string(3 << 20, 'x'));
  {
    AtomicFile file(path);
    file.write("never seen");
  }
  CHECK(test::read_text(path).starts_with("one xxx"));
  write_file_atomically(path, "two");
  CHECK(test::read_text(path) == "two");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"out.txt"});
}

TEST_CASE("a partial file that a crash left behind is written over") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "a.partial", "much longer than what comes now");
  write_file_atomically(folder / "a", "short");
  CHECK(test::read_text(folder / "a") == "short");
}

TEST_CASE("two writers of one file: the second is refused and the first is unharmed") {
  const test::TemporaryFolder folder;
  AtomicFile first(folder / "a");
  first.write("first");
  const Error error = error_of([&] { AtomicFile second(folder / "a"); });
  CHECK(error.problem() == "another process is writing this file");
  first.commit();
  CHECK(test::read_text(folder / "a") == "first");
}

TEST_CASE("places that cannot be written say why") {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "folder");
  const auto problem = [](const fs::path& path) {
    const Error error = error_of([&] { write_file_atomically(path, "x"); });
    CHECK(error.kind() == ErrorKind::failed);
    CHECK(error.file() == path.string());
    return error.problem();
  };
  CHECK(problem(folder / "absent/file") == "its folder does not exist");
  CHECK(problem(folder / "folder") == "is a folder");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"folder"});
  CHECK(problem("/proc/tauscope-test") != "");
}

TEST_CASE("running out of room is an error of its own kind, and leaves nothing behind") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "kept", "old");
  const FileSizeLimit limit(1 << 16);
  const std::string large(1 << 20, 'x');
  SECTION("in write") {
    AtomicFile file(folder / "kept");
    const Error error = error_of([&] {
      for (int i = 0; i < 4; ++i)
        file.write(large);
    });
    CHECK(error.kind() == ErrorKind::exhausted);
    CHECK(error.exit_code() == 4);
  }
  SECTION("in commit") {
    AtomicFile file(folder / "kept");
    file.write(std::string(1 << 17, 'x'));
    CHECK(error_of([&] { file.commit(); }).kind() == ErrorKind::exhausted);
  }
  SECTION("through the CSV writer, plain and compressed") {
    for (const char* name : {"kept", "kept.gz"}) {
      CsvWriter table(folder / name, {"x"});
      const Error error = error_of([&] {
        std::uint64_t state = 1;
        for (int i = 0; i < 200000; ++i) {  // numbers that hardly compress
          state = state * 6364136223846793005u + 1442695040888963407u;
          table.integer(static_cast<std::int64_t>(state)).end_row();
        }
        table.commit();
      });
      CHECK(error.kind() == ErrorKind::exhausted);
    }
  }
  CHECK(test::read_text(folder / "kept") == "old");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"kept"});
}

TEST_CASE("SHA-256 equals the published values") {  // FIPS 180-2, appendix B
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const test::TemporaryFolder folder;
  const std::string million_a(1000000, 'a');
  test::write_text(folder / "a", million_a);
  CHECK(sha256_file(folder / "a") == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(sha256(million_a) == sha256_file(folder / "a"));
}
