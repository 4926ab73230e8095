#include "core/diagnostics/tokens_reader.h"

#include <algorithm>
#include <utility>

#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope {

std::filesystem::path tokens_file(const std::filesystem::path& folder) {
  for (const char* name : {"tokens.csv", "tokens.csv.gz"}) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(folder / name, ignored)) return folder / name;
  }
  return {};
}

TokensReader::TokensReader(const std::filesystem::path& path, std::vector<std::string> students,
                           std::vector<double> taus)
    : csv_(path),
      students_(std::move(students)),
      taus_(std::move(taus)),
      example_at_(csv_.column("example")),
      position_at_(csv_.column("position")),
      token_id_at_(csv_.column("token_id")),
      token_at_(csv_.column("token")),
      student_at_(csv_.column("student")),
      tau_at_(csv_.column("tau")) {
  for (const double tau : taus_)
    tau_texts_.push_back(format_number(tau));
  const auto& header = csv_.header();
  for (const auto& column : statistics_columns()) {
    const auto found = std::find(header.begin(), header.end(), column.name);
    if (found != header.end())
      columns_.emplace_back(static_cast<std::size_t>(found - header.begin()), column.member);
  }
}

bool TokensReader::next() {
  if (!csv_.next()) return false;
  example_ = csv_.integer(example_at_);
  position_ = csv_.integer(position_at_);
  student_ = find_student();
  tau_ = find_tau();
  return true;
}

std::size_t TokensReader::find_student() const {
  const std::string_view name = csv_.cell(student_at_);
  for (std::size_t i = 0; i < students_.size(); ++i)
    if (name == students_[i]) return i;
  csv_.refuse(student_at_, "the analysis has no such student", "a student of manifest.json");
}

std::size_t TokensReader::find_tau() const {
  const std::string_view text = csv_.cell(tau_at_);
  for (std::size_t i = 0; i < tau_texts_.size(); ++i)
    if (text == tau_texts_[i]) return i;
  const auto found = std::find(taus_.begin(), taus_.end(), csv_.number(tau_at_));
  if (found != taus_.end()) return static_cast<std::size_t>(found - taus_.begin());
  csv_.refuse(tau_at_, "the analysis has no such temperature", "a tau of manifest.json");
}

std::int64_t TokensReader::token_id() const {
  return csv_.cell(token_id_at_).empty() ? -1 : csv_.integer(token_id_at_);
}

void TokensReader::values(RowStatistics& out) const {
  for (const auto& [column, member] : columns_)
    out.*member = csv_.cell(column).empty() ? RowStatistics::none : csv_.number(column);
}

}  // namespace tauscope
