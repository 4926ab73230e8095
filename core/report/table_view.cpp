#include "core/report/table_view.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace tauscope {

namespace {

template <class Map>
const typename Map::mapped_type& find_or_empty(const Map& map, const typename Map::key_type& key) {
  static const typename Map::mapped_type empty;
  const auto it = map.find(key);
  return it == map.end() ? empty : it->second;
}

template <class Rows, class Key>
void sort_by(Rows& rows, Key key) {
  std::stable_sort(rows.begin(), rows.end(), [&](const auto* a, const auto* b) { return key(*a) < key(*b); });
}

}  // namespace

TableView::TableView(const AnalysisTables& tables) {
  std::set<std::string> seen;
  std::set<double> taus;
  const auto note = [&](const std::string& student, double tau) {
    if (seen.insert(student).second) students_.push_back(student);
    taus.insert(tau);
  };
  for (const SummaryRow& row : tables.summary) {
    note(row.student, row.tau);
    if (row.count <= 0 || !std::isfinite(row.median) || !std::isfinite(row.mean)) continue;
    auto& rows = summary_[{row.student, row.quantity, row.group, row.group_value}];
    if (rows.empty()) group_values_[{row.student, row.quantity, row.group, ""}].push_back(row.group_value);
    rows.push_back(&row);
  }
  for (const HistogramRow& row : tables.histogram) {
    note(row.student, row.tau);
    histogram_[{row.student, row.source, row.tau}].push_back(&row);
  }
  for (const HeadCurveRow& row : tables.head_curve) {
    note(row.student, row.tau);
    head_curve_[{row.student, row.source, row.tau}].push_back(&row);
  }
  taus_.assign(taus.begin(), taus.end());
  for (auto& [key, rows] : summary_)
    sort_by(rows, [](const SummaryRow& r) { return r.tau; });
  for (auto& [key, rows] : histogram_)
    sort_by(rows, [](const HistogramRow& r) { return r.bin_low; });
  for (auto& [key, rows] : head_curve_)
    sort_by(rows, [](const HeadCurveRow& r) { return r.rank; });
}

const std::vector<const SummaryRow*>& TableView::curve(const std::string& student,
                                                       const std::string& quantity, const std::string& group,
                                                       const std::string& group_value) const {
  return find_or_empty(summary_, {student, quantity, group, group_value});
}

const SummaryRow* TableView::row(const std::string& student, const std::string& quantity, double tau,
                                 const std::string& group, const std::string& group_value) const {
  for (const SummaryRow* row : curve(student, quantity, group, group_value))
    if (same_tau(row->tau, tau)) return row;
  return nullptr;
}

std::vector<std::string> TableView::group_values(const std::string& student, const std::string& quantity,
                                                 const std::string& group) const {
  return find_or_empty(group_values_, {student, quantity, group, ""});
}

const std::vector<const HistogramRow*>& TableView::histogram(const std::string& student,
                                                             const std::string& source, double tau) const {
  return find_or_empty(histogram_, {student, source, tau});
}

const std::vector<const HeadCurveRow*>& TableView::head_curve(const std::string& student,
                                                              const std::string& source, double tau) const {
  return find_or_empty(head_curve_, {student, source, tau});
}

bool same_tau(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::abs(b);
}

}  // namespace tauscope
