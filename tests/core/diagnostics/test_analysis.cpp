#include <cmath>
#include <map>
#include <set>

#include "kernels/distribution.h"
#include "tests/core/diagnostics/analysis_run.h"
#include "tests/core/diagnostics/summary_oracle.h"

namespace fs = std::filesystem;
using namespace tauscope;
using namespace tauscope::test;

namespace {

/// Categories of the synthetic examples, in turn.
OracleFacts facts_of(const SyntheticShape& shape, std::int64_t examples) {
  OracleFacts facts;
  for (std::int64_t i = 0; i < examples; ++i) {
    facts.category_of_example.push_back(
        shape.categories[static_cast<std::size_t>(i) % shape.categories.size()]);
  }
  return facts;
}

std::int64_t rows_of(const SyntheticShape& shape, std::int64_t examples) {
  std::int64_t rows = 0;
  for (std::int64_t i = 0; i < examples; ++i)
    rows += static_cast<std::int64_t>(shape.rows_of(i));
  return rows;
}

}  // namespace

TEST_CASE("the tables agree with each other and with the kernels") {
  const SyntheticShape shape;
  const auto spec = small_spec();
  const auto done = run(shape, spec);
  const auto tokens = done->tokens();
  const auto rows = rows_of(shape, shape.examples);
  CHECK(done->result.complete);
  CHECK_FALSE(done->result.failure);
  CHECK(done->result.counts.examples == shape.examples);
  CHECK(done->result.counts.positions == rows);
  CHECK(done->result.counts.invalid_positions == 0);
  CHECK(done->result.counts.infinite_divergences == 0);
  CHECK(done->result.variant == "reference");
  CHECK(done->result.mode == "exact");
  CHECK_FALSE(done->result.target.empty());
  CHECK(done->result.vocab == 37);
  CHECK(done->result.warnings.empty());
  REQUIRE(tokens.rows.size() == static_cast<std::size_t>(rows) * shape.students.size() * spec.taus.size());
  check_summary(tokens, read_tables(done->folder.path()).summary, facts_of(shape, shape.examples));
}

TEST_CASE("tokens.csv has the contract's columns and one row per example, position, student and tau") {
  const SyntheticShape shape;
  const auto spec = small_spec();
  const auto done = run(shape, spec);
  const auto text = done->text("tokens.csv");
  CHECK(
      text.substr(0, text.find('\n')) ==
      "example,position,token_id,token,student,tau,fkl,rkl,jsd,tvd,entropy_teacher,entropy_student,cross_"
      "entropy,"
      "nll_target,p_target,q_target,rank_target_teacher,rank_target_student,top1_agree,fkl_grad_l1,fkl_grad_"
      "l2,"
      "fkl_grad_linf,rkl_grad_l1,rkl_grad_l2,rkl_grad_linf,grad_cosine,grad_l2_ratio,fkl_grad_cos_tau1,"
      "fkl_grad_ratio_tau1,rkl_grad_cos_tau1,rkl_grad_ratio_tau1,teacher_nd_mass,student_nd_mass,fkl_nd_"
      "share_l1,"
      "fkl_nd_share_l2,rkl_nd_share_l1,rkl_nd_share_l2,fkl_target_share_l1,rkl_target_share_l1,tckd,nckd,"
      "fkl_effective_tokens,rkl_effective_tokens,top_k_overlap,fkl_nd_share,rkl_nd_share,fkl_target_share_l2,"
      "rkl_target_share_l2,rkl_tckd,rkl_nckd");
  const auto tokens = done->tokens();
  SyntheticSource source(shape);
  std::size_t row = 0;
  while (const auto chunk = source.next({})) {
    for (std::size_t r = 0; r < chunk->teacher.rows; ++r) {
      for (std::size_t student = 0; student < 2; ++student) {
        std::vector<RowStatistics> cells(spec.taus.size());
        const StatisticsInput input{chunk->teacher.slice(r, 1), chunk->students[student].slice(r, 1),
                                    std::span(chunk->targets).subspan(r, 1)};
        find_kernel_variant("reference")->statistics(input, statistics_spec(spec), cells);
        for (std::size_t tau = 0; tau < spec.taus.size(); ++tau, ++row) {
          const auto& got = tokens.rows.at(row);
          REQUIRE(tokens.integer(row, 0) == chunk->example);
          REQUIRE(tokens.integer(row, 1) == chunk->first_position + static_cast<std::int64_t>(r));
          REQUIRE(tokens.integer(row, 2) == chunk->targets[r]);
          REQUIRE(got[3] == printable_utf8(source.token_text(chunk->targets[r])));
          REQUIRE(got[4] == shape.students[student]);
          REQUIRE(tokens.number(row, 5) == spec.taus[tau]);
          for (std::size_t c = 0; c < statistics_columns().size(); ++c) {
            const double wanted = cells[tau].*statistics_columns()[c].member;
            const double value = tokens.number(row, 6 + c);
            REQUIRE((value == wanted || (std::isnan(value) && std::isnan(wanted))));
          }
        }
      }
    }
  }
  CHECK(row == tokens.rows.size());
}

TEST_CASE("means weigh examples equally where that is asked for") {
  const SyntheticShape shape;
  auto spec = small_spec();
  spec.average = Average::example;
  const auto done = run(shape, spec);
  auto facts = facts_of(shape, shape.examples);
  facts.average_example = true;
  check_summary(done->tokens(), done->result.tables.summary, facts);
}

TEST_CASE("spilled values and streamed quantiles give the same files, and so do other chunks") {
  SyntheticShape shape;
  shape.examples = 9;
  auto spec = small_spec();
  const auto in_memory = run(shape, spec);
  CHECK(in_memory->result.spilled_bytes == 0);
  spec.row_buffer_bytes = 1;
  spec.quantile_buffer_bytes = 1;
  const auto spilled = run(shape, spec);
  CHECK(spilled->result.spilled_bytes > 0);
  shape.chunk_rows = 1000;
  const auto one_chunk = run(shape, spec);
  for (const auto* name : {"tokens.csv", "summary.csv"}) {
    CHECK(in_memory->text(name) == spilled->text(name));
    CHECK(in_memory->text(name) == one_chunk->text(name));
  }
  CHECK(in_memory->text("histogram.csv") == spilled->text("histogram.csv"));
  CHECK(in_memory->text("head_curve.csv") == spilled->text("head_curve.csv"));
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(spilled->folder.path()))
    left.insert(entry.path().filename());
  CHECK(left == std::set<std::string>{"tokens.csv", "summary.csv", "histogram.csv", "head_curve.csv",
                                      "vocabulary.csv"});
}

TEST_CASE("two runs of every variant give identical files") {
  for (const auto* variant : kernel_variants()) {
    if (!variant->supported()) continue;
    auto spec = small_spec();
    spec.variant = variant->name();
    const auto first = run(SyntheticShape{}, spec), second = run(SyntheticShape{}, spec);
    INFO(variant->name());
    CHECK(first->result.variant == variant->name());
    for (const auto* name : {"tokens.csv", "summary.csv", "histogram.csv", "head_curve.csv"}) {
      CHECK(first->text(name) == second->text(name));
    }
  }
}

TEST_CASE("compressed tokens hold the same table, and none leaves it out") {
  auto spec = small_spec();
  const auto plain = run(SyntheticShape{}, spec);
  spec.tokens = TokensFormat::csv_gz;
  const auto packed = run(SyntheticShape{}, spec);
  CHECK(packed->tokens("tokens.csv.gz").rows == plain->tokens().rows);
  CHECK_FALSE(fs::exists(packed->folder / "tokens.csv"));
  spec.tokens = TokensFormat::none;
  const auto none = run(SyntheticShape{}, spec);
  CHECK_FALSE(fs::exists(none->folder / "tokens.csv"));
  CHECK(none->text("summary.csv") == plain->text("summary.csv"));
}

TEST_CASE("quartiles are of the entropy at tau = 1 also where 1 is not in the list") {
  const SyntheticShape shape;
  auto spec = small_spec();
  const auto with_one = run(shape, spec);
  spec.taus = {3, 0.5};
  const auto without = run(shape, spec);
  using Key = std::tuple<std::string, double, std::string, std::string>;
  std::map<Key, SummaryRow> rows;
  for (const auto& row : with_one->result.tables.summary) {
    if (row.group == "entropy_quartile") rows[{row.student, row.tau, row.group_value, row.quantity}] = row;
  }
  std::size_t compared = 0;
  for (const auto& row : without->result.tables.summary) {
    CHECK(row.tau != 1);
    if (row.group != "entropy_quartile") continue;
    const auto& other = rows.at({row.student, row.tau, row.group_value, row.quantity});
    CHECK(row.count == other.count);
    CHECK((row.mean == other.mean || std::isnan(row.mean)));
    ++compared;
  }
  CHECK(compared == rows.size() * 2 / 3);
}

TEST_CASE("positions without targets have empty target columns, and no such quantity in the summary") {
  SyntheticShape shape;
  shape.targets = false;
  const auto done = run(shape, small_spec());
  const auto tokens = done->tokens();
  for (const auto& row : tokens.rows) {
    REQUIRE(row[2].empty());
    REQUIRE(row[3].empty());
    for (std::size_t c = 0; c < statistics_columns().size(); ++c) {
      REQUIRE(row[6 + c].empty() == statistics_columns()[c].needs_target);
    }
  }
  for (const auto& row : done->result.tables.summary)
    CHECK(row.quantity != "nll_target");
  check_summary(tokens, done->result.tables.summary, facts_of(shape, shape.examples));
}

TEST_CASE("NaN and masked logits keep their rows, are counted, and stay out of the aggregates") {
  SyntheticShape shape;
  shape.edit = [](std::size_t side, std::int64_t example, std::int64_t position, float* row) {
    if (side == 1 && example == 1 && position == 2) row[5] = NAN;        // student "near" alone
    if (side == 0 && example == 2 && position == 0) row[0] = NAN;        // both students
    if (side == 2 && example == 3 && position == 1) row[7] = -INFINITY;  // FKL of "far" is infinite
    if (side == 0 && example == 4 && position == 4) row[9] = -INFINITY;  // RKL of both is infinite
  };
  const auto spec = small_spec();
  const auto done = run(shape, spec);
  const auto tokens = done->tokens();
  CHECK(done->result.counts.positions == rows_of(shape, shape.examples));
  CHECK(done->result.counts.invalid_positions == 2);
  CHECK(done->result.counts.infinite_divergences == static_cast<std::int64_t>(3 * spec.taus.size()));
  REQUIRE(done->result.warnings.size() == 2);
  CHECK(done->progress.warnings == done->result.warnings);
  check_summary(tokens, done->result.tables.summary, facts_of(shape, shape.examples));
  for (const auto& row : done->result.tables.summary) {
    if (row.group != "all" || (row.quantity != "fkl" && row.quantity != "rkl")) continue;
    // NaN: two positions for "near", one for "far". Infinite: FKL once for "far", RKL once for each.
    const int nan_rows = row.student == "near" ? 2 : 1;
    const int infinite_rows = row.quantity == "rkl" || row.student == "far" ? 1 : 0;
    CHECK(row.invalid == nan_rows + infinite_rows);
  }
}

TEST_CASE("progress counts examples to their total") {
  const auto done = run(SyntheticShape{}, small_spec());
  std::int64_t last = -1;
  for (const auto& step : done->progress.steps) {
    if (step.phase != "examples") continue;
    CHECK(step.total == 6);
    CHECK(step.done == last + 1);
    last = step.done;
  }
  CHECK(last == 6);
}

TEST_CASE(
    "histograms hold every vocabulary entry of every position once, and probabilities sum to positions") {
  SyntheticShape shape;
  shape.edit = [](std::size_t side, std::int64_t example, std::int64_t position, float* row) {
    if (side == 0 && example == 2 && position == 0) row[0] = NAN;  // left out
  };
  const auto done = run(shape, small_spec());
  const auto positions = rows_of(shape, shape.examples) - 1;
  std::map<std::string, std::pair<std::int64_t, double>> sums;
  for (const auto& row : done->result.tables.histogram) {
    auto& [count, mass] = sums[row.student + "/" + format_number(row.tau) + "/" + row.source];
    count += row.count;
    mass += row.mass;
    CHECK(row.mass >= row.bin_low * static_cast<double>(row.count) * (1 - 1e-9));
    CHECK(row.mass <= row.bin_high * static_cast<double>(row.count));
  }
  CHECK(sums.size() == 2 * 3 * 4);
  for (const auto& [key, sum] : sums) {
    INFO(key);
    CHECK(sum.first == positions * 37);
    if (key.find("gradient") == key.npos)
      CHECK(sum.second == Approx(static_cast<double>(positions)).epsilon(1e-6));
  }
}

TEST_CASE("head curves rise to 1") {
  const auto done = run(SyntheticShape{}, small_spec());
  REQUIRE(done->result.tables.head_curve.size() == 2 * 3 * 4 * head_curve_ranks(37).size());
  double before = 0;
  for (const auto& row : done->result.tables.head_curve) {
    if (row.rank == 1) before = 0;
    CHECK(row.share >= before - 1e-12);
    before = row.share;
    if (row.rank == 37) CHECK(row.share == Approx(1).epsilon(1e-5));
  }
}
