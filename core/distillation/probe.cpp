#include "core/distillation/probe.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/operators/kernel_calls.h"

namespace tauscope {
namespace {

constexpr std::array probe_columns = {"fkl",
                                      "rkl",
                                      "entropy_teacher",
                                      "entropy_student",
                                      "top1_agree",
                                      "fkl_grad_l2",
                                      "rkl_grad_l2",
                                      "grad_cosine",
                                      "grad_l2_ratio",
                                      "fkl_grad_cos_tau1",
                                      "fkl_nd_share_l1",
                                      "rkl_nd_share_l1",
                                      "rkl_grad_cos_tau1",
                                      "teacher_nd_mass",
                                      "student_nd_mass"};

StatisticsSpec spec_of(std::span<const double> taus, TauScaling scaling) {
  StatisticsSpec spec;
  spec.taus.assign(taus.begin(), taus.end());
  spec.tau_scaling = scaling;
  spec.columns = 0;
  for (const char* name : probe_columns)
    spec.columns |= column_set(name);
  return spec;
}

/// Means over the rows that have a value.
class Means {
 public:
  explicit Means(std::size_t taus) : taus_(taus) {}

  /// (rows, taus)
  void add(const std::vector<RowStatistics>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      OfTau& of = taus_[i % taus_.size()];
      bool valid = true;
      for (std::size_t c = 0; c < probe_columns.size(); ++c) {
        const double value = rows[i].*find_statistics_column(probe_columns[c])->member;
        if (!std::isfinite(value)) {
          valid = false;
          continue;
        }
        of.sums[c] += value;
        ++of.counts[c];
      }
      of.invalid += valid ? 0 : 1;
    }
  }

  Json to_json(std::span<const double> taus) const {
    Json all = Json::array();
    for (std::size_t t = 0; t < taus.size(); ++t) {
      Json one{{"tau", taus[t]}, {"invalid", taus_[t].invalid}};
      for (std::size_t c = 0; c < probe_columns.size(); ++c)
        one[probe_columns[c]] = taus_[t].counts[c] == 0
                                    ? Json()
                                    : Json(taus_[t].sums[c] / static_cast<double>(taus_[t].counts[c]));
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  struct OfTau {
    std::array<double, probe_columns.size()> sums{};
    std::array<std::int64_t, probe_columns.size()> counts{};
    std::int64_t invalid = 0;
  };
  std::vector<OfTau> taus_;
};

}  // namespace

Json probe_models(const DistillModels& models, std::span<const TrainingExample> examples,
                  std::span<const double> taus, TauScaling scaling) {
  const c10::NoGradGuard no_grad;
  const StatisticsSpec spec = spec_of(taus, scaling);
  const Decoder student = models.student->decoder();
  const at::Device device = student.device();
  Means means(taus.size());
  std::int64_t tokens = 0;
  for (const TrainingExample& example : examples) {
    const TrainingExample* const one = &example;
    const PassStates states = pass_states(models, {&one, 1});
    const std::int64_t rows = states.student.size(0), block = rows_of_block(models.vocab, device);
    for (std::int64_t first = 0; first < rows; first += block) {
      const std::int64_t count = std::min(block, rows - first);
      const auto logits = [&](const Decoder& model, const at::Tensor& hidden) {
        return model.logits(hidden.narrow(0, first, count)).narrow(1, 0, models.vocab);
      };
      const at::Tensor teacher = logits(*models.teacher, states.teacher);
      const at::Tensor of_student = logits(student, states.student);
      means.add(
          statistics_of_rows({view_of_rows(teacher), view_of_rows(of_student), {}}, spec, "exact", device));
    }
    tokens += rows;
  }
  return {{"tokens", tokens}, {"tau", means.to_json(taus)}};
}

}  // namespace tauscope
