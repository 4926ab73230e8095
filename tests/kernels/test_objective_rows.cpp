// Rows that are not like others: masked and invalid logits, rows that are not scored;
// what a call refuses.
#include <numeric>
#include <set>
#include <stdexcept>

#include "kernels/objectives/row_task.h"
#include "tests/kernels/one_row.h"

namespace tauscope::test {
namespace {

constexpr float masked = -std::numeric_limits<float>::infinity();
constexpr double infinity = std::numeric_limits<double>::infinity();

bool all_nan(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float g) { return std::isnan(g); });
}
bool all_finite(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float g) { return std::isfinite(g); });
}

/// What a token masked on one side only does, by objective.
struct OneSided {
  const char* name;
  bool student_infinite, student_undefined;  ///< masked in the student only
  bool teacher_infinite, teacher_undefined;
};
constexpr OneSided one_sided[] = {
    {"fkl", true, false, false, false},    {"rkl", false, false, true, true},
    {"jeffreys", true, false, true, true}, {"jsd", false, false, false, false},
    {"skl", false, false, false, false},   {"srkl", false, false, false, false},
    {"tvd", false, false, false, false},   {"ab", false, false, false, false},
    {"akl", true, false, true, true},      {"todi", true, false, true, true},
    {"dkd", true, false, false, false},    {"eopd", true, false, true, true},
    {"mse", true, true, true, true},       {"zscore-kl", true, true, false, false},
    {"ce", false, false, false, false},
};

}  // namespace

TEST_CASE(
    "the registry lists every objective once, and its parameters have ranges that hold their defaults") {
  std::set<std::string> names;
  int index = 0;
  for (const Objective& objective : kernel_objectives()) {
    INFO(objective.text.name);
    CHECK(names.insert(objective.text.name).second);
    CHECK(find_kernel_objective(objective.text.name) == &objective);
    CHECK(objective.index == index++);
    for (const char* text :
         {objective.text.title, objective.text.formula, objective.text.gradient, objective.text.help})
      CHECK(std::string(text).size() > 3);
    for (const ObjectiveParameter& parameter : objective.parameters) {
      INFO(parameter.name);
      CHECK(parameter.allows(parameter.fallback));
      CHECK(parameter.allows(parameter.low) == !parameter.low_open);
      CHECK(parameter.allows(parameter.high) == !parameter.high_open);
      CHECK_FALSE(parameter.allows(parameter.high + 1));
      CHECK_FALSE(parameter.allows(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  for (const char* name : {"fkl", "rkl", "jeffreys", "jsd", "skl", "srkl", "tvd", "ab", "akl", "todi", "dkd",
                           "eopd", "mse", "zscore-kl", "ce"})
    CHECK(names.count(name) == 1);
  CHECK(find_kernel_objective("FKL") == nullptr);
}

TEST_CASE("tokens masked on both sides change nothing") {
  std::mt19937 random(11);
  for (int turn = 0; turn < 5; ++turn) {
    const OneRow plain = random_row(random, 9, 1);
    OneRow padded = plain;
    for (const std::size_t at : {std::size_t{9}, std::size_t{4}, std::size_t{0}}) {
      padded.teacher.insert(padded.teacher.begin() + std::ptrdiff_t(at), masked);
      padded.student.insert(padded.student.begin() + std::ptrdiff_t(at), masked);
    }
    const std::int64_t y = plain.target[0];
    padded.target = {y + 1 + (y >= 4 ? 1 : 0)};
    for (const Objective& objective : kernel_objectives()) {
      for (const std::string& variant : one_row_variants()) {
        const ObjectiveResult expected = plain.run(variant, objective.text.name, 0.7);
        const ObjectiveResult found = padded.run(variant, objective.text.name, 0.7);
        INFO(objective.text.name << ", " << variant);
        CHECK(loss_error(expected.loss[0], found.loss[0]) <= 1e-6);
        std::vector<float> kept;
        for (std::size_t j = 0; j < padded.teacher.size(); ++j) {
          if (padded.teacher[j] == masked) {
            CHECK(found.row(0)[j] == 0);
          } else {
            kept.push_back(found.row(0)[j]);
          }
        }
        CHECK(gradient_error(expected.row(0), kept) <= 2e-6);
      }
    }
  }
}

TEST_CASE("rows with masked tokens equal the reference, whatever their size") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  std::mt19937 random(20);
  enum class Masked { both, teacher, student };
  for (const Masked side : {Masked::both, Masked::teacher, Masked::student}) {
    for (const std::size_t vocab : {17, 130, 1031}) {
      for (const double tau : {0.05, 1.0, 100.0}) {
        OneRow row = random_row(random, vocab, tau == 1.0 ? 0.1F : 2.0F);
        for (std::size_t j = 0; j < vocab; ++j) {
          if (random() % 8 != 0 || std::int64_t(j) == row.target[0]) continue;
          if (side != Masked::student) row.teacher[j] = masked;
          if (side != Masked::teacher) row.student[j] = masked;
        }
        for (const Objective& objective : kernel_objectives()) {
          const ObjectiveResult expected = row.run("reference", objective.text.name, tau),
                                found = row.run(variant, objective.text.name, tau);
          INFO(objective.text.name << ", V " << vocab << ", tau " << tau << ", masked " << int(side)
                                   << ", loss " << expected.loss[0] << " found " << found.loss[0]);
          CHECK(loss_error(expected.loss[0], found.loss[0]) <= relative_bound(tau));
          CHECK(gradient_error(expected.row(0), found.row(0)) <= relative_bound(tau));
          CHECK(found.guards_are_intact());
          for (std::size_t j = 0; j < vocab; ++j) {
            if (side == Masked::both && row.student[j] == masked) CHECK(found.row(0)[j] == 0);
          }
        }
      }
    }
  }
}

TEST_CASE("a token masked on one side only is infinite, undefined or bounded, as the objective is") {
  std::mt19937 random(12);
  REQUIRE(std::size(one_sided) == kernel_objectives().size());
  for (const OneSided& rule : one_sided) {
    for (const std::string& variant : one_row_variants()) {
      for (const double tau : {0.05, 1.0}) {
        OneRow row = random_row(random, 7, 1);
        row.target = {2};
        INFO(rule.name << ", " << variant << ", tau " << tau);
        // The entropy-aware objective with its forward part at every position.
        const std::vector<double> parameters(rule.name == std::string("eopd") ? 1 : 0);
        OneRow student = row;
        student.student[3] = masked;
        ObjectiveResult found = student.run(variant, rule.name, tau, parameters);
        CHECK(std::isinf(found.loss[0]) == rule.student_infinite);
        CHECK((rule.student_undefined ? all_nan(found.row(0)) : all_finite(found.row(0))));
        CHECK(found.report.infinite == (rule.student_infinite ? 1 : 0));
        CHECK(found.report.undefined == (rule.student_undefined ? 1 : 0));
        OneRow teacher = row;
        teacher.teacher[3] = masked;
        found = teacher.run(variant, rule.name, tau, parameters);
        CHECK(std::isinf(found.loss[0]) == rule.teacher_infinite);
        CHECK((rule.teacher_undefined ? all_nan(found.row(0)) : all_finite(found.row(0))));
        CHECK(found.report.infinite == (rule.teacher_infinite ? 1 : 0));
        CHECK(found.report.undefined == (rule.teacher_undefined ? 1 : 0));
      }
    }
  }
}

TEST_CASE("a token masked on one side is the limit of one that is far down") {
  std::mt19937 random(13);
  for (const OneSided& rule : one_sided) {
    for (const bool in_student : {false, true}) {
      const bool finite = in_student ? !rule.student_infinite : !rule.teacher_infinite;
      // Moments and means jump where a logit tends to -inf.
      const std::string name = rule.name;
      if (!finite || name == "mse" || name == "zscore-kl") continue;
      OneRow row = random_row(random, 7, 1);
      row.target = {2};
      OneRow near = row;
      (in_student ? row.student : row.teacher)[3] = masked;
      (in_student ? near.student : near.teacher)[3] = -600;
      for (const std::string& variant : one_row_variants()) {
        const ObjectiveResult found = row.run(variant, rule.name), expected = near.run(variant, rule.name);
        INFO(name << ", " << variant << (in_student ? ", student" : ", teacher"));
        CHECK(loss_error(expected.loss[0], found.loss[0]) <= 1e-6);
        CHECK(gradient_error(expected.row(0), found.row(0)) <= 1e-6);
      }
    }
  }
}

TEST_CASE("a target masked on one side, or alone, is told from the rest") {
  std::mt19937 random(14);
  for (const std::string& variant : one_row_variants()) {
    OneRow row = random_row(random, 6, 1);
    const std::size_t y = std::size_t(row.target[0]);
    OneRow student = row, teacher = row, alone = row;
    student.student[y] = masked;
    teacher.teacher[y] = masked;
    CHECK(student.run(variant, "dkd").loss[0] == infinity);
    CHECK(all_finite(student.run(variant, "dkd").row(0)));
    CHECK(std::isfinite(teacher.run(variant, "dkd").loss[0]));
    CHECK(all_finite(teacher.run(variant, "dkd").row(0)));
    CHECK(student.run(variant, "ce").loss[0] == infinity);
    for (std::size_t j = 0; j < alone.teacher.size(); ++j)
      if (j != y) alone.teacher[j] = alone.student[j] = masked;
    const ObjectiveResult none = alone.run(variant, "dkd");
    CHECK(std::isnan(none.loss[0]));  // there is no rest to compare
    CHECK(none.report.invalid == 1);
    CHECK(alone.run(variant, "fkl").loss[0] == 0);
  }
}

TEST_CASE("rows with NaN, +inf or nothing but -inf are NaN and counted; others are not touched by them") {
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
  std::mt19937 random(15);
  for (const Objective& objective : kernel_objectives()) {
    for (const std::string& variant : one_row_variants()) {
      const OneRow good = random_row(random, 19, 1);
      for (const float value : bad) {
        for (const std::size_t at : {std::size_t{0}, std::size_t{17}}) {
          OneRow row = good;
          row.student[at] = value;
          const ObjectiveResult found = row.run(variant, objective.text.name);
          INFO(objective.text.name << ", " << variant << ", " << value);
          CHECK(std::isnan(found.loss[0]));
          CHECK(all_nan(found.row(0)));
          CHECK(found.report.invalid == 1);
          CHECK(found.guards_are_intact());
        }
      }
      OneRow empty = good;
      std::fill(empty.student.begin(), empty.student.end(), masked);
      CHECK(std::isnan(empty.run(variant, objective.text.name).loss[0]));
      if (objective.needs.teacher) {
        empty = good;
        std::fill(empty.teacher.begin(), empty.teacher.end(), masked);
        CHECK(empty.run(variant, objective.text.name).report.invalid == 1);
      }
    }
  }
}

TEST_CASE("constant rows: z-scores do not exist, everything else is 0") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  const OneRow row{std::vector<float>(5, 1.5F), std::vector<float>(5, -2.0F), {3}};
  for (const Objective& objective : kernel_objectives()) {
    const std::string name = objective.text.name;
    const ObjectiveResult found = row.run(variant, objective.text.name);
    INFO(name);
    if (name == "zscore-kl") {
      CHECK(std::isnan(found.loss[0]));
      CHECK(all_nan(found.row(0)));
    } else if (name == "ce") {
      CHECK(found.loss[0] == Approx(std::log(5.0)));
    } else {
      CHECK(found.loss[0] == 0);
      CHECK(gradient_error(std::vector<double>(5, 0.0), found.row(0)) == 0);
    }
  }
}

TEST_CASE("masks and targets of -1 leave rows at 0") {
  constexpr std::size_t rows = 5, vocab = 8;
  const Pair pair = make_pair(Shape::far, rows, vocab, 3);
  const std::vector<std::int64_t> targets{1, -1, 2, 3, 4};
  const std::vector<std::uint8_t> mask{1, 1, 0, 1, 1};
  for (const Objective& objective : kernel_objectives()) {
    for (const std::string& variant : one_row_variants()) {
      ObjectiveSpec spec;
      spec.objective = &objective;
      const ObjectiveInput input{{pair.teacher.data(), rows, vocab, vocab, DType::float32},
                                 {pair.student.data(), rows, vocab, vocab, DType::float32},
                                 targets,
                                 mask};
      const ObjectiveResult found = run_objective(variant, input, spec, 2);
      INFO(objective.text.name << ", " << variant);
      CHECK(found.report.scored == 3);
      for (std::size_t r = 0; r < rows; ++r) {
        const auto row = found.row(r);
        const bool zero = std::all_of(row.begin(), row.end(), [](float g) { return g == 0; });
        CHECK(zero == !input.is_scored(r));
        CHECK((found.loss[r] == 0) == !input.is_scored(r));
      }
    }
  }
}

TEST_CASE("what does not fit is refused before a logit is read") {
  const std::string name = GENERATE(from_range(tested_exact_variants()));
  const OneRow row{std::vector<float>(4, 0.0F), std::vector<float>(4, 1.0F), {1}};
  const LogitsView view{row.teacher.data(), 1, 4, 4, DType::float32};
  const KernelVariant& variant = *find_kernel_variant(name);
  std::vector<float> gradient(4);
  std::vector<double> loss(1);
  ObjectiveSpec good;
  good.objective = find_kernel_objective("jsd");
  const ObjectiveInput input{view, view, row.target, {}};
  const auto refuses = [&](const ObjectiveInput& i, const ObjectiveSpec& s, std::size_t stride = 4) {
    CHECK_THROWS_AS(objective_gradient(variant, i, s, gradient, stride, loss), std::invalid_argument);
  };
  CHECK_NOTHROW(objective_gradient(variant, input, good, gradient, 4, loss));
  refuses(input, {});
  refuses(input, good, 3);
  for (const double tau : {0.0, -1.0, 2000.0, std::nan("")}) {
    ObjectiveSpec spec = good;
    spec.tau = tau;
    refuses(input, spec);
  }
  for (const std::vector<double>& parameters :
       std::vector<std::vector<double>>{{0}, {1}, {2}, {0.5, 0.5}, {std::nan("")}}) {
    ObjectiveSpec spec = good;
    spec.parameters = parameters;
    refuses(input, spec);
  }
  ObjectiveSpec weighted = good;
  weighted.weight = 0;
  refuses(input, weighted);
  ObjectiveSpec labelled = good;
  labelled.ce_weight = 0.5;
  refuses({view, view, {}, {}}, labelled);
  ObjectiveSpec decoupled = good;
  decoupled.objective = find_kernel_objective("dkd");
  refuses({view, view, {}, {}}, decoupled);
  const std::vector<std::int64_t> outside{4};
  refuses({view, view, outside, {}}, good);
  refuses({view.slice(0, 0), view, row.target, {}}, good);
  const std::vector<std::uint8_t> mask{1, 1};
  refuses({view, view, row.target, mask}, good);
}

}  // namespace tauscope::test
