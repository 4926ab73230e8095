// Teacher forcing over a data file: which rows come out, in which order, and that they are the models' own
// logits.
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <sstream>

#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "core/engine/pair_source.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

/// Keeps what it hears.
class Listener final : public ProgressSink {
 public:
  void progress(std::string_view, std::int64_t, std::int64_t) override {}
  void warning(std::string_view message) override { warnings.emplace_back(message); }
  void note(std::string_view message) override { notes.emplace_back(message); }
  std::vector<std::string> warnings, notes;
};

const char* const record_lines =
    R"({"instruction": "Name a colour.", "context": "", "response": "Red is a colour.", "category": "open_qa"})"
    "\n"
    R"({"instruction": "Say yes.", "context": "", "response": "Yes.", "category": "chat"})"
    "\n"
    R"({"instruction": "Tell me about rain, snow and wind in the north.", "context": "Rain falls. Snow falls too.", )"
    R"("response": "Rain and snow fall in the north, and the wind is cold there for most of the year.", "category": "chat"})"
    "\n";

class Setting {
 public:
  explicit Setting(const fs::path& checkpoints) {
    write_text(folder_ / "data.jsonl", record_lines);
    options.teacher = checkpoints / "teacher-llama-6m";
    options.students = {{"llama", checkpoints / "student-llama-1m"},
                        {"gpt2", checkpoints / "student-gpt2-1m"}};
    options.data = folder_ / "data.jsonl";
    options.model.device = "cpu";
    options.model.threads = 1;
  }
  void write_data(const std::string& text) { write_text(folder_ / "data.jsonl", text); }
  const TemporaryFolder& folder() const { return folder_; }
  ModelPairOptions options;

 private:
  TemporaryFolder folder_;
};

/// Everything that a source yields, joined by example.
struct Collected {
  std::int64_t example = 0;
  std::string category;
  std::vector<std::int64_t> targets;
  std::vector<std::vector<float>> logits;  ///< per model, (rows, vocab)
  std::vector<std::size_t> chunk_rows;
};

std::vector<Collected> collect(ModelPairSource& source) {
  std::vector<Collected> all;
  bool expect_new = true;
  while (const auto chunk = source.next({})) {
    if (expect_new)
      all.push_back({chunk->example, chunk->category, {}, std::vector<std::vector<float>>(3), {}});
    Collected& into = all.back();
    CHECK(chunk->example == into.example);
    CHECK(chunk->first_position == static_cast<std::int64_t>(into.targets.size()));
    into.targets.insert(into.targets.end(), chunk->targets.begin(), chunk->targets.end());
    into.chunk_rows.push_back(chunk->teacher.rows);
    REQUIRE(chunk->students.size() == 2);
    const std::array views = {chunk->teacher, chunk->students[0], chunk->students[1]};
    for (std::size_t m = 0; m < views.size(); ++m) {
      REQUIRE(views[m].rows == chunk->targets.size());
      for (std::size_t r = 0; r < views[m].rows; ++r) {
        const auto* row = static_cast<const float*>(views[m].row(r));
        into.logits[m].insert(into.logits[m].end(), row, row + views[m].vocab);
      }
    }
    expect_new = chunk->last_of_example;
  }
  CHECK(expect_new);
  return all;
}

float difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  float largest = 0.0F;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

template <typename Value>
std::vector<Value> values_of(const SafetensorsFile& file, const std::string& name) {
  const TensorEntry* entry = file.find(name);
  REQUIRE(entry != nullptr);
  REQUIRE(entry->bytes.size() % sizeof(Value) == 0);
  std::vector<Value> values(entry->bytes.size() / sizeof(Value));
  std::memcpy(values.data(), entry->bytes.data(), entry->bytes.size());
  return values;
}

/// Logits of the scored rows of one record, straight from one model.
std::vector<float> expected_rows(const fs::path& model_folder, const Tokenizer& tokenizer,
                                 const Example& example) {
  ModelOptions options;
  options.device = "cpu";
  options.threads = 1;
  const auto model = CausalLM::load(*Checkpoint::open(model_folder), options);
  const auto sequence = make_sequence(tokenizer, example, "data", {}, model->context_length());
  const auto all = sequence_logits(*model, sequence.ids);
  const auto vocab = model->vocab_size();
  return {all.begin() + (sequence.first_scored - 1) * vocab, all.end() - vocab};
}

}  // namespace

TEST_CASE("every scored position of every example comes once, in order, with the models' own logits") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  Setting setting(checkpoints);
  Listener listener;
  ModelPairSource source(setting.options, listener);
  CHECK(source.student_names() == std::vector<std::string>{"llama", "gpt2"});
  CHECK(source.vocab() == 4096);
  CHECK(source.max_length() == 512);
  CHECK(source.form() == DataForm::dolly);
  CHECK(source.example_count() == 3);
  CHECK_FALSE(source.drops_vocabulary());
  REQUIRE(source.models().size() == 3);
  CHECK(source.models()[0].stored_dtype == "bfloat16");
  CHECK(source.models()[0].architecture == "llama");
  CHECK(source.models()[2].architecture == "gpt2");
  CHECK(source.models()[2].stored_dtype == "float32");
  CHECK(source.tokenizer_sha256().size() == 64);
  CHECK(listener.warnings.empty());

  const auto examples = collect(source);
  REQUIRE(examples.size() == 3);
  const auto data = DataFile::open(setting.options.data, {});
  for (const Collected& each : examples) {
    const auto record = data->next();
    REQUIRE(record);
    INFO("example " << record->index);
    CHECK(each.example == record->index);
    CHECK(each.category == record->category);
    // The targets are the response and its end, as text.
    std::string text;
    for (std::size_t i = 0; i + 1 < each.targets.size(); ++i)
      text += source.token_text(each.targets[i]);
    CHECK(text.find(record->outputs.front()) != std::string::npos);
    CHECK(each.targets.back() == source.tokenizer().eos_id());

    const std::array folders = {setting.options.teacher, setting.options.students[0].second,
                                setting.options.students[1].second};
    for (std::size_t m = 0; m < folders.size(); ++m) {
      const auto expected = expected_rows(folders[m], source.tokenizer(), *record);
      CHECK(difference(each.logits[m], expected) <=
            2e-3F);  // 1e-4 of logits of about 20, batched another way
    }
  }
  CHECK(source.prompts_cut() == 0);
}

TEST_CASE("ids, scored positions and logits of two Dolly examples are those of the reference") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  TS_NEED_SHARED(data, "data/eval/dolly_valid.jsonl");
  // They were made of the second and third record, with a space between prompt and response.
  std::istringstream lines(read_text(data));
  std::string line, records;
  for (int number = 0; number < 3 && std::getline(lines, line); ++number) {
    const Json record = parse_json(line, data.string());
    const std::string output = " " + record["output"].get<std::string>();
    if (number > 0) records += Json{{"prompt", record["prompt"]}, {"output", output}}.dump() + "\n";
  }
  Setting setting(checkpoints);
  setting.write_data(records);
  SilentProgress silent;
  ModelPairSource source(setting.options, silent);
  const auto examples = collect(source);
  REQUIRE(examples.size() == 2);
  const std::array folders = {"teacher-llama-6m", "student-llama-1m", "student-gpt2-1m"};
  for (std::size_t reference = 0; reference < 2; ++reference) {
    const Collected& example = examples[reference];
    for (std::size_t m = 0; m < folders.size(); ++m) {
      const std::string name = fmt::format("{}/reference_logits_{}.safetensors", folders[m], reference);
      INFO(name);
      const auto file = SafetensorsFile::open(checkpoints / name);
      const auto targets = values_of<std::int64_t>(*file, "targets");
      const auto logits = values_of<float>(*file, "logits");
      std::vector<std::int64_t> scored;
      std::vector<float> rows;
      for (std::size_t i = 0; i < targets.size(); ++i) {
        if (targets[i] < 0) continue;
        scored.push_back(targets[i]);
        rows.insert(rows.end(), logits.begin() + static_cast<std::ptrdiff_t>(i * 4096),
                    logits.begin() + static_cast<std::ptrdiff_t>((i + 1) * 4096));
      }
      CHECK(example.targets == scored);
      CHECK(difference(example.logits[m], rows) <= 1e-4F * 20.0F);
    }
  }
}

TEST_CASE("neither the batch nor the chunk size changes what comes out") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  Setting setting(checkpoints);
  SilentProgress silent;
  ModelPairSource whole(setting.options, silent);
  const auto expected = collect(whole);

  setting.options.batch_tokens = 1;                       // every example alone
  setting.options.chunk_budget_bytes = 5 * 3 * 4096 * 4;  // five rows
  ModelPairSource pieces(setting.options, silent);
  const auto found = collect(pieces);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].targets == expected[i].targets);
    for (std::size_t m = 0; m < 3; ++m)
      CHECK(difference(found[i].logits[m], expected[i].logits[m]) <= 2e-3F);
    for (const std::size_t rows : found[i].chunk_rows)
      CHECK(rows <= 5);
  }
  CHECK(found[2].chunk_rows.size() > 2);
  CHECK(expected[2].chunk_rows.size() == 1);
}

TEST_CASE("a chunk that is kept is not overwritten by the next ones") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  Setting setting(checkpoints);
  setting.options.chunk_budget_bytes = 3 * 4096 * 4;  // one row
  SilentProgress silent;
  ModelPairSource source(setting.options, silent);
  const auto kept = source.next({});
  REQUIRE(kept);
  const auto* first = static_cast<const float*>(kept->teacher.data);
  const std::vector<float> before(first, first + 4096);
  for (int i = 0; i < 4; ++i)
    REQUIRE(source.next({}));
  CHECK(std::memcmp(before.data(), first, before.size() * sizeof(float)) == 0);
}

TEST_CASE("a stop request ends the chunks") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  Setting setting(checkpoints);
  setting.options.batch_tokens = 1;
  SilentProgress silent;
  ModelPairSource source(setting.options, silent);
  std::stop_source stop;
  CHECK(source.next(stop.get_token()));
  stop.request_stop();
  CHECK_FALSE(source.next(stop.get_token()));
}

TEST_CASE("a long prompt is cut from the left and counted") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  Setting setting(checkpoints);
  setting.options.sequence.max_length = 40;
  Listener listener;
  ModelPairSource source(setting.options, listener);
  CHECK(source.max_length() == 40);
  CHECK(collect(source).size() == 3);
  CHECK(source.prompts_cut() >= 1);

  setting.options.sequence.max_length = 100000;
  ModelPairSource longer(setting.options, listener);
  CHECK(longer.max_length() == 512);
  REQUIRE(listener.notes.size() == 1);
  CHECK(listener.notes.front().find("512") != std::string::npos);
}

TEST_CASE("data without responses cannot be scored") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  Setting setting(checkpoints);
  setting.write_data(R"({"question_id": 1, "category": "generic", "text": "How are you?"})"
                     "\n");
  SilentProgress silent;
  const Error error = error_of([&] { ModelPairSource(setting.options, silent); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == setting.options.data.string());
  setting.options.students.clear();
  CHECK(error_of([&] { ModelPairSource(setting.options, silent); }).kind() == ErrorKind::usage);
}

TEST_CASE("a student with a padded vocabulary is compared on the shared ids") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  Setting setting(checkpoints);
  // The LLaMA student with 8 more rows in its (tied) embedding.
  const fs::path from = checkpoints / "student-llama-1m", to = setting.folder() / "padded";
  fs::create_directory(to);
  for (const char* name : {"tokenizer.model", "tokenizer_config.json"})
    fs::copy_file(from / name, to / name);
  Json config = read_json_file(from / "config.json");
  config["vocab_size"] = 4104;
  write_text(to / "config.json", config.dump());
  const auto file = SafetensorsFile::open(from / "model.safetensors");
  std::vector<TensorToWrite> tensors;
  std::vector<std::byte> embedding;
  for (const TensorEntry& entry : file->tensors()) {
    tensors.push_back({entry.name, entry.type, entry.shape, entry.bytes});
    if (entry.name != "model.embed_tokens.weight") continue;
    embedding.assign(entry.bytes.begin(), entry.bytes.end());
    const std::size_t row = embedding.size() / 4096;
    for (int i = 0; i < 8; ++i)
      embedding.insert(embedding.end(), entry.bytes.begin(), entry.bytes.begin() + row);
    tensors.back().shape = {4104, entry.shape[1]};
    tensors.back().bytes = embedding;
  }
  write_safetensors(to / "model.safetensors", tensors);

  Listener listener;
  ModelPairSource plain(setting.options, listener);
  setting.options.students[0].second = to;
  ModelPairSource padded(setting.options, listener);
  CHECK(padded.vocab() == 4096);
  CHECK(padded.drops_vocabulary());
  REQUIRE(listener.notes.size() == 1);
  CHECK(listener.notes.front().find("4104") != std::string::npos);

  const auto chunk = padded.next({});
  REQUIRE(chunk);
  CHECK(chunk->students[0].vocab == 4096);
  CHECK(chunk->students[0].row_stride == 4104);
  CHECK(chunk->teacher_dropped == 0);
  CHECK(chunk->student_dropped == std::vector<std::size_t>{8, 0});
  const auto expected = plain.next({});
  for (std::size_t r = 0; r < chunk->teacher.rows; ++r) {
    const auto* a = static_cast<const float*>(chunk->students[0].row(r));
    const auto* b = static_cast<const float*>(expected->students[0].row(r));
    for (std::size_t j = 0; j < 4096; ++j)
      if (std::abs(a[j] - b[j]) > 2e-3F) FAIL("row " << r << ", id " << j);
  }
}

TEST_CASE("a student of another vocabulary is refused with the first token that differs") {
  TS_NEED_SHARED(checkpoints, "data/checkpoints");
  TS_NEED_SHARED(fixture, "data/tokenizers/tinyllama/tokenizer.model");
  Setting setting(checkpoints);
  const fs::path to = setting.folder() / "other";
  fs::create_directory(to);
  for (const char* name : {"config.json", "model.safetensors", "tokenizer_config.json"})
    fs::copy_file(checkpoints / "student-llama-1m" / name, to / name);
  fs::copy_file(fixture, to / "tokenizer.model");
  setting.options.students = {{"other", to}};
  SilentProgress silent;
  const Error error = error_of([&] { ModelPairSource(setting.options, silent); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == to.string());
  CHECK(error.field_name().find("token id ") == 0);
}
