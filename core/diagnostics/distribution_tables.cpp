#include "core/diagnostics/distribution_tables.h"

#include <utility>

namespace tauscope {
namespace {

HeadCurve empty_curve(std::int64_t vocab) {
  HeadCurve curve;
  curve.ranks = head_curve_ranks(vocab);
  for (auto* shares :
       {&curve.teacher_mass, &curve.student_mass, &curve.fkl_gradient_l1, &curve.rkl_gradient_l1}) {
    shares->assign(curve.ranks.size(), 0.0);
  }
  return curve;
}

}  // namespace

CorpusDistributions::CorpusDistributions(std::size_t students, std::size_t taus, std::int64_t vocab)
    : sums(students * taus), curves(students * taus, empty_curve(vocab)) {}

CorpusDistributions& CorpusDistributions::operator+=(const CorpusDistributions& other) {
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i] += other.sums[i];
  for (std::size_t i = 0; i < curves.size(); ++i)
    curves[i] += other.curves[i];
  return *this;
}

std::vector<HistogramRow> histogram_rows(const CorpusDistributions& distributions,
                                         const std::vector<std::string>& students,
                                         const std::vector<double>& taus) {
  std::vector<HistogramRow> rows;
  for (std::size_t cell = 0; cell < distributions.sums.size(); ++cell) {
    const auto& sums = distributions.sums[cell];
    for (const auto& [source, histogram] : {std::pair{"teacher", &sums.teacher},
                                            {"student", &sums.student},
                                            {"fkl_gradient", &sums.fkl_gradient},
                                            {"rkl_gradient", &sums.rkl_gradient}}) {
      int first = 0, end = OctaveHistogram::bins;
      while (first < end && histogram->count[first] == 0)
        ++first;
      while (end > first && histogram->count[end - 1] == 0)
        --end;
      for (int bin = first; bin < end; ++bin) {
        rows.push_back({students[cell / taus.size()], taus[cell % taus.size()], source,
                        OctaveHistogram::low(bin), OctaveHistogram::high(bin), histogram->count[bin],
                        histogram->mass[bin]});
      }
    }
  }
  return rows;
}

std::vector<HeadCurveRow> head_curve_rows(const CorpusDistributions& distributions,
                                          const std::vector<std::string>& students,
                                          const std::vector<double>& taus) {
  std::vector<HeadCurveRow> rows;
  for (std::size_t cell = 0; cell < distributions.curves.size(); ++cell) {
    const auto& curve = distributions.curves[cell];
    if (curve.rows == 0) continue;  // no position has a gradient: there is no share to tell
    for (const auto& [source, shares] : {std::pair{"teacher", &curve.teacher_mass},
                                         {"student", &curve.student_mass},
                                         {"fkl_gradient", &curve.fkl_gradient_l1},
                                         {"rkl_gradient", &curve.rkl_gradient_l1}}) {
      for (std::size_t i = 0; i < curve.ranks.size(); ++i) {
        rows.push_back({students[cell / taus.size()], taus[cell % taus.size()], source, curve.ranks[i],
                        (*shares)[i] / static_cast<double>(curve.rows)});
      }
    }
  }
  return rows;
}

}  // namespace tauscope
