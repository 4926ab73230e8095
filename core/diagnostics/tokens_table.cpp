#include "core/diagnostics/tokens_table.h"

namespace tauscope {
namespace {

std::vector<std::string> header(bool dropped_mass) {
  std::vector<std::string> names = {"example", "position", "token_id", "token", "student", "tau"};
  for (const auto& column : statistics_columns())
    names.emplace_back(column.name);
  if (dropped_mass) names.insert(names.end(), {"teacher_dropped_mass", "student_dropped_mass"});
  return names;
}

}  // namespace

TokensTable::TokensTable(const std::filesystem::path& path, std::vector<std::string> students,
                         std::vector<double> taus, bool dropped_mass)
    : students_(std::move(students)),
      taus_(std::move(taus)),
      dropped_mass_(dropped_mass),
      out_(path, header(dropped_mass)) {}

void TokensTable::add(const ExampleStatistics& example) {
  for (std::size_t row = 0; row < example.rows(); ++row) {
    const bool has_target = example.has_target(row);
    for (std::size_t student = 0; student < students_.size(); ++student) {
      for (std::size_t tau = 0; tau < taus_.size(); ++tau) {
        const std::size_t cell = row * taus_.size() + tau;
        out_.integer(example.example).integer(example.positions[row]);
        if (has_target) {
          out_.integer(example.targets[row]).text(example.tokens[row]);
        } else {
          out_.empty().empty();
        }
        out_.text(students_[student]).number(taus_[tau]);
        const RowStatistics& values = example.students[student][cell];
        for (const auto& column : statistics_columns()) {
          if (column.needs_target && !has_target) {
            out_.empty();
          } else {
            out_.number(values.*column.member);
          }
        }
        if (dropped_mass_) {
          out_.number(example.teacher_dropped_mass[cell]).number(example.student_dropped_mass[student][cell]);
        }
        out_.end_row();
      }
    }
  }
}

}  // namespace tauscope
