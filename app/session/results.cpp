#include "app/session/results.h"

#include <algorithm>
#include <cmath>

#include "core/diagnostics/quantile_place.h"

namespace tauscope {

namespace {

// Within a block a new request waits for the rows that are being computed; each block starts its threads
// anew.
constexpr std::size_t rows_per_block = 32;
// Times the whole grid of τ: about 20 ms each at a vocabulary of 50,000.
constexpr std::size_t preview_block_rows = 8, exact_block_rows = 2;

StatisticsSpec spec_of(const ResultBasis& basis, std::vector<double> taus, StatisticsSet set) {
  StatisticsSpec spec;
  spec.taus = std::move(taus);
  spec.tau_scaling = basis.tau_scaling;
  spec.dominant = basis.dominant;
  spec.set = set;
  return spec;
}

double quantile(const std::vector<double>& sorted, double share) {
  const QuantilePlace place(share, static_cast<std::int64_t>(sorted.size()));
  return place.between(sorted[static_cast<std::size_t>(place.low)],
                       sorted[static_cast<std::size_t>(place.high)]);
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

const std::vector<double>& curve_taus(const ScoredExample& example) {
  return example.has_logits() ? curve_taus() : example.taus;
}

std::shared_ptr<const RowsResult> compute_rows(Engine& engine, const ScoredExample& example,
                                               const RowsKey& key, std::stop_token stop) {
  StatisticsSpec spec = spec_of(key.basis, {key.tau}, key.set);
  spec.columns = key.columns;
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

namespace {

std::shared_ptr<const CurvesResult> summarise(const CurvesKey& key, const std::vector<double>& taus,
                                              std::span<const RowStatistics> cells, StatisticsSet set) {
  auto result = std::make_shared<CurvesResult>();
  result->key = key;
  result->set = set;
  result->taus = taus;
  result->positions = cells.size() / taus.size();
  std::vector<double> values(result->positions);
  for (const StatisticsColumn& column : statistics_columns()) {
    CurvesResult::Curve& curve = result->columns.emplace_back();
    for (std::size_t k = 0; k < taus.size(); ++k) {
      for (std::size_t r = 0; r < values.size(); ++r)
        values[r] = cells[r * taus.size() + k].*column.member;
      append_summary(curve, values);
    }
  }
  result->cells.assign(cells.begin(), cells.end());
  return result;
}

}  // namespace

CurvesWork::CurvesWork(std::shared_ptr<const ScoredExample> example, CurvesKey key)
    : example_(std::move(example)), key_(std::move(key)), taus_(curve_taus(*example_)) {
  cells_.resize(example_->rows * taus_.size());
}

bool CurvesWork::fill(Engine& engine, YieldGate& gate, StatisticsSet set, std::size_t& done,
                      const std::stop_token& stop) {
  const StatisticsSpec spec = spec_of(key_.basis, taus_, set);
  const bool preview = set == StatisticsSet::one_pass;
  const std::size_t block_rows = preview ? preview_block_rows : exact_block_rows;
  while (done < example_->rows) {
    if (!gate.wait(stop)) return false;
    const std::size_t count = std::min(block_rows, example_->rows - done);
    const std::span block(cells_.data() + done * taus_.size(), count * taus_.size());
    if (!engine.statistics(*example_, key_.basis.student, done, spec,
                           preview ? Precision::fast : Precision::exact, block, stop)) {
      return false;
    }
    done += count;
  }
  return true;
}

bool CurvesWork::go_on(Engine& engine, YieldGate& gate,
                       const std::function<void(std::shared_ptr<const CurvesResult>)>& publish,
                       const std::stop_token& stop) {
  if (example_->rows == 0) return true;
  // A preview is for models and kept logits; tables are there at once.
  if (example_->has_logits() && !published_) {
    if (!fill(engine, gate, StatisticsSet::one_pass, previewed_, stop)) return false;
    publish(summarise(key_, taus_, cells_, StatisticsSet::one_pass));
    published_ = true;
  }
  if (!fill(engine, gate, StatisticsSet::all, done_, stop)) return false;
  publish(summarise(key_, taus_, cells_, StatisticsSet::all));
  return true;
}

std::shared_ptr<const CurvesResult> compute_token_curves(Engine& engine, const ScoredExample& example,
                                                         const CurvesKey& key, std::stop_token stop) {
  const auto& taus = curve_taus(example);
  std::vector<RowStatistics> cells(taus.size());
  if (!engine.statistics(example, key.basis.student, static_cast<std::size_t>(*key.position),
                         spec_of(key.basis, taus, StatisticsSet::all), Precision::exact, cells, stop)) {
    return nullptr;
  }
  return summarise(key, taus, cells, StatisticsSet::all);
}

std::shared_ptr<const CurvesResult> token_curves(const CurvesResult& whole, const CurvesKey& key) {
  const std::size_t taus = whole.taus.size();
  return summarise(key, whole.taus,
                   std::span(whole.cells).subspan(static_cast<std::size_t>(*key.position) * taus, taus),
                   whole.set);
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
