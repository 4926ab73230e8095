// Specs that are right: defaults, overrides, presets, and the way back from the resolved text.
#include "core/runs/read_spec.h"

#include <set>

#include "core/objectives/presets.h"
#include "core/runs/spec_keys.h"
#include "kernels/objective.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

namespace fs = std::filesystem;

const std::string least = R"([teacher]
path = "t"
[student]
path = "s"
[data]
train = "d.jsonl"
)";

/// The spec of `text` in a folder of its own.
RunSpec read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "spec.toml", text);
  return read_run_spec(folder / "spec.toml", overrides);
}

}  // namespace

TEST_CASE("a spec with nothing but its parts has the documented defaults") {
  RunSpec expected;
  RunSpec spec = read(least);
  CHECK(spec.teacher.path.filename() == "t");
  expected.teacher.path = spec.teacher.path;
  expected.student.path = spec.student.path;
  expected.data.train = spec.data.train;
  expected.objective.parameters = spec.objective.parameters;  // those that nobody named are written out
  CHECK(spec == expected);
}

TEST_CASE("the documented spec with every default written out is the same spec") {
  const std::string text = R"(name = "run"
seed = 0
device = "auto"
dtype = "float32"
[teacher]
path = "/x/t"
[student]
path = "/x/s"
[data]
train = "/x/d.jsonl"
template = "alpaca"
max_length = 512
max_prompt_length = 256
limit = 0
shuffle = true
policy = "fixed"
student_share = 1.0
[sampling]
temperature = 1.0
top_p = 1.0
top_k = 0
max_new_tokens = 256
[objective]
name = "fkl"
params = {}
tau = 1.0
tau_scaling = "squared"
ce_weight = 0.0
average = "token"
[optimizer]
learning_rate = 5e-4
betas = [0.9, 0.999]
epsilon = 1e-8
weight_decay = 0.01
clip_norm = 1.0
[schedule]
kind = "cosine"
warmup_steps = 0
steps = 0
epochs = 1
min_learning_rate = 0.0
[batch]
size = 8
accumulation = 1
[evaluation]
every = 0
metric = "rouge-l"
limit = 100
[probe]
every = 0
tau = [1, 2, 4]
limit = 16
[checkpoint]
every = 0
keep_last = 2
keep_best = true
)";
  const RunSpec spec = read(text);
  CHECK(spec_hash(spec) ==
        spec_hash(read("teacher.path = \"/x/t\"\nstudent.path = \"/x/s\"\ndata.train = \"/x/d.jsonl\"\n")));
}

TEST_CASE("paths are relative to the spec file, those of --set to the current folder") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "specs");
  test::write_text(folder / "specs" / "a.toml", least + "template = \"own.txt\"\n");
  const RunSpec spec = read_run_spec(folder / "specs" / "a.toml", {"data.validation=v.jsonl"});
  CHECK(spec.data.train == folder / "specs" / "d.jsonl");
  CHECK(spec.data.form_template == (folder / "specs" / "own.txt").string());
  CHECK(spec.data.validation == fs::current_path() / "v.jsonl");
  for (const char* word : {"none", "alpaca", "chatml"})
    CHECK(read(least + "template = \"" + word + "\"\n").data.form_template == word);
}

TEST_CASE("an override is TOML, or a text") {
  const RunSpec spec = read(least, {"objective.name=rkl", "objective.tau = 2", "optimizer.betas=[0.8, 0.95]",
                                    "name=\"a b\"", "data.shuffle=false", "seed=17", "schedule.steps=30",
                                    "probe.tau=[0.5]", "student.path=/elsewhere"});
  CHECK(spec.objective.name == "rkl");
  CHECK(spec.objective.tau == TauSchedule{TauSchedule::Kind::constant, 2, 2});
  CHECK(spec.optimizer.betas == std::array<double, 2>{0.8, 0.95});
  CHECK(spec.name == "a b");
  CHECK_FALSE(spec.data.shuffle);
  CHECK(spec.seed == 17);
  CHECK(spec.schedule.steps == 30);
  CHECK(spec.probe.tau == std::vector<double>{0.5});
  CHECK(spec.student.path == "/elsewhere");
  CHECK(read(least, {"name=7"}).name == "7");
  CHECK(read(least, {"seed=1", "seed=2"}).seed == 2);
}

TEST_CASE("an override puts out of force what contradicts it in the file") {
  const RunSpec steps = read(least + "[schedule]\nsteps = 90\n", {"schedule.epochs=2"});
  CHECK(steps.schedule.steps == 0);
  CHECK(steps.schedule.epochs == 2);
  const RunSpec moving =
      read(least + "[objective]\ntau = 3\n", {"objective.tau_schedule={kind='linear', from=4, to=1}"});
  CHECK(moving.objective.tau == TauSchedule{TauSchedule::Kind::linear, 4, 1});
  const RunSpec named = read(least + "[objective]\npreset = \"dskd-akl\"\n", {"objective.name=fkl"});
  CHECK(named.objective.preset.empty());
  CHECK(named.objective.ce_weight == 0);
  const RunSpec fixed = read(least + "policy = \"on-policy\"\nstudent_share = 0.5\n[sampling]\ntop_p = 0.9\n",
                             {"data.policy=fixed"});
  CHECK(fixed.data.student_share == 1);
  const RunSpec own =
      read(least + "[objective]\nname = \"jsd\"\nparams = { beta = 0.3 }\n", {"objective.name=rkl"});
  CHECK(own.objective.name == "rkl");
  CHECK(read(least + "[objective]\nname = \"eopd\"\nh_max_quantile = 0.8\n", {"objective.name=rkl"})
            .objective.h_max_quantile == std::nullopt);
}

TEST_CASE("a preset brings its parameters, temperature, scaling and weight, which keys override") {
  const RunSpec spec = read(least + "[objective]\npreset = \"dskd-jsd\"\n");
  CHECK(spec.objective.name == "jsd");
  CHECK(spec.objective.preset == "dskd-jsd");
  CHECK(spec.objective.parameters == std::vector<std::string>{"beta=0.5"});
  CHECK(spec.objective.tau.from == 2);
  CHECK(spec.objective.tau_scaling == TauScaling::none);
  CHECK(spec.objective.ce_weight == 0.5);
  const RunSpec changed =
      read(least + "[objective]\npreset = \"dskd-jsd\"\ntau = 4\nce_weight = 0\nparams = { beta = 0.1 }\n");
  CHECK(changed.objective.tau.from == 4);
  CHECK(changed.objective.ce_weight == 0);
  CHECK(changed.objective.parameters == std::vector<std::string>{"beta=0.1"});
  const RunSpec end = read(least + "[objective]\npreset = \"trl-gkd\"\nparams = { beta = 1 }\n");
  CHECK(end.objective.name == "rkl");
  CHECK(end.objective.preset.empty());
}

TEST_CASE("cross entropy needs no teacher, and has no temperature") {
  const std::string alone = "[student]\npath = \"s\"\n[data]\ntrain = \"d\"\n[objective]\nname = \"ce\"\n";
  const RunSpec spec = read(alone);
  CHECK(spec.teacher.path.empty());
  CHECK(spec.objective.tau.from == 1);
  CHECK(read(least + "[objective]\ntau = 4\n", {"objective.name=ce"}).objective.tau.from == 1);
}

TEST_CASE("every objective and preset survives the way to JSON and back") {
  std::set<std::string> hashes;
  int specs = 0;
  const auto round_trip = [&](const std::string& objective) {
    INFO(objective);
    const RunSpec spec = read("name = \"x y\"\nseed = 3\n" + least +
                              "[schedule]\nsteps = 7\nwarmup_steps = 2\n[objective]\n" + objective);
    const RunSpec again = spec_from_json(to_json(spec), "spec.json");
    CHECK(again == spec);
    CHECK(spec_hash(again) == spec_hash(spec));
    const test::TemporaryFolder folder;
    test::write_text(folder / "spec.json", Json{{"format", "tauscope-run"}, {"spec", to_json(spec)}}.dump());
    CHECK(read_run_spec(folder / "spec.json") == spec);
    ++specs;
  };
  for (const Objective& objective : kernel_objectives())
    round_trip("name = \"" + std::string(objective.text.name) + "\"\n");
  for (const ObjectivePreset& preset : objective_presets())
    round_trip("preset = \"" + std::string(preset.name) + "\"\n");
  round_trip("name = \"eopd\"\nh_max_quantile = 0.75\n");
  round_trip(
      "tau_schedule = { kind = \"cosine\", from = 4, to = 1 }\naverage = \"example\"\nce_weight = 0.25\n");
  CHECK(specs > 30);
}

TEST_CASE("every key is read into the member that it is written from") {
  // A value for each key that is not its default.
  const std::vector<std::pair<std::string, std::string>> values{{"name", "\"n\""},
                                                                {"seed", "9"},
                                                                {"device", "\"cuda:1\""},
                                                                {"dtype", "\"bfloat16\""},
                                                                {"teacher.path", "\"/t2\""},
                                                                {"teacher.cache", "\"top-k:50\""},
                                                                {"student.path", "\"/s2\""},
                                                                {"student.init", "\"/c.json\""},
                                                                {"student.gradient_checkpointing", "true"},
                                                                {"data.train", "\"/d2\""},
                                                                {"data.validation", "\"/v\""},
                                                                {"data.template", "\"none\""},
                                                                {"data.max_length", "100"},
                                                                {"data.max_prompt_length", "50"},
                                                                {"data.limit", "10"},
                                                                {"data.shuffle", "false"},
                                                                {"data.policy", "\"seqkd\""},
                                                                {"data.student_share", "0.5"},
                                                                {"sampling.temperature", "0.7"},
                                                                {"sampling.top_p", "0.9"},
                                                                {"sampling.top_k", "40"},
                                                                {"sampling.max_new_tokens", "32"},
                                                                {"objective.name", "\"jsd\""},
                                                                {"objective.preset", "\"hinton-rkl\""},
                                                                {"objective.params", "{ beta = 0.3 }"},
                                                                {"objective.tau", "2.5"},
                                                                {"objective.tau_schedule.kind", "\"linear\""},
                                                                {"objective.tau_schedule.from", "3"},
                                                                {"objective.tau_schedule.to", "2"},
                                                                {"objective.tau_scaling", "\"none\""},
                                                                {"objective.ce_weight", "0.25"},
                                                                {"objective.average", "\"example\""},
                                                                {"objective.h_max_quantile", "0.5"},
                                                                {"optimizer.learning_rate", "0.001"},
                                                                {"optimizer.betas", "[0.8, 0.9]"},
                                                                {"optimizer.epsilon", "1e-6"},
                                                                {"optimizer.weight_decay", "0.1"},
                                                                {"optimizer.clip_norm", "0"},
                                                                {"schedule.kind", "\"linear\""},
                                                                {"schedule.warmup_steps", "3"},
                                                                {"schedule.steps", "20"},
                                                                {"schedule.epochs", "2.5"},
                                                                {"schedule.min_learning_rate", "1e-6"},
                                                                {"batch.size", "4"},
                                                                {"batch.accumulation", "2"},
                                                                {"batch.halve_on_exhaustion", "true"},
                                                                {"evaluation.every", "5"},
                                                                {"evaluation.metric", "\"rouge-l,length\""},
                                                                {"evaluation.limit", "20"},
                                                                {"evaluation.max_new_tokens", "64"},
                                                                {"evaluation.patience", "2"},
                                                                {"probe.every", "5"},
                                                                {"probe.tau", "[0.5, 8]"},
                                                                {"probe.limit", "4"},
                                                                {"checkpoint.every", "5"},
                                                                {"checkpoint.keep_last", "1"},
                                                                {"checkpoint.keep_best", "false"}};
  std::set<std::string> covered;
  for (const auto& [name, value] : values) {
    INFO(name);
    covered.insert(name);
    const SpecKey* key = find_spec_key(name);
    REQUIRE(key != nullptr);
    RunSpec spec;
    if (name.starts_with("objective.tau_schedule.")) spec.objective.tau.kind = TauSchedule::Kind::cosine;
    const Json before = key->write(spec);
    for (const Setting& setting : parse_override(name + "=" + value))
      key->read(spec, setting);
    const Json after = key->write(spec);
    CHECK(after != before);
    RunSpec again;
    if (name.starts_with("objective.tau_schedule.")) again.objective.tau.kind = TauSchedule::Kind::cosine;
    for (const Setting& setting : settings_from_json(Json{{name, after}}, "json"))
      key->read(again, setting);
    CHECK(key->write(again) == after);
    CHECK(again == spec);
  }
  for (const SpecKey& key : spec_keys()) {
    INFO(key.key);
    CHECK(covered.contains(key.key));
    CHECK_FALSE(key.meaning.empty());
    CHECK(spec_key_text().find(key.meaning) != std::string::npos);
  }
}
