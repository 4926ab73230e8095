// Float lanes by themselves, without the double ones that stand behind them: what they do not decline is
// precise, and what ordinary rows look like is not declined.
#include "kernels/objectives/row_task.h"
#include "tests/kernels/objective_cases.h"
#include "tests/kernels/random_row.h"

namespace tauscope::test {
namespace {

/// One row of a pair, as the driver hands it over.
struct SingleCase {
  const ObjectiveCase& objective;
  const Pair& pair;
  std::size_t row, vocab;
  double tau, ce_weight = 0;

  template <class Stored>
  objectives::RowOutcome run(objectives::RowOutcome (*compute)(const objectives::RowTask&,
                                                               objectives::RowMemory<Stored>&),
                             std::vector<float>& gradient) const {
    objectives::RowMemory<Stored> memory(vocab);
    gradient.assign(vocab, 0.0F);
    objectives::RowTask task;
    task.teacher.data = pair.teacher.data() + row * vocab;
    task.student.data = pair.student.data() + row * vocab;
    task.objective = objective.objective->index;
    task.parameters = objective.parameters.data();
    task.vocab = vocab;
    task.target = std::max<std::int64_t>(0, pair.targets[row]);
    task.tau = tau;
    task.ce_weight = ce_weight;
    if (objective.objective->needs.tau) task.factor = tau, task.value_scale = tau * tau;
    task.gradient = gradient.data();
    return compute(task, memory);
  }
};

/// Of the 1e-5 that is promised, what the lanes' own account of errors lets through.
constexpr double bound = 6e-6;

}  // namespace

TEST_CASE("what float lanes do not decline is precise") {
  if (!objectives::single_rows_available()) TS_SKIP("needs a fused multiply-add");
  std::vector<float> found, expected;
  std::size_t computed = 0, declined = 0;
  for (const ObjectiveCase& c : objective_cases()) {
    unsigned seed = 0;
    for (const Shape shape : all_shapes()) {
      for (const std::size_t vocab : {2, 16, 17, 130, 1031, 9001}) {
        for (const double tau : {0.05, 0.3, 1.0, 3.0, 100.0}) {
          const Pair pair = make_pair(shape, 2, vocab, ++seed);
          for (const std::size_t row : {0, 1}) {
            const SingleCase single{c, pair, row, vocab, tau, seed % 3 == 0 ? 0.5 : 0.0};
            const objectives::RowOutcome outcome = single.run(&objectives::single_row, found);
            if (outcome.declined) {
              ++declined;
              continue;
            }
            ++computed;
            const double loss = single.run(&objectives::vector_row, expected).loss;
            INFO(case_name(c) << ", " << shape_name(shape) << ", V " << vocab << ", tau " << tau << ", row "
                              << row << ", loss " << loss << " found " << outcome.loss);
            CHECK(loss_error(loss, outcome.loss) <= bound);
            CHECK(gradient_error(expected, std::span<const float>(found)) <= bound);
          }
        }
      }
    }
  }
  CHECK(computed > declined);
}

TEST_CASE("random rows that float lanes do not decline are precise") {
  if (!objectives::single_rows_available()) TS_SKIP("needs a fused multiply-add");
  std::mt19937 random(11);
  std::vector<float> found, expected;
  const std::vector<ObjectiveCase> cases = objective_cases();
  std::size_t computed = 0;
  constexpr int turns = 1500;
  for (int turn = 0; turn < turns; ++turn) {
    const RandomRow row(random, turn);
    const ObjectiveCase& c = cases[std::size_t(turn) % cases.size()];
    const SingleCase single{c, row.pair, 0, row.vocab, row.tau, turn % 5 == 0 ? 0.5 : 0.0};
    const objectives::RowOutcome outcome = single.run(&objectives::single_row, found);
    if (outcome.declined) continue;
    ++computed;
    const double loss = single.run(&objectives::vector_row, expected).loss;
    INFO(case_name(c) << ", " << row.text() << ", loss " << loss << " found " << outcome.loss);
    CHECK(loss_error(loss, outcome.loss) <= relative_bound(row.tau));
    CHECK(gradient_error(expected, std::span<const float>(found)) <= relative_bound(row.tau));
  }
  CHECK(computed > turns / 2);
}

TEST_CASE("ordinary rows are not declined") {
  if (!objectives::single_rows_available()) TS_SKIP("needs a fused multiply-add");
  constexpr std::size_t rows = 4, vocab = 20000;
  std::vector<float> gradient;
  for (const Objective& objective : kernel_objectives()) {
    const ObjectiveCase c{&objective, default_parameters(objective)};
    // Where |p - q| has its corner, a row may have a token too close to it.
    const int allowed = std::string(objective.text.name) == "tvd" ? 1 : 0;
    for (const Shape shape :
         {Shape::close, Shape::nearly_equal, Shape::peaked, Shape::peaked_close, Shape::offset}) {
      const Pair pair = make_pair(shape, rows, vocab, 7);
      for (const double tau : {0.7, 1.0, 2.0, 4.0}) {
        int declined = 0;
        for (std::size_t row = 0; row < rows; ++row)
          declined +=
              SingleCase{c, pair, row, vocab, tau}.run(&objectives::single_row, gradient).declined ? 1 : 0;
        INFO(objective.text.name << ", " << shape_name(shape) << ", tau " << tau);
        CHECK(declined <= allowed);
      }
    }
  }
}

TEST_CASE("float lanes decline what they have no room for") {
  if (!objectives::single_rows_available()) TS_SKIP("needs a fused multiply-add");
  constexpr std::size_t vocab = 300;
  constexpr float masked = -std::numeric_limits<float>::infinity();
  std::vector<float> gradient;
  for (const Objective& objective : kernel_objectives()) {
    if (!objective.needs.teacher) continue;
    const ObjectiveCase c{&objective, default_parameters(objective)};
    const auto declines = [&](const Pair& pair, double tau = 1) {
      return SingleCase{c, pair, 0, vocab, tau}.run(&objectives::single_row, gradient).declined;
    };
    INFO(objective.text.name);
    Pair pair = make_pair(Shape::far, 1, vocab, 3);
    CHECK_FALSE(declines(pair));
    Pair both = pair;
    both.teacher[5] = both.student[5] = masked;
    CHECK_FALSE(declines(both));
    Pair one_side = pair;
    one_side.student[5] = masked;
    CHECK(declines(one_side));
    Pair equal = make_pair(Shape::equal, 1, vocab, 3);
    CHECK(declines(equal));  // nothing but rounding
    Pair huge = pair;
    for (std::size_t j = 0; j < vocab; ++j)
      huge.teacher[j] += 2000, huge.student[j] += 2000;
    CHECK(declines(huge));
  }
}

}  // namespace tauscope::test
