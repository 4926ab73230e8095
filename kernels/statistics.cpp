#include "kernels/statistics.h"

#include <array>
#include <cmath>
#include <stdexcept>

#include "kernels/validate.h"

namespace tauscope {

std::span<const StatisticsColumn> statistics_columns() {
  using R = RowStatistics;
  constexpr bool one_pass = true, two_pass = false, any = false, target = true;
  static constexpr auto columns = std::to_array<StatisticsColumn>({
      {"fkl", &R::fkl, one_pass, any},
      {"rkl", &R::rkl, one_pass, any},
      {"jsd", &R::jsd, two_pass, any},
      {"tvd", &R::tvd, two_pass, any},
      {"entropy_teacher", &R::entropy_teacher, one_pass, any},
      {"entropy_student", &R::entropy_student, one_pass, any},
      {"cross_entropy", &R::cross_entropy, one_pass, any},
      {"nll_target", &R::nll_target, one_pass, target},
      {"p_target", &R::p_target, one_pass, target},
      {"q_target", &R::q_target, one_pass, target},
      {"rank_target_teacher", &R::rank_target_teacher, two_pass, target},
      {"rank_target_student", &R::rank_target_student, two_pass, target},
      {"top1_agree", &R::top1_agree, one_pass, any},
      {"fkl_grad_l1", &R::fkl_grad_l1, two_pass, any},
      {"fkl_grad_l2", &R::fkl_grad_l2, one_pass, any},
      {"fkl_grad_linf", &R::fkl_grad_linf, two_pass, any},
      {"rkl_grad_l1", &R::rkl_grad_l1, two_pass, any},
      {"rkl_grad_l2", &R::rkl_grad_l2, one_pass, any},
      {"rkl_grad_linf", &R::rkl_grad_linf, two_pass, any},
      {"grad_cosine", &R::grad_cosine, one_pass, any},
      {"grad_l2_ratio", &R::grad_l2_ratio, one_pass, any},
      {"fkl_grad_cos_tau1", &R::fkl_grad_cos_tau1, two_pass, any},
      {"fkl_grad_ratio_tau1", &R::fkl_grad_ratio_tau1, two_pass, any},
      {"rkl_grad_cos_tau1", &R::rkl_grad_cos_tau1, two_pass, any},
      {"rkl_grad_ratio_tau1", &R::rkl_grad_ratio_tau1, two_pass, any},
      {"teacher_nd_mass", &R::teacher_nd_mass, two_pass, any},
      {"student_nd_mass", &R::student_nd_mass, two_pass, any},
      {"fkl_nd_share_l1", &R::fkl_nd_share_l1, two_pass, any},
      {"fkl_nd_share_l2", &R::fkl_nd_share_l2, two_pass, any},
      {"rkl_nd_share_l1", &R::rkl_nd_share_l1, two_pass, any},
      {"rkl_nd_share_l2", &R::rkl_nd_share_l2, two_pass, any},
      {"fkl_target_share_l1", &R::fkl_target_share_l1, two_pass, target},
      {"rkl_target_share_l1", &R::rkl_target_share_l1, two_pass, target},
      {"tckd", &R::tckd, two_pass, target},
      {"nckd", &R::nckd, two_pass, target},
      {"fkl_effective_tokens", &R::fkl_effective_tokens, two_pass, any},
      {"rkl_effective_tokens", &R::rkl_effective_tokens, two_pass, any},
      {"top_k_overlap", &R::top_k_overlap, two_pass, any},
      {"fkl_nd_share", &R::fkl_nd_share, two_pass, any},
      {"rkl_nd_share", &R::rkl_nd_share, two_pass, any},
      {"fkl_target_share_l2", &R::fkl_target_share_l2, two_pass, target},
      {"rkl_target_share_l2", &R::rkl_target_share_l2, two_pass, target},
      {"rkl_tckd", &R::rkl_tckd, two_pass, target},
      {"rkl_nckd", &R::rkl_nckd, two_pass, target},
  });
  static_assert(sizeof(RowStatistics) == columns.size() * sizeof(double), "every member has a column");
  static_assert(columns.size() <= 64, "a ColumnSet has a bit for every column");
  return columns;
}

const StatisticsColumn* find_statistics_column(std::string_view name) {
  for (const StatisticsColumn& column : statistics_columns())
    if (name == column.name) return &column;
  return nullptr;
}

ColumnSet column_set(std::string_view name) {
  const StatisticsColumn* column = find_statistics_column(name);
  if (column == nullptr) throw std::invalid_argument("there is no column called " + std::string(name));
  return ColumnSet{1} << (column - statistics_columns().data());
}

ColumnSet wanted_columns(const StatisticsSpec& spec) {
  const std::span<const StatisticsColumn> columns = statistics_columns();
  ColumnSet wanted = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (spec.set == StatisticsSet::all || columns[i].one_pass) wanted |= ColumnSet{1} << i;
  }
  return wanted & spec.columns;
}

namespace {

[[noreturn]] void fail(const std::string& message) {
  throw std::invalid_argument(message);
}

void validate_view(const LogitsView& view, const char* side) {
  const std::string name = std::string(side) + " logits: ";
  if (view.rows > 0 && view.data == nullptr) fail(name + "no data");
  if (view.vocab < 2)
    fail(name + "vocabulary of " + std::to_string(view.vocab) + "; at least 2 tokens are needed");
  // Token ids travel as 32-bit integers inside the kernels.
  if (view.vocab > (std::size_t{1} << 31) - 1)
    fail(name + "vocabulary of " + std::to_string(view.vocab) + " is too large");
  if (view.row_stride < view.vocab) {
    fail(name + "row stride " + std::to_string(view.row_stride) + " is less than the vocabulary, " +
         std::to_string(view.vocab));
  }
}

void validate_dominant(const DominantSpec& dominant) {
  const double v = dominant.value;
  switch (dominant.kind) {
    case DominantSpec::Kind::nucleus:
      if (!(v > 0 && v <= 1)) fail("nucleus mass " + std::to_string(v) + " is not in (0, 1]");
      return;
    case DominantSpec::Kind::top_k:
      if (!(v >= 1 && v == std::floor(v) && std::isfinite(v))) {
        fail("top-k of " + std::to_string(v) + " is not a whole number from 1");
      }
      return;
    case DominantSpec::Kind::threshold:
      if (!(v >= 0 && v <= 1)) fail("probability threshold " + std::to_string(v) + " is not in [0, 1]");
      return;
  }
  fail("unknown kind of dominant set");
}

}  // namespace

void validate_pair(const LogitsView& teacher, const LogitsView& student) {
  validate_view(teacher, "teacher");
  validate_view(student, "student");
  if (teacher.rows != student.rows || teacher.vocab != student.vocab) {
    fail("teacher logits (" + std::to_string(teacher.rows) + ", " + std::to_string(teacher.vocab) +
         ") and student logits (" + std::to_string(student.rows) + ", " + std::to_string(student.vocab) +
         ") differ in shape");
  }
}

void validate_tau(double tau) {
  if (!(tau >= 0.01 && tau <= 1000)) fail("tau " + std::to_string(tau) + " is not in [0.01, 1000]");
}

void validate_statistics(const StatisticsInput& input, const StatisticsSpec& spec) {
  validate_pair(input.teacher, input.student);
  if (!input.targets.empty() && input.targets.size() != input.teacher.rows) {
    fail(std::to_string(input.targets.size()) + " targets for " + std::to_string(input.teacher.rows) +
         " rows");
  }
  for (std::size_t r = 0; r < input.targets.size(); ++r) {
    const std::int64_t y = input.targets[r];
    if (y < -1 || y >= static_cast<std::int64_t>(input.teacher.vocab)) {
      fail("target " + std::to_string(y) + " of row " + std::to_string(r) + " is outside the vocabulary of " +
           std::to_string(input.teacher.vocab));
    }
  }
  if (spec.taus.empty()) fail("no tau");
  for (const double tau : spec.taus)
    validate_tau(tau);
  validate_dominant(spec.dominant);
  if (spec.overlap_k < 1) fail("top-k overlap needs k >= 1, not " + std::to_string(spec.overlap_k));
}

void validate_statistics(const StatisticsInput& input, const StatisticsSpec& spec,
                         std::span<RowStatistics> out) {
  validate_statistics(input, spec);
  const std::size_t expected = input.teacher.rows * spec.taus.size();
  if (out.size() != expected) {
    fail("output holds " + std::to_string(out.size()) + " entries; rows * taus is " +
         std::to_string(expected));
  }
}

}  // namespace tauscope
