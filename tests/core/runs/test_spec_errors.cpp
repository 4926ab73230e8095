// Specs that are wrong: each error names its place, its key, what was found or expected, and what to do.
#include "core/runs/nearest.h"
#include "core/runs/read_spec.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

const std::string least = R"([teacher]
path = "t"
[student]
path = "s"
[data]
train = "d.jsonl"
)";
constexpr int least_lines = 6;

struct Malformed {
  std::string text;   ///< behind `least`, in [data]
  int line;           ///< of the file, from the first line of `text` on; 0 = no line is at fault
  std::string field;  ///< "" = none
  std::string part;   ///< of the message
};

Error error_of_text(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "spec.toml", text);
  return test::error_of([&] { read_run_spec(folder / "spec.toml", overrides); });
}

void check_error(const Error& error, int line, const Malformed& expected) {
  INFO(error.what());
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.field_name() == expected.field);
  CHECK(std::string(error.what()).find(expected.part) != std::string::npos);
  const std::string place = line > 0 ? "spec.toml:" + std::to_string(line) : "spec.toml";
  CHECK(error.file().size() >= place.size());
  CHECK(error.file().substr(error.file().size() - std::min(place.size(), error.file().size())) == place);
}

}  // namespace

TEST_CASE("malformed specs are refused with place, key and remedy") {
  const std::vector<Malformed> cases{
      // Not TOML, or twice.
      {"limit = ", 1, "", "not valid TOML"},
      {"limit = 1\nlimit = 2", 2, "", "not valid TOML"},
      {"[data]\nlimit = 1", 1, "", "not valid TOML"},
      {"limit = 1 2", 1, "", "not valid TOML"},
      {"name = \"a", 1, "", "not valid TOML"},
      {"limit = 3\n\"data.limit\" = 4\n[\"data\".limit]\nx = 1", 3, "", "not valid TOML"},
      {"limit = 1979-05-27", 1, "data.limit", "a date or a time"},
      {"[probe]\ntau = [07:32:00]", 2, "probe.tau", "a date or a time"},
      // Unknown keys, with the nearest one.
      {"limt = 1", 1, "data.limt", "perhaps data.limit"},
      {"max_lenght = 1", 1, "data.max_lenght", "perhaps data.max_length"},
      {"[optimizer]\nlr = 1", 2, "optimizer.lr", "there is no such key"},
      {"[training]\nlearning_rate = 1", 2, "training.learning_rate", "perhaps optimizer.learning_rate"},
      {"[optimiser]\nclip_norm = 1", 2, "optimiser.clip_norm", "perhaps optimizer.clip_norm"},
      {"[objective]\ntemperature = 2", 2, "objective.temperature", "perhaps sampling.temperature"},
      {"[objective]\nlearning = 2", 2, "objective.learning", "--keys` lists every key"},
      {"[zzz]\n", 1, "zzz", "there is no such key"},
      {"[batch]\nsizes = 2", 2, "batch.sizes", "perhaps batch.size"},
      // Tables in place of values and the reverse.
      {"[optimizer.learning_rate]\nx = 1", 2, "optimizer.learning_rate.x", "is no table"},
      {"[[batch]]\nsize = 1", 1, "batch", "is a table"},
      {"[[schedule]]\nsteps = 1\n[[schedule]]\nsteps = 2", 1, "schedule",
       "expected: [schedule] with keys such as"},
      {"limit = { a = 1 }", 1, "data.limit.a", "is no table"},
      {"limit = {}", 1, "data.limit", "a table"},
      // Wrong types.
      {"limit = \"ten\"", 1, "data.limit", "a whole number of at least 0"},
      {"limit = 1.5", 1, "data.limit", "the number 1.5"},
      {"limit = true", 1, "data.limit", "found:    true"},
      {"shuffle = 1", 1, "data.shuffle", "true or false"},
      {"shuffle = \"yes\"", 1, "data.shuffle", "the text \"yes\""},
      {"policy = 3", 1, "data.policy", "fixed, seqkd or on-policy"},
      {"validation = [\"a\"]", 1, "data.validation", "a list"},
      {"validation = \"\"", 1, "data.validation", "is empty"},
      {"[optimizer]\nlearning_rate = \"5e-4\"", 2, "optimizer.learning_rate", "a number above 0"},
      {"[optimizer]\nbetas = 0.9", 2, "optimizer.betas", "two numbers"},
      {"[optimizer]\nbetas = [0.9]", 2, "optimizer.betas", "two numbers"},
      {"[optimizer]\nbetas = [0.9, \"x\"]", 2, "optimizer.betas", "two numbers"},
      {"[probe]\ntau = 1", 2, "probe.tau", "a list of 1 to 64 temperatures"},
      {"[probe]\ntau = [{ a = 1 }]", 2, "probe.tau", "a list of 1 to 64 temperatures"},
      {"[objective]\nparams = 3", 2, "objective.params", "a table of numbers"},
      {"[objective]\nname = \"jsd\"\nparams = { beta = \"x\" }", 3, "objective.params.beta", "a number"},
      {"[objective]\ntau_schedule = \"linear\"", 2, "objective.tau_schedule", "is a table"},
      {"[objective]\nname = 3", 2, "objective.name", "the number 3"},
      // Out of range.
      {"limit = -1", 1, "data.limit", "a whole number of at least 0"},
      {"limit = 9223372036854775807", 1, "data.limit", "is out of range"},
      {"max_length = 1", 1, "data.max_length", "at least 2"},
      {"student_share = 1.5\npolicy = \"on-policy\"", 1, "data.student_share", "of at most 1"},
      {"policy = \"random\"", 1, "data.policy", "fixed, seqkd or on-policy"},
      {"[objective]\ntau = 0", 2, "objective.tau", "of at least 0.01 and of at most 1000"},
      {"[objective]\ntau = nan", 2, "objective.tau", "is out of range"},
      {"[objective]\ntau = inf", 2, "objective.tau", "is out of range"},
      {"[objective]\nce_weight = 1", 2, "objective.ce_weight", "below 1"},
      {"[optimizer]\nlearning_rate = 0", 2, "optimizer.learning_rate", "above 0"},
      {"[optimizer]\nlearning_rate = -1e-3", 2, "optimizer.learning_rate", "above 0"},
      {"[optimizer]\nbetas = [0.9, 1]", 2, "optimizer.betas", "below 1"},
      {"[optimizer]\nepsilon = 0", 2, "optimizer.epsilon", "above 0"},
      {"[probe]\ntau = []", 2, "probe.tau", "is out of range"},
      {"[probe]\ntau = [1, 0]", 2, "probe.tau", "from 0.01 to 1000"},
      {"[batch]\nsize = 0", 2, "batch.size", "from 1"},
      {"[batch]\naccumulation = 0", 2, "batch.accumulation", "from 1"},
      {"[checkpoint]\nkeep_last = 0", 2, "checkpoint.keep_last", "at least 1"},
      {"[schedule]\nepochs = 0", 2, "schedule.epochs", "above 0"},
      {"[schedule]\nkind = \"exponential\"", 2, "schedule.kind", "cosine, linear or constant"},
      {"[sampling]\ntop_p = 0", 2, "sampling.top_p", "above 0"},
      // Objectives, through their registry.
      {"[objective]\nname = \"fkll\"", 2, "objective.name", "one of fkl, rkl"},
      {"[objective]\nname = \"trl-gkd\"", 2, "objective.name", "preset = \"trl-gkd\""},
      {"[objective]\npreset = \"trl-gdk\"", 2, "objective.preset", "perhaps trl-gkd"},
      {"[objective]\nname = \"jsd\"\nparams = { beta = 2 }", 3, "objective.params.beta",
       "a number in (0, 1)"},
      {"[objective]\nname = \"jsd\"\nparams = { gamma = 2 }", 3, "objective.params.gamma",
       "has no such parameter"},
      {"[objective]\nname = \"rkl\"\n[objective.params]\nbeta = 0.5", 4, "objective.params.beta",
       "has no such parameter"},
      {"[objective]\ntau_schedule = { kind = \"step\", from = 1, to = 2 }", 2, "objective.tau_schedule.kind",
       "linear or cosine"},
      {"[objective]\ntau_schedule = { kind = \"linear\", from = 1 }", 2, "objective.tau_schedule.from",
       "no to"},
      {"[objective]\ntau_schedule = { kind = \"linear\", from = 0, to = 1 }", 2,
       "objective.tau_schedule.from", "is out of range"},
      // Contradictions.
      {"[schedule]\nsteps = 10\nepochs = 2", 3, "schedule.epochs", "contradicts schedule.steps"},
      {"[objective]\ntau = 2\ntau_schedule = { kind = \"linear\", from = 4, to = 1 }", 3,
       "objective.tau_schedule.from", "contradicts objective.tau"},
      {"[objective]\nname = \"fkl\"\npreset = \"trl-gkd\"", 3, "objective.preset",
       "contradicts objective.name"},
      {"[objective]\nname = \"ce\"\ntau = 2", 3, "objective.tau", "has no effect here"},
      {"[objective]\nname = \"ce\"\nce_weight = 0.5", 3, "objective.ce_weight", "has no effect here"},
      {"[objective]\nh_max_quantile = 0.5", 2, "objective.h_max_quantile", "the objective eopd"},
      {"[objective]\nname = \"eopd\"\nh_max_quantile = 0.5\nparams = { h_max = 1 }", 4,
       "objective.params.h_max", "contradicts objective.h_max_quantile"},
      {"student_share = 0.5", 1, "data.student_share", "policy = \"on-policy\""},
      {"policy = \"seqkd\"\nstudent_share = 0.5", 2, "data.student_share", "policy = \"on-policy\""},
      {"[sampling]\ntemperature = 0.7", 2, "sampling.temperature", "policy = \"seqkd\" or \"on-policy\""},
      {"max_length = 100\nmax_prompt_length = 100", 2, "data.max_prompt_length", "less than max_length, 100"},
      {"[schedule]\nsteps = 10\nwarmup_steps = 11", 3, "schedule.warmup_steps", "at most the 10 steps"},
      {"[schedule]\nmin_learning_rate = 1", 2, "schedule.min_learning_rate", "at most 5e-04"},
      {"[evaluation]\nevery = 10", 2, "evaluation.every", "validation = \"FILE\""},
      {"validation = \"v\"\n[evaluation]\npatience = 2", 3, "evaluation.patience", "every = N"}};
  REQUIRE(cases.size() >= 80);
  for (const Malformed& one : cases) {
    INFO(one.text);
    check_error(error_of_text(least + one.text + "\n"), least_lines + one.line, one);
  }
}

TEST_CASE("names, devices and caches that are not any") {
  for (const char* top : {"name = \"\"", "name = \"a/b\"", "name = \"..\"", "name = \"a\\u001bb\"",
                          "seed = -1", "seed = 1.0", "seed = \"x\"", "device = \"gpu\"", "device = \"cuda:\"",
                          "device = \"cuda:x\"", "dtype = \"float16\""}) {
    INFO(top);
    const std::string text(top);
    check_error(error_of_text(text + "\n" + least), 1, {"", 1, text.substr(0, text.find(' ')), "expected: "});
  }
  for (const char* cache : {"top-k:0", "top-k:", "top-k:-5", "topk:5", "all"}) {
    const Error error =
        error_of_text(least + "[objective]\n", {std::string("teacher.cache=\"") + cache + "\""});
    CHECK(error.field_name() == "teacher.cache");
    CHECK(error.expected_value() == "none, full or top-k:K");
  }
}

TEST_CASE("what a run cannot do without") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "data.train"},
      {"[data]\ntrain = \"d\"", "student.path"},
      {"[data]\ntrain = \"d\"\n[student]\npath = \"s\"", "teacher.path"},
      {"[data]\ntrain = \"d\"\npolicy = \"seqkd\"\n[student]\npath = \"s\"\n[objective]\nname = \"ce\"",
       "teacher.path"},
      {"teacher.cache = \"full\"\n[data]\ntrain = \"d\"\n[student]\npath = \"s\"\n[objective]\nname = \"ce\"",
       "teacher.cache"}};
  for (const auto& [text, field] : cases) {
    const Error error = error_of_text(text);
    INFO(text << "\n" << error.what());
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.field_name() == field);
    CHECK(error.file().find("spec.toml") != std::string::npos);
  }
  const Error both = error_of_text("[student]\npath = \"s\"\ninit = \"c\"\n[data]\ntrain = \"d\"");
  CHECK(both.field_name() == "student.init");
}

TEST_CASE("files that are no specs") {
  const test::TemporaryFolder folder;
  const Error absent = test::error_of([&] { read_run_spec(folder / "none.toml"); });
  CHECK(absent.kind() == ErrorKind::usage);
  CHECK(absent.problem() == "there is no such file");
  CHECK_THROWS_AS(read_run_spec(folder.path()), Error);
  test::write_text(folder / "bytes.toml", std::string("name = \"\xff\xfe\"\n", 12));
  CHECK_THROWS_AS(read_run_spec(folder / "bytes.toml"), Error);
  test::write_text(folder / "list.json", "[1, 2]");
  CHECK_THROWS_AS(read_run_spec(folder / "list.json"), Error);
  test::write_text(folder / "twice.json", "{\"seed\": 1, \"seed\": 2}");
  CHECK_THROWS_AS(read_run_spec(folder / "twice.json"), Error);
  std::string deep = "x = ";
  deep.append(5000, '[').append(5000, ']');
  test::write_text(folder / "deep.toml", deep);
  CHECK_THROWS_AS(read_run_spec(folder / "deep.toml"), Error);
}

TEST_CASE("overrides that are none") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"seed", "not a key with its value"},
      {"=3", "not a key with its value"},
      {"sed=3", "perhaps seed"},
      {"seed=x", "a whole number"},
      {"probe.tau=[1, 2", "not valid TOML"},
      {"name=\"a", "not valid TOML"},
      {"optimizer={learning_rate=0}", "above 0"},
      {"objective.tau=", "is out of range|has the wrong type"},
      {"seed=1979-05-27", "a date or a time"},
      {"seed=1\nname=\"b\"", "a whole number"}};
  for (const auto& [text, part] : cases) {
    const Error error = error_of_text(least, {text});
    INFO(text << "\n" << error.what());
    CHECK(error.kind() == ErrorKind::usage);
    const std::string message = error.what();
    const std::string first = part.substr(0, part.find('|')), second = part.substr(part.find('|') + 1);
    CHECK((message.find(first) != std::string::npos || message.find(second) != std::string::npos));
  }
}

TEST_CASE("the name that was meant") {
  const std::vector<std::string> names{"batch.size", "data.limit", "evaluation.limit",
                                       "optimizer.learning_rate"};
  CHECK(nearest_name("batch.szie", names) == "batch.size");
  CHECK(nearest_name("learning_rate", names) == "optimizer.learning_rate");
  CHECK(nearest_name("evaluation.limits", names) == "evaluation.limit");
  CHECK(nearest_name("something", names).empty());
  CHECK(nearest_name("", names).empty());
  CHECK(nearest_name(std::string(100000, 'x'), names).empty());
}
