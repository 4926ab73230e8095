// Objectives and presets as people ask for them: errors that help, and the figures of other code bases
// (tests/golden/make_objectives.py).
#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "core/base/error.h"
#include "core/objectives/choice.h"
#include "core/objectives/presets.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

ObjectiveChoice named(const std::string& name, std::vector<std::string> parameters = {}) {
  ObjectiveChoice choice;
  choice.name = name;
  choice.parameters = std::move(parameters);
  return choice;
}

ObjectiveChoice preset(const std::string& name, std::vector<std::string> parameters = {}) {
  ObjectiveChoice choice = named("", std::move(parameters));
  choice.preset = name;
  return choice;
}

std::string problem(const ObjectiveChoice& choice) {
  try {
    resolve_objective(choice);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "";
}

void check_problem(const ObjectiveChoice& choice, const std::vector<std::string>& parts) {
  const std::string message = problem(choice);
  for (const std::string& part : parts) {
    INFO(message << "\nlacks: " << part);
    CHECK(message.find(part) != std::string::npos);
  }
}

/// One case of the golden file.
struct GoldenCase {
  ObjectiveChoice choice;
  std::string text;
  double loss = 0;
  std::vector<double> gradient;
};

struct GoldenRow {
  std::vector<float> teacher, student;
  std::int64_t target = -1;
  std::vector<GoldenCase> cases;
};

ObjectiveChoice parse_choice(const std::string& text) {
  ObjectiveChoice choice;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::string key = word.substr(0, word.find('=')), value = word.substr(word.find('=') + 1);
    if (key == "name") choice.name = value;
    if (key == "preset") choice.preset = value;
    if (key == "param") choice.parameters.push_back(value);
    if (key == "tau") choice.tau = std::stod(value);
    if (key == "scaling") choice.tau_scaling = value == "squared" ? TauScaling::squared : TauScaling::none;
  }
  return choice;
}

template <class T>
std::vector<T> parse_numbers(std::istringstream& words) {
  std::vector<T> numbers;
  for (std::string word; words >> word;)
    numbers.push_back(static_cast<T>(std::strtod(word.c_str(), nullptr)));
  return numbers;
}

std::vector<GoldenRow> read_golden() {
  std::ifstream file(source_path("tests/golden/objectives.txt"));
  REQUIRE(file);
  std::vector<GoldenRow> rows;
  bool ended = false;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "end") ended = true;
    if (key == "row") {
      std::size_t vocab = 0;
      rows.emplace_back();
      words >> vocab >> rows.back().target;
    }
    if (key == "teacher") rows.back().teacher = parse_numbers<float>(words);
    if (key == "student") rows.back().student = parse_numbers<float>(words);
    if (key == "choice") rows.back().cases.push_back({parse_choice(line.substr(7)), line, 0, {}});
    if (key == "loss") rows.back().cases.back().loss = parse_numbers<double>(words).at(0);
    if (key == "gradient") rows.back().cases.back().gradient = parse_numbers<double>(words);
  }
  REQUIRE(ended);
  return rows;
}

void check_case(const GoldenRow& row, const GoldenCase& c, const char* variant, double bound) {
  const std::size_t vocab = row.teacher.size();
  const std::int64_t targets[] = {row.target};
  const ObjectiveInput input{{row.teacher.data(), 1, vocab, vocab, DType::float32},
                             {row.student.data(), 1, vocab, vocab, DType::float32},
                             targets,
                             {}};
  std::vector<float> gradient(vocab);
  double loss = 0;
  objective_gradient(*find_kernel_variant(variant), input, resolve_objective(c.choice), gradient, vocab,
                     std::span(&loss, 1));
  INFO(c.text << ", V " << vocab << ", " << variant);
  CHECK(loss == Approx(c.loss).epsilon(bound));
  double largest = 0, worst = 0;
  REQUIRE(c.gradient.size() == vocab);
  for (std::size_t j = 0; j < vocab; ++j) {
    largest = std::max(largest, std::abs(c.gradient[j]));
    worst = std::max(worst, std::abs(c.gradient[j] - double(gradient[j])));
  }
  CHECK(worst <= bound * largest);
}

}  // namespace

TEST_CASE("every objective and preset gives the figures of the golden file") {
  std::set<std::string> seen;
  for (const GoldenRow& row : read_golden()) {
    for (const GoldenCase& c : row.cases) {
      seen.insert(c.choice.name + c.choice.preset);
      check_case(row, c, "reference", 3e-7);
      check_case(row, c, "cpu-exact", 1e-5);
    }
  }
  for (const Objective& objective : kernel_objectives()) {
    INFO(objective.text.name);
    CHECK(seen.count(objective.text.name) == 1);
  }
  for (const ObjectivePreset& preset : objective_presets()) {
    INFO(preset.name);
    CHECK(seen.count(preset.name) == 1);
  }
}

TEST_CASE("presets are complete, named once, and grouped by objective") {
  std::set<std::string> names;
  std::size_t grouped = 0;
  for (const ObjectivePreset& preset : objective_presets()) {
    INFO(preset.name);
    CHECK(names.insert(preset.name).second);
    CHECK(find_objective_preset(preset.name) == &preset);
    CHECK(std::string(preset.title).size() > 5);
    CHECK(std::string(preset.facts).size() > 5);
    const ObjectiveSpec spec = resolve_objective(::preset(preset.name));
    CHECK(std::string(spec.objective->text.name) == preset.objective);
    CHECK(spec.tau == preset.tau.value_or(1));
    CHECK(spec.ce_weight == preset.ce_weight);
  }
  for (const Objective& objective : kernel_objectives()) {
    INFO(objective.text.name);
    const ObjectiveText& of = objective.text;
    for (const char* text : {of.title, of.formula, of.gradient, of.help})
      CHECK(std::string(text).size() > 5);
    for (const ObjectiveParameter& parameter : objective.parameters)
      CHECK(parameter.allows(parameter.fallback));
    grouped += objective_presets(of.name).size();
  }
  CHECK(grouped == objective_presets().size());
  CHECK(find_objective_preset("GKD") == nullptr);
}

TEST_CASE("TRL's GKD is forward and reverse KL at the ends of its range") {
  for (const auto& [beta, name] : {std::pair{"beta=0", "fkl"}, {"beta=1", "rkl"}, {"beta=0.25", "jsd"}}) {
    CHECK(std::string(resolve_objective(preset("trl-gkd", {beta})).objective->text.name) == name);
  }
}

TEST_CASE("what is asked for wrongly is named, with what is expected") {
  check_problem({}, {"--name or --preset is missing", "fkl, rkl"});
  check_problem(named("kl"), {"--name", "'kl'", "one of fkl"});
  check_problem(named("dskd-fkl"), {"'dskd-fkl'", "--preset dskd-fkl"});
  check_problem(preset("gkd"), {"--preset", "'gkd'", "trl-gkd"});
  check_problem(named("jsd", {"alpha=1"}), {"no such parameter", "alpha", "beta"});
  check_problem(named("rkl", {"x=1"}), {"rkl takes none"});
  check_problem(named("jsd", {"beta=0"}), {"--param beta", "0", "(0, 1)"});
  check_problem(named("jsd", {"beta=nan"}), {"--param beta", "(0, 1)"});
  check_problem(named("jsd", {"beta"}), {"'beta'", "name=value"});
  check_problem(named("jsd", {"beta=a half"}), {"'a half'", "number"});
  check_problem(named("jsd", {"beta=0.1", "beta=0.2"}), {"given twice"});
  check_problem(named("akl", {"crossing=0.5"}), {"0.5", "whole number"});
  ObjectiveChoice both = preset("trl-gkd");
  both.name = "rkl";
  check_problem(both, {"rkl and jsd"});
  ObjectiveChoice cold = named("rkl");
  cold.tau = 0.0;
  check_problem(cold, {"--tau", "0.01"});
  ObjectiveChoice labels = named("rkl");
  labels.ce_weight = 1.0;
  check_problem(labels, {"--ce-weight", "[0, 1)"});
}

TEST_CASE("a specification is described in words") {
  ObjectiveChoice jsd = named("jsd", {"beta=0.3"});
  jsd.tau = 2.0;
  CHECK(describe_objective(resolve_objective(jsd)) == "jsd (beta=0.3) at τ = 2, times τ²");
  CHECK(describe_objective(resolve_objective(named("ce"))) == "ce");
  CHECK(describe_objective(resolve_objective(preset("dskd-rkl"))) ==
        "rkl at τ = 2, no τ²; 0.5 of it and 0.5 of the label's cross entropy");
}
