// Damaged data files by the thousand: refused with an Error of bounded length, or read. TAUSCOPE_FUZZ_INPUTS
// and TAUSCOPE_FUZZ_SEED as in tests/fuzz.
#include <cstdlib>
#include <set>

#include "core/base/json.h"
#include "tests/core/data/data_text.h"
#include "tests/fuzz/mutator.h"

using namespace tauscope;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

const std::vector<std::string> corpus{
    "{\"prompt\": \"p<n>\", \"output\": [\"a\", \"b\"], \"topic\": \"t\"}\n{\"prompt\": \"q\", \"output\": "
    "\"c\"}\n",
    "{\"instruction\": \"i\", \"context\": \"\", \"response\": \"r\", \"category\": \"x\"}\r\n\n"
    "{\"instruction\": \"j\", \"context\": \"k\", \"response\": \"\\u00e9\"}",
    "[{\"instruction\": \"i\", \"input\": \"\", \"output\": \"o\"},\n {\"instruction\": \"j\", \"input\": "
    "\"x\", \"output\": \"\\\"]\"}]",
    "{\"instruction\": \"i\", \"instances\": [{\"input\": \"x\", \"output\": \"o\"}, {\"input\": \"\", "
    "\"output\": \"p\"}]}\n",
    "{\"question_id\": 1, \"text\": \"why?\", \"category\": \"c\"}\n{\"question_id\": 2, \"turns\": [\"a\", "
    "\"b\"]}\n",
    "{\n \"Definition\": [\"d\"],\n \"Instances\": [{\"id\": \"1\", \"input\": \"x\", \"output\": "
    "[\"o\"]}]\n}\n"};

const std::vector<std::string> words{"{",           "}",
                                     "[",           "]",
                                     "\"",          ",",
                                     ":",           "\n",
                                     "\r\n",        "null",
                                     "\\",          "\xEF\xBB\xBF",
                                     "\xFF",        std::string("\0", 1),
                                     "\"output\":", "\"answer_id\": 1,",
                                     "<n>"};

}  // namespace

TEST_CASE("damaged data files are refused or read") {
  const std::uint64_t seed = from_environment("TAUSCOPE_FUZZ_SEED", 1);
  const std::uint64_t inputs = from_environment("TAUSCOPE_FUZZ_INPUTS", 20000) / 4;
  const test::TemporaryFolder folder;
  fuzz::Mutator mutator(seed, corpus, words);
  std::uint64_t accepted = 0;
  std::set<std::string> problems;
  for (std::uint64_t number = 0; number < inputs; ++number) {
    test::write_text(folder / "d.json", mutator.next());
    CAPTURE(seed, number);
    try {
      const auto data = DataFile::open(folder / "d.json", {});
      std::int64_t count = 0;
      while (const auto example = data->next()) {
        REQUIRE(example->index == count++);
        REQUIRE((data->form() == DataForm::vicuna || !example->outputs.empty()));
        REQUIRE_NOTHROW(Json(example->prompt).dump());  // UTF-8
      }
      REQUIRE(count > 0);
      ++accepted;
    } catch (const Error& error) {
      problems.insert(error.problem());
      REQUIRE(error.kind() == ErrorKind::bad_input);
      REQUIRE_FALSE(error.file().empty());
      REQUIRE(std::string(error.what()).size() < 4000);
      REQUIRE_NOTHROW(Json(error.what()).dump());
    } catch (const std::exception& error) {
      FAIL("no Error but " << error.what());
    }
  }
  if (inputs < 500) return;
  CHECK(accepted > inputs / 50);
  CHECK(accepted < inputs);
  CHECK(problems.size() >= 20);
}
