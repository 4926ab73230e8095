
#include "core/diagnostics/manifest.h"
#include "tests/core/base/error_of.h"
#include "tests/core/diagnostics/sample_manifest.h"
#include "tests/support/catch.h"

namespace fs = std::filesystem;
using namespace tauscope;
using namespace tauscope::test;

namespace {

void check_model(const ManifestModel& a, const ManifestModel& b) {
  CHECK(a.name == b.name);
  CHECK(a.path == b.path);
  CHECK(a.sha256 == b.sha256);
  CHECK(a.architecture == b.architecture);
  CHECK(a.parameters == b.parameters);
  CHECK(a.dtype == b.dtype);
}

}  // namespace

TEST_CASE("a manifest reads back whole, and lists the files with their hashes") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "figures");
  write_text(folder / "summary.csv", "abc");
  write_text(folder / "figures/x.svg", "<svg/>");
  write_text(folder / "notes.txt", "not ours");
  write_text(folder / "tokens.csv.partial", "half");
  const auto wanted = sample_manifest();
  write_manifest(wanted, folder.path());
  const auto read = read_manifest(folder.path());
  CHECK(read.tauscope_version == wanted.tauscope_version);
  CHECK(read.created_utc == wanted.created_utc);
  CHECK(read.command == wanted.command);
  CHECK(read.complete == wanted.complete);
  CHECK(read.source.kind == wanted.source.kind);
  check_model(read.source.teacher, wanted.source.teacher);
  REQUIRE(read.source.students.size() == 2);
  check_model(read.source.students[1], wanted.source.students[1]);
  REQUIRE(read.source.data);
  CHECK(read.source.data->path == wanted.source.data->path);
  CHECK(read.source.data->form == wanted.source.data->form);
  CHECK(read.source.data->prompt_template == wanted.source.data->prompt_template);
  REQUIRE(read.source.tokenizer);
  CHECK(read.source.tokenizer->description == wanted.source.tokenizer->description);
  CHECK(read.spec == wanted.spec);
  CHECK(read.target == wanted.target);
  CHECK(read.device == wanted.device);
  CHECK(read.dtype == wanted.dtype);
  CHECK(read.vocab == wanted.vocab);
  CHECK(read.more_settings == wanted.more_settings);
  CHECK(read.counts.examples == 20);
  CHECK(read.counts.positions == 800);
  CHECK(read.counts.invalid_positions == 3);
  CHECK(read.counts.infinite_divergences == 4);
  CHECK(read.prompts_cut == 2);
  CHECK(read.warnings == wanted.warnings);

  REQUIRE(read.files.size() == 2);
  CHECK(read.files[0].path == "figures/x.svg");
  CHECK(read.files[0].bytes == 6);
  CHECK(read.files[1].path == "summary.csv");
  CHECK(read.files[1].sha256 ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2
}

TEST_CASE("a manifest of logits files has neither data nor tokenizer") {
  const TemporaryFolder folder;
  auto manifest = sample_manifest();
  manifest.source.kind = "logits";
  manifest.source.data.reset();
  manifest.source.tokenizer.reset();
  manifest.source.teacher.architecture = "";
  manifest.source.teacher.parameters = 0;
  write_manifest(manifest, folder.path());
  const auto read = read_manifest(folder.path());
  CHECK(read.source.kind == "logits");
  CHECK_FALSE(read.source.data);
  CHECK_FALSE(read.source.tokenizer);
  CHECK(read.source.teacher.architecture.empty());
}

TEST_CASE("a command line that is not UTF-8 does not keep the manifest from being written") {
  const TemporaryFolder folder;
  auto manifest = sample_manifest();
  manifest.command = {"caf\xe9"};
  write_manifest(manifest, folder.path());
  CHECK(read_manifest(folder.path()).command.at(0) == "caf\xef\xbf\xbd");
}

TEST_CASE("a manifest with a wrong value names file and field") {
  const TemporaryFolder folder;
  write_text(folder / "summary.csv", "abc");
  write_manifest(sample_manifest(), folder.path());
  const auto [pointer, value, field] = GENERATE(table<const char*, const char*, const char*>(
      {{"/format", "\"other\"", "format"},
       {"/version", "2", "version"},
       {"/status", "\"half\"", "status"},
       {"/source/kind", "\"magic\"", "source.kind"},
       {"/source/students", "{}", "source.students"},
       {"/source/teacher/sha256", "\"12\"", "source.teacher.sha256"},
       {"/spec/taus", "[1, \"2\"]", "spec.taus"},
       {"/spec/taus", "[1, 1]", "spec.taus"},
       {"/spec/taus", "[-1]", "spec.taus"},
       {"/spec/dominant", "\"all\"", "spec.dominant"},
       {"/spec/mode", "\"slow\"", "spec.mode"},
       {"/spec/threads", "0", "spec.threads"},
       {"/counts/positions", "-1", "counts.positions"},
       {"/counts/examples", "1.5", "counts.examples"},
       {"/warnings", "[1]", "warnings"},
       {"/files/0/path", "\"../summary.csv\"", "files.path"},
       {"/files/0/path", "\"/etc/passwd\"", "files.path"},
       {"/files/0/path", "\"\"", "files.path"},
       {"/files/0/bytes", "-3", "files.bytes"},
       {"/files/0/sha256", "\"\"", "files.sha256"}}));
  INFO(pointer << " = " << value);
  auto json = Json::parse(read_text(folder / "manifest.json"));
  json.at(Json::json_pointer(pointer)) = Json::parse(value);
  write_text(folder / "manifest.json", json.dump());
  const auto error = error_of([&] { read_manifest(folder.path()); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == (folder / "manifest.json").string());
  CHECK(error.field_name() == field);
}

TEST_CASE("a folder without a manifest is told so") {
  const TemporaryFolder folder;
  CHECK(error_of([&] { read_manifest(folder.path()); }).kind() == ErrorKind::bad_input);
}
