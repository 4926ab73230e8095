// Results with the values they were computed for. Nothing is found by anything less than its whole key.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "app/session/engine.h"
#include "app/session/view_state.h"

namespace tauscope {

/// What every result depends on.
struct ResultBasis {
  std::uint64_t example = 0;  ///< ScoredExample::id
  std::size_t student = 0;
  TauScaling tau_scaling = TauScaling::squared;
  DominantSpec dominant;
  bool operator==(const ResultBasis&) const = default;
};

/// All positions at one τ.
struct RowsKey {
  ResultBasis basis;
  double tau = 1;
  StatisticsSet set = StatisticsSet::one_pass;
  ColumnSet columns = every_column;  ///< of the set
  bool operator==(const RowsKey&) const = default;
  bool holds(ColumnSet wanted) const;
};
struct RowsResult {
  RowsKey key;
  std::vector<RowStatistics> rows;
  std::uint64_t bytes() const { return sizeof(*this) + rows.size() * sizeof(RowStatistics); }
};

/// One position at one τ.
struct DetailKey {
  ResultBasis basis;
  double tau = 1;
  std::int64_t position = 0;
  int top_k = 25;
  bool operator==(const DetailKey&) const = default;
};
struct DetailResult {
  DetailKey key;
  RowStatistics statistics;
  PositionDetail detail;
  std::uint64_t bytes() const;
};

/// One position, or the whole example (position absent), over the grid of temperatures.
struct CurvesKey {
  ResultBasis basis;
  std::optional<std::int64_t> position;
  bool operator==(const CurvesKey&) const = default;
};
struct CurvesResult {
  /// Of one column over the positions, at every τ of the grid.
  struct Curve {
    std::vector<double> mean, p25, median, p75;
  };
  CurvesKey key;
  /// What is there: at first only the columns that the fast kernel gives, the others being NaN.
  StatisticsSet set = StatisticsSet::all;
  std::vector<double> taus;
  std::vector<Curve> columns;        ///< one per statistics_columns()
  std::vector<RowStatistics> cells;  ///< (positions, taus): every column of the heat map
  std::size_t positions = 0;
  std::uint64_t bytes() const;
};

/// Both objectives of the page at one position and τ, and over the grid of temperatures.
struct ObjectivesKey {
  DetailKey detail;  ///< whose tokens are shown
  std::array<ObjectivePick, 2> picks;
  bool operator==(const ObjectivesKey&) const = default;
};
struct ObjectivesResult {
  struct Side {
    double loss = RowStatistics::none;  ///< with the scaling
    std::vector<double> gradient;       ///< one per entry of the detail; empty where there is no loss
    double up = 0, down = 0;            ///< sums of the other tokens' negative and positive entries
    std::vector<double> values, norms;  ///< over `taus`: plain, and the gradient's L2 norm
  };
  ObjectivesKey key;
  std::shared_ptr<const DetailResult> detail;
  std::array<Side, 2> sides;
  std::vector<double> taus;
  std::uint64_t bytes() const;
};

/// Least recently used results go first once the bytes held exceed the bound. For one thread.
template <typename Key, typename Result>
class BoundedCache {
 public:
  explicit BoundedCache(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  std::shared_ptr<const Result> find(const Key& key) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if ((*entry)->key == key) {
        entries_.splice(entries_.begin(), entries_, entry);
        return entries_.front();
      }
    }
    return nullptr;
  }
  void insert(std::shared_ptr<const Result> result) {
    if (find(result->key)) {
      bytes_ -= entries_.front()->bytes();
      entries_.pop_front();
    }
    bytes_ += result->bytes();
    entries_.push_front(std::move(result));
    while (bytes_ > max_bytes_ && entries_.size() > 1) {
      bytes_ -= entries_.back()->bytes();
      entries_.pop_back();
    }
  }
  /// The most recently used result that `accepts`; null where there is none.
  template <typename Predicate>
  std::shared_ptr<const Result> latest(Predicate accepts) const {
    for (const auto& entry : entries_) {
      if (accepts(entry->key)) return entry;
    }
    return nullptr;
  }
  void clear() {
    entries_.clear();
    bytes_ = 0;
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t max_bytes_, bytes_ = 0;
  std::list<std::shared_ptr<const Result>> entries_;
};

struct ResultCache {
  explicit ResultCache(std::uint64_t max_bytes)
      : rows(max_bytes / 2), details(max_bytes / 8), curves(max_bytes / 4), objectives(max_bytes / 8) {}
  BoundedCache<RowsKey, RowsResult> rows;
  BoundedCache<DetailKey, DetailResult> details;
  BoundedCache<CurvesKey, CurvesResult> curves;
  BoundedCache<ObjectivesKey, ObjectivesResult> objectives;
};

}  // namespace tauscope
