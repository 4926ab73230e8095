// The metrics beside ROUGE against Python's own results (tests/golden/metrics).
#include <cmath>
#include <sstream>

#include "core/base/json.h"
#include "eval/metrics/diversity.h"
#include "eval/metrics/exact_match.h"
#include "eval/metrics/python_text.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

std::filesystem::path golden(const std::string& name) {
  return test::source_path("tests/golden/metrics/" + name);
}

}  // namespace

TEST_CASE("answers are normalised as SQuAD's script does") {
  std::istringstream lines(test::read_text(golden("normalized.jsonl")));
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json pair = parse_json(line, "normalized.jsonl", ++count);
    INFO(line);
    CHECK(squad_normalized(pair[0].get<std::string>()) == pair[1].get<std::string>());
  }
  CHECK(count > 400);
}

TEST_CASE("lower case is Python's, for every character and around a capital sigma") {
  const Json expected = read_json_file(golden("lower.json"));
  CHECK(expected.at("characters").size() == 1432);
  for (const char* part : {"characters", "sigma"}) {
    for (const Json& pair : expected.at(part)) {
      INFO(pair.dump());
      CHECK(python_text::lower(pair[0].get<std::string>()) == pair[1].get<std::string>());
    }
  }
}

TEST_CASE("an answer matches if it equals any reference") {
  const std::vector<std::string> references{"The Eiffel Tower", "Tour Eiffel"};
  CHECK(exact_match(references, "eiffel tower."));
  CHECK(exact_match(references, " tour  EIFFEL"));
  CHECK_FALSE(exact_match(references, "the tower"));
  CHECK_FALSE(exact_match({}, ""));
  CHECK(exact_match(std::vector<std::string>{"the"}, ""));  // as in the script: nothing is left of either
}

TEST_CASE("self-BLEU is sacreBLEU's sentence_bleu of each answer against the others") {
  int sets = 0;
  for (const Json& set : read_json_file(golden("self_bleu.json"))) {
    ++sets;
    const auto answers = set.at("answers").get<std::vector<std::string>>();
    const auto scores = self_bleu(answers);
    REQUIRE(scores.size() == answers.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      INFO("set " << sets << ", answer " << i << ": " << answers[i]);
      CHECK(bleu_tokens(answers[i]) == set.at("tokens")[i].get<std::vector<std::string>>());
      CHECK(scores[i] == Approx(set.at("bleu")[i].get<double>()).epsilon(1e-12).margin(1e-12));
    }
  }
  CHECK(sets == 12);
  CHECK(std::isnan(self_bleu(std::vector<std::string>{"alone"}).at(0)));
  CHECK(self_bleu({}).empty());
}

TEST_CASE("distinct-n counts different n-grams of the whole set") {
  const std::vector<std::string> answers{"The cat, the cat.", "A cat", "", "x"};
  CHECK(distinct_n(answers, 1) == Approx(4.0 / 7).epsilon(1e-15));  // the cat a x
  CHECK(distinct_n(answers, 2) == Approx(3.0 / 4).epsilon(1e-15));  // the-cat (twice) cat-the a-cat
  CHECK(distinct_n(answers, 3) == 1.0);                             // two in the first answer
  CHECK(std::isnan(distinct_n(answers, 5)));
  CHECK(std::isnan(distinct_n({}, 1)));
}

TEST_CASE("pass@k is the unbiased estimate") {
  for (const Json& one : read_json_file(golden("pass_at_k.json"))) {
    INFO(one.dump());
    const double value = pass_at_k(one[0].get<int>(), one[1].get<int>(), one[2].get<int>());
    CHECK(value == Approx(one[3].get<double>()).epsilon(1e-12).margin(1e-14));
  }
  CHECK(std::isnan(pass_at_k(4, 4, 5)));
}
