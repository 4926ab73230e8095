#include "core/base/csv.h"
#include "core/diagnostics/analysis_spec.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using tauscope::test::error_of;

TEST_CASE("the defaults are the contract's") {
  const AnalysisSpec spec;
  CHECK(spec.taus == std::vector<double>{0.5, 1, 2, 4, 8});
  CHECK(to_string(spec.tau_scaling) == std::string("squared"));
  CHECK(to_string(spec.dominant) == "nucleus:0.9");
  CHECK(to_string(spec.mode) == std::string("exact"));
  CHECK(to_string(spec.tokens) == std::string("csv"));
  CHECK(to_string(spec.average) == std::string("token"));
  CHECK(keep_logits_text(spec.keep_logits) == "none");
  CHECK(dtype_name(spec.keep_dtype) == std::string("float16"));
  CHECK_NOTHROW(check_spec(spec));
  CHECK(spec == AnalysisSpec{});
  AnalysisSpec other;
  other.dominant.value = 0.8;
  CHECK_FALSE(spec == other);
}

TEST_CASE("a list of temperatures keeps its order") {
  CHECK(parse_tau_list("4,0.5,1e0") == std::vector<double>{4, 0.5, 1});
}

TEST_CASE("what is no list of temperatures is a usage error that quotes it") {
  const auto [text, found] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                       {"1,,2", ""},
                                                                       {"1,two", "two"},
                                                                       {"1;2", "1;2"},
                                                                       {"nan", "nan"},
                                                                       {"1,inf", "inf"},
                                                                       {"0", "0"},
                                                                       {"1,-2", "-2"},
                                                                       {"0.001", "0.001"},
                                                                       {"1001", "1001"},
                                                                       {"1,2,1.0", "1"},
                                                                       {"1, 2", " 2"},
                                                                       {"0x1", "0x1"}}));
  INFO(text);
  const auto error = error_of([&text = text] { parse_tau_list(text); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.field_name() == "--tau");
  CHECK(error.found_value() == found);
}

TEST_CASE("a grid has both ends, and round values in between") {
  CHECK(parse_tau_grid("0.5:8:log:5") == std::vector<double>{0.5, 1, 2, 4, 8});
  CHECK(parse_tau_grid("0.25:16:log:4") ==
        std::vector<double>{0.25, 1, 4, 16});  // cube roots: not exact in binary
  CHECK(parse_tau_grid("0.1:10:log:3") == std::vector<double>{0.1, 1, 10});
  CHECK(parse_tau_grid("1:2:linear:5") == std::vector<double>{1, 1.25, 1.5, 1.75, 2});
  CHECK(parse_tau_grid("0.05:100:log:2") == std::vector<double>{0.05, 100});
}

TEST_CASE("what is no grid is a usage error") {
  const std::string text =
      GENERATE(as<std::string>{}, "1:2:log", "1:2:log:1", "1:2:log:x", "2:1:log:3", "1:1:log:3", "0:2:log:3",
               "1:2000:log:3", "1:2:cubic:3", "a:2:log:3", "1:2:log:3:4", "", "1:2:log:100000");
  INFO(text);
  const auto error = error_of([&] { parse_tau_grid(text); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.field_name() == "--tau-grid");
}

TEST_CASE("every way to choose the dominant set reads back") {
  const std::string text =
      GENERATE(as<std::string>{}, "nucleus:0.9", "nucleus:1", "top-k:10", "threshold:0.01", "threshold:0");
  CHECK(to_string(parse_dominant(text)) == text);
  CHECK(parse_dominant("top-k:3") == DominantSpec{DominantSpec::Kind::top_k, 3});
}

TEST_CASE("a dominant set out of range is a usage error") {
  const std::string text =
      GENERATE(as<std::string>{}, "nucleus", "nucleus:", "nucleus:0", "nucleus:1.1", "nucleus:nan", "top-k:0",
               "top-k:2.5", "top-k:inf", "threshold:-0.1", "threshold:2", "topk:3", "nucleus:0.9:1");
  INFO(text);
  const auto error = error_of([&] { parse_dominant(text); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.field_name() == "--dominant");
}

TEST_CASE("the number of examples to keep reads back") {
  const std::string text = GENERATE(as<std::string>{}, "none", "all", "25");
  CHECK(keep_logits_text(parse_keep_logits(text)) == text);
  CHECK(parse_keep_logits("0") == 0);
  for (const auto* wrong : {"-1", "some", "1.5", ""}) {
    CHECK(error_of([&] { parse_keep_logits(wrong); }).kind() == ErrorKind::usage);
  }
}

TEST_CASE("an unknown name of an option's value is answered with the known ones") {
  CHECK(parse_tokens_format("csv.gz") == TokensFormat::csv_gz);
  CHECK(parse_average("example") == Average::example);
  CHECK(parse_tau_scaling("none") == TauScaling::none);
  CHECK(parse_analysis_mode("fast") == AnalysisMode::fast);
  CHECK(parse_keep_dtype("bfloat16") == DType::bfloat16);
  const auto error = error_of([] { parse_tokens_format("xml"); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.field_name() == "--tokens");
  CHECK(error.found_value() == "xml");
  CHECK(error.expected_value() == "csv | csv.gz | none");
}
