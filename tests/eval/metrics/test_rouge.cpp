// ROUGE against Google's package (tests/golden/rouge).
#include "eval/metrics/rouge.h"

#include <sstream>

#include "core/base/json.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

std::filesystem::path golden(const std::string& name) {
  return test::source_path("tests/golden/rouge/" + name);
}

/// rouge1, rouge2, rougeL: the reference with the largest F1 for each.
std::vector<RougeScore> scores_of(const std::vector<std::string>& references, const std::string& prediction,
                                  bool stem) {
  const RougeTokens words = rouge_tokens(prediction, stem);
  std::vector<std::vector<RougeScore>> each(3);
  for (const std::string& reference : references) {
    const RougePair pair(rouge_tokens(reference, stem), words);
    each[0].push_back(pair.rouge_n(1));
    each[1].push_back(pair.rouge_n(2));
    each[2].push_back(pair.rouge_l());
  }
  return {best_of(each[0]), best_of(each[1]), best_of(each[2])};
}

void check_scores(const std::vector<RougeScore>& scores, const Json& expected) {
  REQUIRE(expected.size() == scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    INFO("rouge1, rouge2, rougeL: number " << i);
    // The same divisions of the same whole numbers: equal to the last bit.
    CHECK(scores[i].precision == expected[i][0].get<double>());
    CHECK(scores[i].recall == expected[i][1].get<double>());
    CHECK(scores[i].f1 == expected[i][2].get<double>());
  }
}

std::string recipe_text(const Json& recipe) {
  auto state = recipe[0].get<std::uint64_t>();
  const auto length = recipe[1].get<int>();
  const auto kinds = recipe[2].get<std::uint64_t>();
  std::string text;
  for (int i = 0; i < length; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text += (i > 0 ? " w" : "w") + std::to_string((state >> 33) % kinds) + "ing";
  }
  return text;
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::istringstream text(test::read_text(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);)
    lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("ROUGE equals rouge_score on every golden pair, with and without stemmer") {
  int pairs = 0, several = 0;
  for (const std::string& line : lines_of(golden("pairs.jsonl"))) {
    const Json pair = parse_json(line, "pairs.jsonl", ++pairs);
    INFO("line " << pairs << ": " << line.substr(0, 300));
    const auto references = pair.at("references").get<std::vector<std::string>>();
    const auto prediction = pair.at("prediction").get<std::string>();
    several += references.size() > 1;
    check_scores(scores_of(references, prediction, false), pair.at("plain"));
    check_scores(scores_of(references, prediction, true), pair.at("stem"));
  }
  CHECK(pairs >= 500);
  CHECK(several >= 50);
}

TEST_CASE("ROUGE equals rouge_score on texts of thousands of words") {
  for (const Json& pair : read_json_file(golden("long.json")))
    check_scores(scores_of({recipe_text(pair.at("reference"))}, recipe_text(pair.at("prediction")), true),
                 pair.at("stem"));
}

TEST_CASE("the documents' own examples of ROUGE-L") {
  const auto f1 = [](const char* reference, const char* prediction) {
    return scores_of({reference}, prediction, true)[2].f1;
  };
  CHECK(f1("The naïve café's owner isn't running 3.5 miles", "the naive cafe owner is running 3.5 miles") ==
        Approx(0.571429).margin(5e-7));
  CHECK(f1("running runs dying lying skies", "run run die lie sky") == 1.0);
  CHECK(f1("generalizations happily conditional", "generalization happy condition") ==
        Approx(0.666667).margin(5e-7));
  CHECK(f1("The cat sat on the mat.", "A cat was sitting on a mat") == Approx(0.461538).margin(5e-7));
}

TEST_CASE("ROUGE of the reference implementation's own thousand pairs") {
  TS_NEED_SHARED(folder, "data/rouge");
  const Json expected = read_json_file(golden("shared.json")).at("large");
  const auto references = lines_of(folder / "target_large.txt"),
             predictions = lines_of(folder / "prediction_large.txt");
  REQUIRE(references.size() == expected.size());
  REQUIRE(predictions.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const RougeTokens reference = rouge_tokens(references[i], true),
                      prediction = rouge_tokens(predictions[i], true);
    const RougePair pair(reference, prediction);
    const double m = static_cast<double>(reference.size());
    INFO("line " << i + 1);
    CHECK(reference.size() == expected[i][0].get<std::size_t>());
    CHECK(prediction.size() == expected[i][1].get<std::size_t>());
    CHECK(std::lround(pair.rouge_n(1).recall * m) == expected[i][2].get<long>());
    CHECK(std::lround(pair.rouge_n(2).recall * (m - 1)) == expected[i][3].get<long>());
    CHECK(pair.common_words().size() == expected[i][4].get<std::size_t>());
    CHECK(std::lround(pair.rouge_l().recall * m) == expected[i][4].get<long>());
  }
}

TEST_CASE("words know where they stood in the text") {
  const std::string text =
      "Naïve RUNNERS; 3.5 \xE2\x84\xAA"
      "elvin \xC4\xB0S";
  const RougeTokens tokens = rouge_tokens(text, true);
  CHECK(tokens.words == std::vector<std::string>{"na", "ve", "runner", "3", "5", "kelvin", "i", "s"});
  std::vector<std::string> pieces;
  for (const TextSpan span : tokens.spans)
    pieces.push_back(text.substr(span.begin, span.end - span.begin));
  CHECK(pieces == std::vector<std::string>{"Na", "ve", "RUNNERS", "3", "5",
                                           "\xE2\x84\xAA"
                                           "elvin",
                                           "\xC4\xB0", "S"});
}

TEST_CASE("the common words of a pair are equal and in order") {
  const RougeTokens reference = rouge_tokens("the quick brown fox jumped over lazy dogs", true),
                    prediction = rouge_tokens("a quick fox jumps over the dog", true);
  const auto common = RougePair(reference, prediction).common_words();
  REQUIRE(common.size() == 5);
  for (std::size_t k = 0; k < common.size(); ++k) {
    CHECK(reference.words[common[k].first] == prediction.words[common[k].second]);
    if (k > 0) {
      CHECK(common[k].first > common[k - 1].first);
      CHECK(common[k].second > common[k - 1].second);
    }
  }
}
