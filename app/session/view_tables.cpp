#include "app/session/view_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>

#include "app/session/plot_parts.h"
#include "app/session/table_cells.h"
#include "core/report/manifest_text.h"

namespace tauscope {

namespace {

using detail::student_name;
using Column = ViewTable::Column;
using Cell = ViewTable::Cell;

using detail::nothing;
using detail::number;
using detail::text;
using detail::whole;
using detail::words;

/// Label, unit and name in the files of a column of the statistics.
void add_quantity(std::vector<Cell>& row, const char* column, TauScaling scaling) {
  const Quantity& quantity = *find_quantity(column);
  row.push_back(text(quantity.short_name));
  row.push_back(text(quantity_unit(quantity, scaling)));
}
std::vector<Column> quantity_columns() {
  return {words("quantity", "nd: outside the dominant set"),
          words("unit", "of the values; for gradients, whether they carry τ²")};
}

std::string shown_note(const detail::PlotInputs& inputs) {
  return inputs.ready && inputs.note.empty() ? "" : inputs.note;
}

// ---- the pinned token

ViewTable top_tokens(const Session& session) {
  ViewTable table;
  table.columns = {{"rank", "by the teacher's probability"},
                   words("token"),
                   {"id", "in the vocabulary"},
                   {"p", "teacher's probability at this τ"},
                   {"q", "student's probability at this τ"},
                   {"log q/p", "above 0: the student gives it too much"},
                   {"forward-KL gradient", "negative: raises the token's logit"},
                   {"reverse-KL gradient", "negative: raises the token's logit"},
                   words("dominant", "in the teacher's dominant set at τ = 1"),
                   words("target", "the reference token")};
  const std::array students{session.view().student};
  const auto inputs = detail::detail_inputs(session, students);
  table.note = shown_note(inputs);
  if (!inputs.ready) return table;
  const PositionDetail& detail = session.detail(students[0]).result->detail;
  for (const auto& entry : detail.entries) {
    table.rows.push_back({whole(entry.teacher_rank), text(detail::token_text(entry.label, 40)),
                          whole(entry.id), number(entry.p), number(entry.q), number(entry.log_ratio),
                          number(entry.fkl_gradient), number(entry.rkl_gradient),
                          text(entry.dominant ? "yes" : ""), text(entry.target ? "yes" : "")});
  }
  const auto& rest = detail.rest;
  if (rest.tokens > 0) {
    table.rows.push_back({nothing(), text(fmt::format("all {} others", rest.tokens)), nothing(),
                          number(rest.p), number(rest.q), nothing(), number(rest.fkl_up + rest.fkl_down),
                          number(rest.rkl_up + rest.rkl_down), text(""), text("")});
  }
  return table;
}

/// One position's statistics for a student, from its detail or its row.
std::optional<RowStatistics> token_statistics(const Session& session, std::size_t student, bool& current) {
  if (const auto shown = session.detail(student); shown.result) {
    current = current && shown.is_current;
    return shown.result->statistics;
  }
  const auto shown = session.all_rows(student);
  const auto position = session.focused_position();
  if (!shown.result || !position) return std::nullopt;
  current = current && shown.is_current;
  return shown.result->rows[static_cast<std::size_t>(*position)];
}

ViewTable token(const Session& session) {
  ViewTable table;
  table.columns = quantity_columns();
  const auto inputs = detail::example_inputs(session);
  table.note = shown_note(inputs);
  if (!inputs.ready) return table;
  if (!session.focused_position()) {
    table.note = no_token_note;
    return table;
  }
  std::vector<RowStatistics> values;
  bool current = true;
  for (std::size_t student = 0; student < session.workspace()->students.size(); ++student) {
    if (const auto row = token_statistics(session, student, current)) {
      table.columns.push_back({student_name(session, student), "at the pinned position"});
      values.push_back(*row);
    }
  }
  table.note = !current || values.empty() ? "computing …" : detail::nearest_note(session);
  if (values.empty()) return table;
  for (const StatisticsColumn& column : statistics_columns()) {
    std::vector<Cell> row;
    add_quantity(row, column.name, session.view().tau_scaling);
    for (const RowStatistics& value : values)
      row.push_back(number(value.*column.member));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// ---- A and B over the example

struct Summary {
  double mean = RowStatistics::none, median = RowStatistics::none;
};

Summary summarise(const std::vector<RowStatistics>& rows, double RowStatistics::*member) {
  std::vector<double> values;
  for (const RowStatistics& row : rows) {
    if (std::isfinite(row.*member)) values.push_back(row.*member);
  }
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (const double value : values)
    sum += value;
  const std::size_t middle = values.size() / 2;
  return {sum / static_cast<double>(values.size()),
          values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2};
}

/// Of the teacher and the text alone: every student has the same, up to how its numbers were rounded.
bool is_of_teacher(std::string_view column) {
  constexpr std::array names{"entropy_teacher", "p_target", "rank_target_teacher", "teacher_nd_mass"};
  return std::find(names.begin(), names.end(), column) != names.end();
}

ViewTable comparison(const Session& session) {
  const std::size_t a = session.view().compare_a, b = session.view().compare_b;
  const std::string name_a = student_name(session, a), name_b = student_name(session, b);
  ViewTable table;
  table.columns = quantity_columns();
  for (const auto& [name, help] : std::initializer_list<std::pair<std::string, const char*>>{
           {name_a + ", mean", "over the example's positions, finite values only"},
           {name_b + ", mean", "over the example's positions, finite values only"},
           {"difference", "of the means, second minus first"},
           {name_a + ", median", "over the example's positions"},
           {name_b + ", median", "over the example's positions"},
           {"second larger at", "share of the positions where the second student's value is larger"}})
    table.columns.push_back({name, help});
  const auto inputs = detail::example_inputs(session);
  table.note = shown_note(inputs);
  if (!inputs.ready) return table;
  const auto rows_a = session.all_rows(a), rows_b = session.all_rows(b);
  if (a == b || session.workspace()->students.size() < 2) {
    table.note = "A comparison needs two students.";
    return table;
  }
  if (!rows_a.result || !rows_b.result) {
    table.note = session.view().tab == Tab::compare ? "computing …" : "Open the comparison to compute it.";
    return table;
  }
  const double tau_a = rows_a.result->key.tau, tau_b = rows_b.result->key.tau;
  if (tau_a != tau_b) {  // one has arrived, the other not yet: no difference of two temperatures
    table.note = "computing …";
    return table;
  }
  table.note = !rows_a.is_current || !rows_b.is_current
                   ? fmt::format("computing; shown: τ = {}", detail::tau_text(tau_a))
                   : detail::nearest_note(session);
  for (const StatisticsColumn& column : statistics_columns()) {
    const auto &first = rows_a.result->rows, &second = rows_b.result->rows;
    const Summary x = summarise(first, column.member), y = summarise(second, column.member);
    double larger = 0, both = 0;
    for (std::size_t r = 0; r < std::min(first.size(), second.size()); ++r) {
      const double u = first[r].*column.member, v = second[r].*column.member;
      if (!std::isfinite(u) || !std::isfinite(v)) continue;
      ++both;
      larger += v > u ? 1 : 0;
    }
    std::vector<Cell> row;
    add_quantity(row, column.name, rows_a.result->key.basis.tau_scaling);
    const auto of_two = [&](double value) { return is_of_teacher(column.name) ? nothing() : number(value); };
    row.insert(row.end(), {number(x.mean), number(y.mean), of_two(y.mean - x.mean), number(x.median),
                           number(y.median), of_two(both > 0 ? larger / both : RowStatistics::none)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

// ---- the data set

ViewTable examples(const Session& session) {
  ViewTable table;
  const auto students = detail::compared_students(session);
  const auto inputs = detail::data_inputs(session, students);
  const std::string& quantity = session.view().compare_quantity;
  const auto column = detail::column_index(quantity);
  const std::string label = detail::axis_text(quantity_axis(quantity, session.view().tau_scaling));
  table.columns = {{"example", "number of the record in its file"}};
  for (const std::size_t student : students)
    table.columns.push_back({student_name(session, student), label + ", mean over the example's positions"});
  if (students.size() == 2) table.columns.push_back({"difference", "second minus first"});
  table.columns.push_back(words("title"));
  table.columns.push_back(words("category"));
  table.note = shown_note(inputs);
  if (!inputs.ready || !column) return table;
  const DataSummary& data = *session.data().summary;
  if (data.example_means.empty() || data.taus.empty()) {
    table.note = "This analysis has no values of single examples: analyse again with --tokens csv.";
    return table;
  }
  const std::size_t tau = detail::nearest_tau(data.taus, session.view().tau);
  table.note = fmt::format("{}, mean over each example's positions at τ = {}{}", label,
                           detail::tau_text(data.taus[tau]), table.note.empty() ? "" : "; " + table.note);
  const std::vector<std::int64_t>& marked = session.view().marked;
  if (!marked.empty()) table.note += fmt::format("; {} marked examples", marked.size());
  std::map<std::int64_t, const ExampleTitle*> titles;
  for (const ExampleTitle& title : session.workspace()->examples)
    titles.emplace(title.index, &title);
  for (std::size_t e = 0; e < data.examples.size(); ++e) {
    if (!marked.empty() && !std::binary_search(marked.begin(), marked.end(), data.examples[e])) continue;
    const auto title = titles.find(data.examples[e]);
    const bool known = title != titles.end();
    std::vector<Cell> row{whole(data.examples[e])};
    std::vector<double> values;
    for (const std::size_t student : students)
      values.push_back(data.example_mean(*detail::data_student(session, student), tau, *column, e));
    for (const double value : values)
      row.push_back(number(value));
    if (values.size() == 2) row.push_back(number(values[1] - values[0]));
    row.push_back(text(known ? title->second->title : ""));
    row.push_back(text(known ? title->second->category : ""));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ViewTable summary(const Session& session) {
  ViewTable table;
  table.columns = {words("student"), {"τ", "temperature"}};
  for (Column& column : quantity_columns())
    table.columns.push_back(std::move(column));
  for (const char* name : {"mean", "median", "p5", "p25", "p75", "p95"})
    table.columns.push_back({name, "over the scored positions of the data set"});
  table.columns.push_back({"count", "finite values"});
  table.columns.push_back({"invalid", "values that are NaN or infinite"});
  const auto inputs = detail::data_inputs(session, {});
  table.note = shown_note(inputs);
  if (!inputs.ready) return table;
  const DataSummary& data = *session.data().summary;
  const TauScaling scaling = tau_squared(data.manifest) ? TauScaling::squared : TauScaling::none;
  for (const SummaryRow& source : data.tables.summary) {
    if (source.group != "all") continue;
    std::vector<Cell> row{text(source.student), number(source.tau)};
    add_quantity(row, source.quantity.c_str(), scaling);
    for (const double value : {source.mean, source.median, source.p5, source.p25, source.p75, source.p95})
      row.push_back(number(value));
    row.push_back(whole(source.count));
    row.push_back(whole(source.invalid));
    table.rows.push_back(std::move(row));
  }
  return table;
}

struct TableBuilder {
  TableInfo info;
  ViewTable (*make)(const Session&);
};

constexpr std::array builders{
    TableBuilder{{"top_tokens", "Tokens", Tab::explore,
                  "Distribution and gradients of the pinned token, by teacher rank."},
                 top_tokens},
    TableBuilder{
        {"token", "Quantities", Tab::explore, "Every quantity of the pinned token, one column per student."},
        token},
    TableBuilder{{"comparison", "Comparison", Tab::compare, "Quantities of both students over the example."},
                 comparison},
    TableBuilder{
        {"examples", "Examples", Tab::compare,
         "Mean of the chosen quantity over each example of the data set, at the nearest analysed τ."},
        examples},
    TableBuilder{
        {"summary", "Data set", Tab::compare, "Every quantity over the whole data set, per student and τ."},
        summary},
    TableBuilder{{"evaluation", "Scores", Tab::evaluate,
                  "Means of an evaluation with intervals, and which differences are more than noise."},
                 detail::evaluation_scores_table},
    TableBuilder{{"answers", "Prompts", Tab::evaluate, "Every prompt's value under each model."},
                 detail::evaluation_answers_table},
    TableBuilder{{"categories", "Categories", Tab::evaluate, "Means by the categories of a set."},
                 detail::evaluation_categories_table},
    TableBuilder{{"runs", "Runs", Tab::distill,
                  "The distillation runs that are open: how far they are, and the settings in which they "
                  "differ."},
                 detail::runs_table},
};

}  // namespace

std::span<const TableInfo> table_infos() {
  static const std::vector<TableInfo> infos = [] {
    std::vector<TableInfo> list;
    for (const TableBuilder& builder : builders)
      list.push_back(builder.info);
    return list;
  }();
  return infos;
}

ViewTable view_table(const Session& session, std::string_view name) {
  for (const TableBuilder& builder : builders) {
    if (name == builder.info.name) return builder.make(session);
  }
  ViewTable none;
  none.note = "There is no table of this name.";
  return none;
}

}  // namespace tauscope
