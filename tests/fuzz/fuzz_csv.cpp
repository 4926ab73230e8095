#include "core/base/csv.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace tauscope::fuzz {
namespace {

std::string written(const CsvTable& table) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += ',';
      row.size() == 1 && row[0].empty() ? text += "\"\"" : text += csv_field(row[i]);
    }
    text += '\n';
  };
  add(table.header);
  for (const auto& row : table.rows)
    add(row);
  return text;
}

}  // namespace

/// What is accepted must survive being written and read again.
Outcome run_csv(std::string_view bytes) {
  const MemoryFile file(bytes);
  return outcome_of([&] {
    const CsvTable table = CsvTable::read(file.path());
    promise(table.lines.size() == table.rows.size(), "each row has its line");
    for (const auto& row : table.rows)
      promise(row.size() == table.header.size(), "rows are as long as the header");
    const std::string text = written(table);
    if (text.starts_with("\xEF\xBB\xBF")) return;  // a second byte-order mark: text, and then not
    const MemoryFile again(text);
    promise(written(CsvTable::read(again.path())) == text, "what is written is read");
  });
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_csv)
