#include "core/diagnostics/tables.h"

#include "core/base/csv.h"

namespace tauscope {
namespace {

const std::vector<std::string> summary_header = {"student", "tau",    "group",   "group_value", "quantity",
                                                 "mean",    "median", "p5",      "p25",         "p75",
                                                 "p95",     "count",  "invalid", "average"};
const std::vector<std::string> histogram_header = {"student",  "tau",   "source", "bin_low",
                                                   "bin_high", "count", "mass"};
const std::vector<std::string> head_curve_header = {"student", "tau", "source", "rank", "share"};

void write_summary(const std::vector<SummaryRow>& rows, CsvWriter& out) {
  for (const auto& row : rows) {
    out.text(row.student).number(row.tau).text(row.group).text(row.group_value).text(row.quantity);
    for (const double value : {row.mean, row.median, row.p5, row.p25, row.p75, row.p95})
      out.number(value);
    out.integer(row.count).integer(row.invalid).text(row.average).end_row();
  }
}

void write_histogram(const std::vector<HistogramRow>& rows, CsvWriter& out) {
  for (const auto& row : rows) {
    out.text(row.student).number(row.tau).text(row.source).number(row.bin_low).number(row.bin_high);
    out.integer(row.count).number(row.mass).end_row();
  }
}

void write_head_curve(const std::vector<HeadCurveRow>& rows, CsvWriter& out) {
  for (const auto& row : rows) {
    out.text(row.student).number(row.tau).text(row.source).integer(row.rank).number(row.share).end_row();
  }
}

/// Reads the rows of one file by column name; extra columns are passed over.
template <class Row, class Fill>
std::vector<Row> read_rows(const std::filesystem::path& path, const std::vector<std::string>& header,
                           Fill&& fill) {
  const auto table = CsvTable::read(path);
  std::vector<std::size_t> at;
  for (const auto& name : header)
    at.push_back(table.column(name));
  std::vector<Row> rows(table.rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t next = 0;
    const auto text = [&] { return table.rows[i][at[next++]]; };
    const auto number = [&] { return table.number(i, at[next++]); };
    const auto integer = [&] { return table.integer(i, at[next++]); };
    fill(rows[i], text, number, integer);
  }
  return rows;
}

}  // namespace

void write_tables(const AnalysisTables& tables, const std::filesystem::path& folder) {
  // All are complete on disk before the first appears under its name.
  CsvWriter summary(folder / "summary.csv", summary_header);
  CsvWriter histogram(folder / "histogram.csv", histogram_header);
  CsvWriter head_curve(folder / "head_curve.csv", head_curve_header);
  write_summary(tables.summary, summary);
  write_histogram(tables.histogram, histogram);
  write_head_curve(tables.head_curve, head_curve);
  summary.commit();
  histogram.commit();
  head_curve.commit();
}

AnalysisTables read_tables(const std::filesystem::path& folder) {
  AnalysisTables tables;
  tables.summary = read_rows<SummaryRow>(
      folder / "summary.csv", summary_header, [](SummaryRow& row, auto text, auto number, auto integer) {
        row.student = text();
        row.tau = number();
        row.group = text();
        row.group_value = text();
        row.quantity = text();
        for (double* value : {&row.mean, &row.median, &row.p5, &row.p25, &row.p75, &row.p95})
          *value = number();
        row.count = integer();
        row.invalid = integer();
        row.average = text();
      });
  tables.histogram = read_rows<HistogramRow>(folder / "histogram.csv", histogram_header,
                                             [](HistogramRow& row, auto text, auto number, auto integer) {
                                               row.student = text();
                                               row.tau = number();
                                               row.source = text();
                                               row.bin_low = number();
                                               row.bin_high = number();
                                               row.count = integer();
                                               row.mass = number();
                                             });
  tables.head_curve = read_rows<HeadCurveRow>(folder / "head_curve.csv", head_curve_header,
                                              [](HeadCurveRow& row, auto text, auto number, auto integer) {
                                                row.student = text();
                                                row.tau = number();
                                                row.source = text();
                                                row.rank = integer();
                                                row.share = number();
                                              });
  return tables;
}

}  // namespace tauscope
