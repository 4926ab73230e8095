#include "core/diagnostics/kept_reader.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/diagnostics/kept_logits.h"
#include "core/diagnostics/parse_text.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;

std::string file_name(std::int64_t example, const std::string& stem) {
  return std::to_string(example) + "-" + stem + ".safetensors";
}

void check_metadata(const SafetensorsFile& file, const char* key, const std::string& expected) {
  const auto found = file.metadata().find(key);
  if (found != file.metadata().end() && found->second == expected) return;
  throw Error::bad_input(file.path().string(), "the kept logits are not those that the file's name says")
      .field(key)
      .found(found == file.metadata().end() ? "nothing" : "'" + found->second + "'")
      .expected("'" + expected + "'");
}

std::vector<std::int64_t> positions_of(const SafetensorsFile& file, std::size_t rows) {
  std::vector<std::int64_t> positions(rows);
  std::iota(positions.begin(), positions.end(), 0);
  const TensorEntry* tensor = file.find("positions");
  if (!tensor) return positions;
  if (tensor->type != TensorType::I64 || tensor->bytes.size() != rows * sizeof(std::int64_t))
    throw Error::bad_input(file.path().string(), "there is not one position for each row").field("positions");
  std::memcpy(positions.data(), tensor->bytes.data(), tensor->bytes.size());
  return positions;
}

}  // namespace

std::vector<std::int64_t> kept_examples(const fs::path& folder) {
  std::vector<std::int64_t> examples;
  std::error_code absent;
  constexpr std::string_view ending = "-teacher.safetensors";
  for (const auto& entry : fs::directory_iterator(folder, absent)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(ending)) continue;
    if (const auto number = parse_integer(std::string_view(name).substr(0, name.size() - ending.size())))
      examples.push_back(*number);
  }
  std::sort(examples.begin(), examples.end());
  return examples;
}

KeptExample open_kept_example(const fs::path& folder, const std::vector<std::string>& students,
                              std::int64_t example) {
  const std::vector<std::string> stems = kept_stems(students);
  std::vector<std::shared_ptr<const LogitsFile>> files;
  KeptExample kept;
  for (std::size_t i = 0; i < stems.size(); ++i) {
    const fs::path path = folder / file_name(example, stems[i]);
    const auto container = SafetensorsFile::open(path);
    check_metadata(*container, "example", std::to_string(example));
    check_metadata(*container, "name", i == 0 ? "teacher" : students[i - 1]);
    files.push_back(LogitsFile::open(path));
    auto positions = positions_of(*container, files.back()->logits().rows);
    if (i > 0 && positions != kept.positions)
      throw Error::bad_input(path.string(), "the rows are other positions than the teacher's");
    kept.positions = std::move(positions);
  }
  auto teacher = files.front();
  kept.logits = join_logits(std::move(teacher), {files.begin() + 1, files.end()});
  return kept;
}

}  // namespace tauscope
