// An analysis' tables by student, quantity and group, so that figures and report need not search.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/diagnostics/tables.h"

namespace tauscope {

/// Points into the tables it was made from, which must outlive it.
class TableView {
 public:
  explicit TableView(const AnalysisTables& tables);

  const std::vector<std::string>& students() const { return students_; }  ///< in order of appearance
  const std::vector<double>& taus() const { return taus_; }               ///< ascending

  /// Rows over ascending τ that have a finite value; empty where the quantity is missing.
  const std::vector<const SummaryRow*>& curve(const std::string& student, const std::string& quantity,
                                              const std::string& group = "all",
                                              const std::string& group_value = "") const;
  /// The row at this τ (see same_tau), or null.
  const SummaryRow* row(const std::string& student, const std::string& quantity, double tau,
                        const std::string& group = "all", const std::string& group_value = "") const;
  /// Values of a group that the student has for the quantity, in the table's order.
  std::vector<std::string> group_values(const std::string& student, const std::string& quantity,
                                        const std::string& group) const;

  /// Bins in ascending order.
  const std::vector<const HistogramRow*>& histogram(const std::string& student, const std::string& source,
                                                    double tau) const;
  /// Ranks in ascending order.
  const std::vector<const HeadCurveRow*>& head_curve(const std::string& student, const std::string& source,
                                                     double tau) const;

 private:
  using SummaryKey =
      std::tuple<std::string, std::string, std::string, std::string>;  // student, quantity, group, value
  using SourceKey = std::tuple<std::string, std::string, double>;      // student, source, tau

  std::vector<std::string> students_;
  std::vector<double> taus_;
  std::map<SummaryKey, std::vector<const SummaryRow*>> summary_;
  std::map<SourceKey, std::vector<const HistogramRow*>> histogram_;
  std::map<SourceKey, std::vector<const HeadCurveRow*>> head_curve_;
  std::map<SummaryKey, std::vector<std::string>> group_values_;  // with an empty value
};

/// Equal up to the rounding of a grid of temperatures, whose 1 may be 0.9999999999999998.
bool same_tau(double a, double b);

}  // namespace tauscope
