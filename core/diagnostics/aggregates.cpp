#include "core/diagnostics/aggregates.h"

#include <cmath>
#include <functional>

#include "core/diagnostics/column_summary.h"
#include "core/diagnostics/parallel.h"

namespace tauscope {
namespace {

/// What the store keeps of a position beside its statistics, all exact in a double.
enum Meta : std::size_t {
  meta_example,
  meta_entropy,
  meta_position_slot,
  meta_category_slot,
  meta_has_target,
  meta_count
};

std::size_t column_count(std::size_t students, const AnalysisSpec& spec) {
  return meta_count + students * spec.taus.size() * statistics_columns().size();
}

constexpr std::size_t piece_rows = 4096;

/// Upper bounds of the first three quartiles of teacher entropy: a position on a bound belongs to the lower
/// one.
struct QuartileBounds {
  double q25 = 0, q50 = 0, q75 = 0;

  std::int32_t slot(double entropy) const {
    if (!std::isfinite(entropy)) return -1;
    return GroupSlots::quartile(entropy <= q25 ? 0 : entropy <= q50 ? 1 : entropy <= q75 ? 2 : 3);
  }
};

void walk_pieces(std::int64_t rows, const std::function<void(std::int64_t, std::size_t)>& piece) {
  for (std::int64_t first = 0; first < rows; first += piece_rows) {
    piece(first, static_cast<std::size_t>(std::min<std::int64_t>(piece_rows, rows - first)));
  }
}

}  // namespace

/// Reads columns piece by piece, with the groups of their rows: from memory where they fit, else from the
/// store again.
class Aggregates::Walker {
 public:
  Walker(const ColumnStore& store, const AnalysisSpec& spec) : store_(store) {
    const auto threads = static_cast<std::uint64_t>(thread_count(spec.threads));
    const auto needed =
        static_cast<std::uint64_t>(store.rows()) * (sizeof(RowGroups) + threads * sorted_bytes_per_row);
    in_memory_ = needed <= spec.quantile_buffer_bytes;
    find_bounds();
    if (!in_memory_) return;
    groups_.reserve(static_cast<std::size_t>(store.rows()));
    walk_pieces(store.rows(), [this](std::int64_t first, std::size_t count) {
      const auto piece = read_groups(first, count);
      groups_.insert(groups_.end(), piece.begin(), piece.end());
    });
  }

  std::vector<GroupSummary> summarise(std::size_t column, std::size_t slots, bool needs_target,
                                      Average average) const {
    ColumnInput input{slots, needs_target, average, {}};
    input.walk = [this, column](const PieceVisitor& visit) {
      std::vector<double> values;
      std::vector<RowGroups> piece;
      walk_pieces(store_.rows(), [&](std::int64_t first, std::size_t count) {
        values.resize(count);
        store_.read(column, first, values);
        if (!in_memory_) piece = read_groups(first, count);
        visit(values,
              in_memory_ ? std::span(groups_).subspan(static_cast<std::size_t>(first), count) : piece);
      });
    };
    return in_memory_ ? summarise_sorted(input) : summarise_streamed(input);
  }

 private:
  void find_bounds() {
    ColumnInput input{1, false, Average::token, {}};
    input.walk = [this](const PieceVisitor& visit) {
      std::vector<double> values;
      walk_pieces(store_.rows(), [&](std::int64_t first, std::size_t count) {
        values.resize(count);
        store_.read(meta_entropy, first, values);
        visit(values, std::vector<RowGroups>(count));
      });
    };
    const auto summary = in_memory_ ? summarise_sorted(input) : summarise_streamed(input);
    bounds_ = {summary[0].quantiles[1], summary[0].quantiles[2], summary[0].quantiles[3]};
  }

  std::vector<RowGroups> read_groups(std::int64_t first, std::size_t count) const {
    std::vector<double> meta(meta_count * count);
    for (std::size_t column = 0; column < meta_count; ++column) {
      store_.read(column, first, std::span(meta).subspan(column * count, count));
    }
    std::vector<RowGroups> groups(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = [&](Meta column) { return meta[column * count + i]; };
      groups[i].example = static_cast<std::int64_t>(value(meta_example));
      groups[i].quartile = bounds_.slot(value(meta_entropy));
      groups[i].position = static_cast<std::int32_t>(value(meta_position_slot));
      groups[i].category = static_cast<std::int32_t>(value(meta_category_slot));
      groups[i].has_target = value(meta_has_target) != 0;
    }
    return groups;
  }

  const ColumnStore& store_;
  bool in_memory_ = true;
  QuartileBounds bounds_;
  std::vector<RowGroups> groups_;
};

Aggregates::Aggregates(std::vector<std::string> students, const AnalysisSpec& spec,
                       std::filesystem::path folder)
    : students_(std::move(students)),
      spec_(spec),
      store_(column_count(students_.size(), spec), std::move(folder), spec.row_buffer_bytes) {}

void Aggregates::add(const ExampleStatistics& example) {
  const std::size_t rows = example.rows(), taus = spec_.taus.size();
  staging_.resize(column_count(students_.size(), spec_) * rows);
  const std::int32_t category = slots_.category(example.category);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto set = [&](Meta column, double value) { staging_[column * rows + row] = value; };
    set(meta_example, static_cast<double>(example.example));
    set(meta_entropy, example.teacher_entropy[row]);
    set(meta_position_slot, GroupSlots::position(example.positions[row]));
    set(meta_category_slot, category);
    set(meta_has_target, example.has_target(row) ? 1 : 0);
  }
  double* out = staging_.data() + meta_count * rows;
  for (const auto& cells : example.students) {
    for (std::size_t tau = 0; tau < taus; ++tau) {
      for (const auto& column : statistics_columns()) {
        for (std::size_t row = 0; row < rows; ++row)
          *out++ = cells[row * taus + tau].*column.member;
      }
    }
  }
  store_.append(staging_, rows);
}

std::vector<SummaryRow> Aggregates::summarise() const {
  if (store_.rows() == 0) return {};
  const Walker walker(store_, spec_);
  const auto columns = statistics_columns();
  const std::size_t cells = students_.size() * spec_.taus.size();
  std::vector<std::vector<GroupSummary>> summaries(cells * columns.size());
  parallel_for(summaries.size(), spec_.threads, [&](std::size_t i) {
    const bool needs_target = columns[i % columns.size()].needs_target;
    summaries[i] = walker.summarise(meta_count + i, slots_.count(), needs_target, spec_.average);
  });

  std::vector<SummaryRow> rows;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    for (std::size_t slot = 0; slot < slots_.count(); ++slot) {
      const auto [group, value] = slots_.name(slot);
      for (std::size_t column = 0; column < columns.size(); ++column) {
        const auto& summary = summaries[cell * columns.size() + column][slot];
        if (summary.count + summary.invalid == 0) continue;
        const auto& q = summary.quantiles;
        rows.push_back({students_[cell / spec_.taus.size()], spec_.taus[cell % spec_.taus.size()], group,
                        value, columns[column].name, summary.mean, q[2], q[0], q[1], q[3], q[4],
                        summary.count, summary.invalid, to_string(spec_.average)});
      }
    }
  }
  return rows;
}

}  // namespace tauscope
