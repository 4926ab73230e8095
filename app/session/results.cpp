#include "app/session/results.h"

#include <algorithm>
#include <cmath>

namespace tauscope {

namespace {

constexpr std::size_t rows_per_block = 32;  ///< a block is what a new request has to wait for

StatisticsSpec spec_of(const ResultBasis& basis, std::vector<double> taus, StatisticsSet set) {
  StatisticsSpec spec;
  spec.taus = std::move(taus);
  spec.tau_scaling = basis.tau_scaling;
  spec.dominant = basis.dominant;
  spec.set = set;
  return spec;
}

/// Linear interpolation between order statistics of a sorted list.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (place - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

void append_summary(CurvesResult::Curve& curve, std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) {
    for (auto* series : {&curve.mean, &curve.p25, &curve.median, &curve.p75})
      series->push_back(RowStatistics::none);
    return;
  }
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (const double value : values)
    sum += value;
  curve.mean.push_back(sum / static_cast<double>(values.size()));
  curve.p25.push_back(quantile(values, 0.25));
  curve.median.push_back(quantile(values, 0.5));
  curve.p75.push_back(quantile(values, 0.75));
}

}  // namespace

const std::vector<double>& curve_taus() {
  static const std::vector<double> taus = [] {
    std::vector<double> grid;
    for (int quarter = -13; quarter <= 17; ++quarter)
      grid.push_back(std::exp2(quarter / 4.0));
    return grid;
  }();
  return taus;
}

std::shared_ptr<const RowsResult> compute_rows(Engine& engine, const ScoredExample& example,
                                               const RowsKey& key, std::stop_token stop) {
  const StatisticsSpec spec = spec_of(key.basis, {key.tau}, key.set);
  const Precision precision = key.set == StatisticsSet::one_pass ? Precision::fast : Precision::exact;
  auto result = std::make_shared<RowsResult>();
  result->key = key;
  result->rows.resize(example.rows);
  for (std::size_t first = 0; first < example.rows; first += rows_per_block) {
    const std::size_t count = std::min(rows_per_block, example.rows - first);
    const std::span block(result->rows.data() + first, count);
    if (stop.stop_requested() ||
        !engine.statistics(example, key.basis.student, first, spec, precision, block, stop)) {
      return nullptr;
    }
  }
  return result;
}

std::shared_ptr<const CurvesResult> compute_curves(Engine& engine, const ScoredExample& example,
                                                   const CurvesKey& key, std::stop_token stop) {
  const auto& taus = curve_taus();
  const StatisticsSpec spec = spec_of(key.basis, taus, StatisticsSet::all);
  const std::size_t first_row = key.position ? static_cast<std::size_t>(*key.position) : 0;
  const std::size_t rows = key.position ? 1 : example.rows;
  constexpr std::size_t block_rows = 4;  // times the whole grid of τ
  std::vector<RowStatistics> all(rows * taus.size());
  for (std::size_t first = 0; first < rows; first += block_rows) {
    const std::size_t count = std::min(block_rows, rows - first);
    const std::span block(all.data() + first * taus.size(), count * taus.size());
    if (stop.stop_requested() || !engine.statistics(example, key.basis.student, first_row + first, spec,
                                                    Precision::exact, block, stop)) {
      return nullptr;
    }
  }
  auto result = std::make_shared<CurvesResult>();
  result->key = key;
  result->taus = taus;
  result->positions = rows;
  std::vector<double> values(rows);
  for (const StatisticsColumn& column : statistics_columns()) {
    CurvesResult::Curve& curve = result->columns.emplace_back();
    for (std::size_t k = 0; k < taus.size(); ++k) {
      for (std::size_t r = 0; r < rows; ++r)
        values[r] = all[r * taus.size() + k].*column.member;
      append_summary(curve, values);
    }
  }
  if (!key.position) {
    for (const RowStatistics& cell : all)
      result->position_tau.push_back(cell.fkl_nd_share_l1);
  }
  return result;
}

std::shared_ptr<const DetailResult> compute_detail(Engine& engine, const ScoredExample& example,
                                                   const DetailKey& key, std::stop_token stop) {
  const StatisticsSpec spec = spec_of(key.basis, {key.tau}, StatisticsSet::all);
  auto result = std::make_shared<DetailResult>();
  result->key = key;
  const auto row = static_cast<std::size_t>(key.position);
  engine.statistics(example, key.basis.student, row, spec, Precision::exact,
                    std::span(&result->statistics, 1), stop);
  result->detail = engine.detail(example, key.basis.student, row, spec, static_cast<std::size_t>(key.top_k));
  return result;
}

}  // namespace tauscope
