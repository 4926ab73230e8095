#include "core/decoding/answer_log.h"

#include <filesystem>

#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

Json line(std::int64_t example) {
  return {{"example", example}, {"text", "answer " + std::to_string(example)}};
}

}  // namespace

TEST_CASE("answers are on disk as they come, and in the examples' order at the end") {
  const TemporaryFolder folder;
  const fs::path file = folder / "answers.jsonl", unfinished = folder / "answers.jsonl.unfinished";
  {
    AnswerLog log(file, "key", false);
    log.add(7, line(7));
    log.add(2, line(2));
    CHECK(read_text(unfinished) ==
          "{\"unfinished\":\"key\"}\n" + line(7).dump() + "\n" + line(2).dump() + "\n");
    CHECK_FALSE(fs::exists(file));
  }
  // Killed here, in the middle of a line.
  write_text(unfinished, read_text(unfinished) + "{\"example\": 9, \"te");
  AnswerLog log(file, "key", false);
  CHECK(log.taken_over() == 2);
  CHECK(log.has(7));
  CHECK_FALSE(log.has(9));
  log.add(9, line(9));
  log.add(0, line(0));
  log.finish();
  CHECK(read_text(file) ==
        line(0).dump() + "\n" + line(2).dump() + "\n" + line(7).dump() + "\n" + line(9).dump() + "\n");
  CHECK_FALSE(fs::exists(unfinished));
}

TEST_CASE("nobody's answers are mixed or lost") {
  const TemporaryFolder folder;
  const fs::path file = folder / "answers.jsonl", unfinished = folder / "answers.jsonl.unfinished";
  { AnswerLog(file, "one", false).add(1, line(1)); }
  const std::string before = read_text(unfinished);
  const Error other = error_of([&] { AnswerLog(file, "another", false); });
  CHECK(other.file() == unfinished.string());
  CHECK(read_text(unfinished) == before);
  {
    AnswerLog log(file, "another", true);
    CHECK(log.size() == 0);
    log.finish();
  }
  CHECK(read_text(file).empty());
  const Error there = error_of([&] { AnswerLog(file, "one", false); });
  CHECK(there.remedy_text().find("--force") != std::string::npos);
  for (const char* broken : {"nonsense\n", "{}\n", "{\"unfinished\": \"k\"}\n{\"text\": \"x\"}\n",
                             "{\"unfinished\": \"k\"}\n{\"example\": -1}\n"}) {
    write_text(unfinished, broken);
    CHECK(error_of([&] { AnswerLog(file, "k", true); }).kind() == ErrorKind::bad_input);
    CHECK(read_text(unfinished) == broken);
  }
  CHECK(error_of([&] { AnswerLog(folder / "no/such/folder/a.jsonl", "k", false); }).kind() ==
        ErrorKind::failed);
}
