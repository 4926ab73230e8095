// The cells of a sweep: their names, seeds and baseline, and what is refused.
#include "core/runs/sweep_plan.h"

#include <set>

#include "core/base/error.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

const std::string least = R"(name = "base"
[teacher]
path = "t"
[student]
path = "s"
[data]
train = "d.jsonl"
)";

SweepPlan plan_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "sweep.toml", least + text);
  return read_sweep(folder / "sweep.toml", overrides);
}

std::vector<std::string> names(const SweepPlan& plan) {
  std::vector<std::string> all;
  for (const SweepCell& cell : plan.cells)
    all.push_back(cell.name);
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the product of objectives, temperatures and seeds") {
  const SweepPlan plan = plan_of(
      "[sweep]\nseed = [0, 1]\n\"objective.tau\" = [1, 2.5]\n\"objective.name\" = [\"fkl\", "
      "\"rkl\"]\nbaseline = "
      "\"rkl@1\"\n");
  CHECK(names(plan) == Names{"fkl@1 seed 0", "fkl@1 seed 1", "fkl@2.5 seed 0", "fkl@2.5 seed 1",
                             "rkl@1 seed 0", "rkl@1 seed 1", "rkl@2.5 seed 0", "rkl@2.5 seed 1"});
  CHECK(plan.groups() == Names{"fkl@1", "fkl@2.5", "rkl@1", "rkl@2.5"});
  CHECK(plan.baseline == "rkl@1");
  CHECK(plan.compares_objectives());
  std::set<std::string> folders;
  for (const SweepCell& cell : plan.cells)
    folders.insert(cell.folder);
  CHECK(folders.size() == plan.cells.size());
  CHECK(folders.contains("fkl@2.5_seed_1"));
  const RunSpec& last = plan.cells.back().spec;
  CHECK(last.objective.name == "rkl");
  CHECK(last.objective.tau.from == 2.5);
  CHECK(last.seed == 1);
  CHECK(last.name == "rkl@2.5 seed 1");
}

TEST_CASE("dotted tables, other keys, and presets name their cells") {
  CHECK(names(plan_of("[sweep]\nobjective.preset = [\"distillm-skl\", \"dskd-akl\"]\n")) ==
        Names{"distillm-skl@1", "dskd-akl@2"});
  const SweepPlan rates =
      plan_of("[sweep]\n\"optimizer.learning_rate\" = [1e-3, 5e-4]\n\"data.shuffle\" = [true]\n");
  CHECK(names(rates) == Names{"shuffle=true learning_rate=0.001", "shuffle=true learning_rate=5e-04"});
  CHECK_FALSE(rates.compares_objectives());
  CHECK(names(plan_of("[sweep]\nseed = [4, 7]\n")) == Names{"base seed 4", "base seed 7"});
  CHECK(names(plan_of("[sweep]\n\"objective.tau\" = [1, 4]\n[objective]\nname = \"jsd\"\n")) ==
        Names{"jsd@1", "jsd@4"});
  CHECK(names(plan_of("[sweep]\n\"student.path\" = [\"a/b\", \"c\"]\n")) == Names{"path=a_b", "path=c"});
}

TEST_CASE("an objective without a temperature is one cell, and each objective takes its own parameters") {
  const SweepPlan plan = plan_of(
      "[objective]\nparams = { beta = 0.3, lambda = 0.2 }\n[sweep]\n\"objective.name\" = [\"ce\", \"jsd\", "
      "\"skl\"]\n"
      "\"objective.tau\" = [1, 2]\n");
  CHECK(names(plan) == Names{"ce", "jsd@1", "jsd@2", "skl@1", "skl@2"});
  CHECK(plan.cells[1].spec.objective.parameters == Names{"beta=0.3"});
  CHECK(plan.cells[3].spec.objective.parameters.front() == "lambda=0.2");
  CHECK(plan.baseline == "ce");
}

TEST_CASE("a list can be replaced on the command line") {
  const SweepPlan plan = plan_of("[sweep]\nseed = [0, 1, 2]\n", {"sweep.seed=[5]", "name=other"});
  CHECK(names(plan) == Names{"other seed 5"});
}

TEST_CASE("sweeps that are none") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "there is nothing to sweep"},
      {"[sweep]\nbaseline = \"x\"\n", "there is nothing to sweep"},
      {"[sweep]\n\"objective.tua\" = [1]\n", "perhaps \"objective.tau\""},
      {"[sweep]\nname = [\"a\"]\n", "is no key that can be swept"},
      {"[sweep]\n\"objective.tau\" = 2\n", "has no list of values"},
      {"[sweep]\n\"objective.tau\" = []\n", "an empty list"},
      {"[sweep]\n\"objective.tau\" = [1, 2, 1]\n", "stands twice"},
      {"[sweep]\n\"objective.tau\" = [1, 0]\n", "is out of range"},
      {"[sweep]\n\"objective.name\" = [\"fkl\", \"kl\"]\n", "there is no such objective"},
      {"[sweep]\n\"objective.tau\" = [1]\nbaseline = \"fkl@2\"\n", "one of fkl@1"},
      {"[sweep]\n\"objective.tau\" = [1]\nbaseline = 3\n", "the number 3"}};
  for (const auto& [text, part] : cases) {
    INFO(text);
    const Error error = test::error_of([&] { plan_of(text); });
    INFO(error.what());
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.file().find("sweep.toml") != std::string::npos);
    CHECK(std::string(error.what()).find(part) != std::string::npos);
  }
  std::string many = "[sweep]\nseed = [";
  for (int i = 0; i < 101; ++i)
    many += std::to_string(i) + ", ";
  many += "]\n\"batch.size\" = [";
  for (int i = 1; i < 101; ++i)
    many += std::to_string(i) + ", ";
  CHECK(std::string(test::error_of([&] { plan_of(many + "]\n"); }).what()).find("too many cells") !=
        std::string::npos);
}
