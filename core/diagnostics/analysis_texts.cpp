#include "core/diagnostics/analysis_texts.h"

#include <fmt/format.h>

#include <limits>

#include "core/base/csv_reader.h"
#include "core/base/error.h"
#include "core/diagnostics/parse_text.h"

namespace tauscope {

void write_vocabulary(const ScoredSource& source, const std::filesystem::path& path) {
  CsvWriter out(path, {"id", "token"});
  bool has_texts = false;
  for (std::int64_t id = 0; id < source.vocab(); ++id) {
    const std::string token = source.token_text(id);
    has_texts = has_texts || !token.empty();
    out.integer(id).text(token).end_row();
  }
  if (has_texts) out.commit();
}

std::vector<std::string> read_vocabulary(const std::filesystem::path& path, std::int64_t size) {
  CsvReader in(path);
  const std::size_t id = in.column("id"), token = in.column("token");
  std::vector<std::string> tokens;
  while (in.next()) {
    const auto wanted = static_cast<std::int64_t>(tokens.size());
    if (in.integer(id) != wanted || wanted == size)
      in.refuse(id, "is not the next id", wanted == size ? "no more rows" : fmt::format("{}", wanted));
    tokens.push_back(bytes_of_printable(in.cell(token)));
  }
  if (static_cast<std::int64_t>(tokens.size()) != size) {
    throw Error::bad_input(in.file(), "the vocabulary ends early")
        .found(fmt::format("{} tokens", tokens.size()))
        .expected(fmt::format("{}, as the analysis' manifest says", size));
  }
  return tokens;
}

ExamplesTable::ExamplesTable(const std::filesystem::path& path)
    : out_(path, {"example", "category", "title", "prompt_ids"}) {}

void ExamplesTable::add(const ScoredChunk& chunk) {
  ids_.clear();
  for (const std::int32_t id : chunk.prompt)
    fmt::format_to(std::back_inserter(ids_), "{}{}", ids_.empty() ? "" : " ", id);
  has_texts_ = has_texts_ || !chunk.title.empty() || !ids_.empty();
  out_.integer(chunk.example).text(chunk.category).text(chunk.title).text(ids_).end_row();
}

void ExamplesTable::commit() {
  if (has_texts_) out_.commit();
}

namespace {

std::vector<std::int32_t> parse_ids(const CsvReader& in, std::size_t column) {
  std::vector<std::int32_t> ids;
  if (in.cell(column).empty()) return ids;
  for (const std::string_view part : split(in.cell(column), ' ')) {
    const auto id = parse_integer(part);
    if (!id || *id < 0 || *id > std::numeric_limits<std::int32_t>::max())
      in.refuse(column, "is not a list of token ids", "integers from 0 on, separated by spaces");
    ids.push_back(static_cast<std::int32_t>(*id));
  }
  return ids;
}

}  // namespace

std::vector<ExampleText> read_examples(const std::filesystem::path& path, std::uint64_t max_bytes) {
  CsvReader in(path);
  const std::size_t number = in.column("example"), category = in.column("category"),
                    title = in.column("title"), prompt = in.column("prompt_ids");
  std::vector<ExampleText> examples;
  std::uint64_t held = 0;
  while (in.next()) {
    ExampleText each;
    each.example = in.integer(number);
    if (!examples.empty() && each.example <= examples.back().example)
      in.refuse(number, "is not larger than the one before", "examples in ascending order");
    each.category = in.cell(category);
    each.title = in.cell(title);
    auto ids = parse_ids(in, prompt);
    held += ids.size() * sizeof(std::int32_t);
    if (held <= max_bytes) each.prompt = std::move(ids);
    examples.push_back(std::move(each));
  }
  return examples;
}

}  // namespace tauscope
