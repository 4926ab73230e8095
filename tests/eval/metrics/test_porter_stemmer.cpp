// Stems against NLTK's (tests/golden/rouge).
#include "eval/metrics/porter_stemmer.h"

#include <set>
#include <sstream>

#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

/// The words of one length, in the order of itertools.product; appended to the `shorter` ones.
std::vector<std::string> starts(const std::string& letters, int longest) {
  std::vector<std::string> all, last{""};
  for (int n = 1; n <= longest; ++n) {
    std::vector<std::string> longer;
    for (const std::string& start : last)
      for (const char letter : letters)
        longer.push_back(start + letter);
    all.insert(all.end(), longer.begin(), longer.end());
    last = std::move(longer);
  }
  return all;
}

}  // namespace

TEST_CASE("stems are NLTK's: composed words") {
  std::istringstream lines(test::read_text(test::source_path("tests/golden/rouge/stems.txt")));
  int count = 0, changed = 0;
  for (std::string word, stem; lines >> word >> stem;) {
    INFO(word);
    CHECK(porter_stem(word) == stem);
    ++count;
    changed += word != stem;
  }
  CHECK(count > 10000);
  CHECK(changed > 8000);
}

TEST_CASE("stems are NLTK's: every short beginning with every ending") {
  const Json golden = read_json_file(test::source_path("tests/golden/rouge/stem_hashes.json"));
  const auto all = starts(golden.at("letters").get<std::string>(), golden.at("longest").get<int>());
  REQUIRE(all.size() == 9 + 81 + 729 + 6561);
  for (const auto& [ending, expected] : golden.at("sha256").items()) {
    std::string stems;
    for (const std::string& start : all)
      stems += porter_stem(start + ending) + "\n";
    INFO(ending);
    CHECK(sha256(stems) == expected.get<std::string>());
  }
}

TEST_CASE("stems are NLTK's: every word of the evaluation sets") {
  TS_NEED_SHARED(folder, "data/eval");
  const Json golden = read_json_file(test::source_path("tests/golden/rouge/shared.json"));
  for (const auto& [name, told] : golden.at("words").items()) {
    CAPTURE(name);
    std::set<std::string> words;
    std::string word;
    for (const char c : test::read_text(folder / name) + " ") {
      const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) {
        word += lower;
      } else if (!word.empty()) {
        words.insert(std::exchange(word, ""));
      }
    }
    CHECK(words.size() == told.at("count").get<std::size_t>());
    std::string stems;
    for (const std::string& one : words)
      stems += porter_stem(one) + "\n";
    CHECK(sha256(stems) == told.at("sha256").get<std::string>());
  }
}
