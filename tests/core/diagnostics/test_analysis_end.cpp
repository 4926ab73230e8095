// How an analysis ends when it does not simply reach the end of its source.
#include <signal.h>
#include <sys/resource.h>

#include "core/checkpoint/safetensors.h"
#include "tests/core/base/error_of.h"
#include "tests/core/diagnostics/analysis_run.h"

namespace fs = std::filesystem;
using namespace tauscope;
using namespace tauscope::test;

namespace {

std::int64_t rows_of(const SyntheticShape& shape, std::int64_t examples) {
  std::int64_t rows = 0;
  for (std::int64_t i = 0; i < examples; ++i)
    rows += static_cast<std::int64_t>(shape.rows_of(i));
  return rows;
}

/// Files of this process cannot grow beyond `bytes` while it lives: a disk that fills up.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("a full disk is an error of its own kind, and leaves no half-written file under a final name") {
  // The tokens are the largest file, then the summary: each limit is met at another stage.
  const auto bytes = GENERATE(as<rlim_t>{}, 20000, 100000);
  const auto format = GENERATE(TokensFormat::csv, TokensFormat::none);
  auto spec = small_spec();
  spec.tokens = format;
  const TemporaryFolder folder;
  SilentProgress silent;
  SyntheticSource source{SyntheticShape{}};
  const auto error = [&] {
    const FullDisk full(bytes);
    return error_of([&] { run_analysis(source, spec, folder.path(), silent, {}); });
  }();
  CHECK(error.kind() == ErrorKind::exhausted);
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a stop in the middle leaves whole examples and says partial") {
  const SyntheticShape shape;
  SyntheticSource source(shape);
  std::stop_source stop;
  source.before_chunk = [&](std::int64_t example, std::int64_t position) {
    if (example == 3 && position > 0) stop.request_stop();  // in the middle of the fourth
  };
  const auto spec = small_spec();
  const auto stopped = run(source, spec, stop.get_token());
  CHECK_FALSE(stopped->result.complete);
  CHECK(stopped->result.counts.examples == 3);
  CHECK(stopped->result.counts.positions == rows_of(shape, 3));

  auto three = shape;
  three.examples = 3;
  const auto whole = run(three, spec);
  CHECK(whole->result.complete);
  for (const auto* name : {"tokens.csv", "summary.csv", "histogram.csv", "head_curve.csv"}) {
    CHECK(stopped->text(name) == whole->text(name));
  }
}

TEST_CASE("a stop before anything is done leaves empty tables; one after the last example changes nothing") {
  std::stop_source stop;
  stop.request_stop();
  SyntheticSource source{SyntheticShape{}};
  const auto nothing = run(source, small_spec(), stop.get_token());
  CHECK_FALSE(nothing->result.complete);
  CHECK(nothing->result.counts.positions == 0);
  CHECK(nothing->tokens().rows.empty());
  CHECK(read_tables(nothing->folder.path()).summary.empty());

  std::stop_source late;
  SyntheticSource all{SyntheticShape{}};
  all.before_chunk = [&](std::int64_t example, std::int64_t) {
    if (example == SyntheticShape{}.examples) late.request_stop();
  };
  CHECK(run(all, small_spec(), late.get_token())->result.complete);
}

TEST_CASE("where rows stand alone a stop keeps the chunks that are done") {
  SyntheticShape shape;
  shape.examples = 1;
  shape.whole_examples = false;
  shape.rows_of = [](std::int64_t) { return std::size_t{23}; };
  SyntheticSource source(shape);
  std::stop_source stop;
  source.before_chunk = [&](std::int64_t, std::int64_t position) {
    if (position == 15) stop.request_stop();
  };
  auto spec = small_spec();
  spec.keep_logits = 1;
  const auto stopped = run(source, spec, stop.get_token());
  CHECK_FALSE(stopped->result.complete);
  CHECK(stopped->result.counts.positions == 15);
  CHECK(stopped->result.counts.examples == 1);
  CHECK(stopped->tokens().rows.size() == 15 * 2 * 3);
  CHECK(stopped->progress.steps.front().phase == "positions");
  CHECK(stopped->progress.steps.front().total == 23);
  const auto kept = SafetensorsFile::open(stopped->folder / "logits/0-teacher.safetensors");
  CHECK(kept->find("logits")->shape == std::vector<std::int64_t>{15, 37});
}

TEST_CASE("a source that fails after some work leaves that work, and the failure") {
  const SyntheticShape shape;
  SyntheticSource source(shape);
  source.before_chunk = [](std::int64_t example, std::int64_t position) {
    if (example == 2 && position > 0) throw Error::bad_input("data.jsonl", "broken line");
  };
  const auto done = run(source, small_spec());
  CHECK_FALSE(done->result.complete);
  CHECK(done->result.counts.examples == 2);
  CHECK(done->tokens().rows.size() == static_cast<std::size_t>(rows_of(shape, 2)) * 6);
  REQUIRE(done->result.failure);
  CHECK(error_of([&] { std::rethrow_exception(done->result.failure); }).problem() == "broken line");
}

TEST_CASE("a source that fails at once leaves nothing") {
  SyntheticSource source{SyntheticShape{}};
  source.before_chunk = [](std::int64_t, std::int64_t) {
    throw Error::bad_input("data.jsonl", "broken line");
  };
  const TemporaryFolder folder;
  SilentProgress silent;
  CHECK(error_of([&] { run_analysis(source, small_spec(), folder.path(), silent, {}); }).problem() ==
        "broken line");
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("nothing to score is an error") {
  SyntheticShape shape;
  shape.examples = 0;
  SyntheticSource source(shape);
  const TemporaryFolder folder;
  SilentProgress silent;
  const auto error = error_of([&] { run_analysis(source, small_spec(), folder.path(), silent, {}); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a variant that does not exist is answered with those that do") {
  auto spec = small_spec();
  spec.variant = "gpu-magic";
  SyntheticSource source{SyntheticShape{}};
  const TemporaryFolder folder;
  SilentProgress silent;
  const auto error = error_of([&] { run_analysis(source, spec, folder.path(), silent, {}); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.found_value() == "gpu-magic");
  CHECK(error.expected_value().find("reference") != std::string::npos);
  CHECK(fs::is_empty(folder.path()));
}
