// What characters are taken for, against what the parts of Hugging Face tokenizers say of each at the edge of
// a table's range (tests/golden/tokenizer/unicode.txt).
#include <array>
#include <map>
#include <sstream>

#include "core/tokenizer/pre_tokenizer.h"
#include "core/tokenizer/regex_splitter.h"
#include "core/tokenizer/unicode_forms.h"
#include "core/tokenizer/unicode_tables.h"
#include "core/tokenizer/utf8.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

struct Line {
  char32_t code = 0;
  std::string category, properties, lower, nfc, nfkd;
};

std::string text_of(char32_t c) {
  std::string text;
  utf8::append(text, c);
  return text;
}

std::string text_of(const std::string& codes) {
  std::string text, code;
  for (std::istringstream in(codes); std::getline(in, code, '+');)
    utf8::append(text, static_cast<char32_t>(std::stoul(code, nullptr, 16)));
  return text;
}

std::vector<Line> golden_lines() {
  std::istringstream in(test::read_text(test::source_path("tests/golden/tokenizer/unicode.txt")));
  std::string text;
  std::vector<Line> lines;
  while (std::getline(in, text)) {
    if (text.starts_with('#')) continue;
    std::istringstream words(text);
    Line line;
    std::string code;
    words >> code >> line.category >> line.properties >> line.lower >> line.nfc >> line.nfkd;
    line.code = static_cast<char32_t>(std::stoul(code, nullptr, 16));
    lines.push_back(line);
  }
  REQUIRE(lines.size() > 2000);
  return lines;
}

std::string properties_of(char32_t c) {
  std::string properties;
  if (utf8::is_word(c)) properties += 'w';
  if (utf8::is_numeric(c)) properties += 'n';
  if (utf8::is_mark(c)) properties += 'm';
  if (utf8::is_punctuation(c)) properties += 'p';
  return properties.empty() ? "-" : properties;
}

template <class Ranges>
bool in_order(Ranges ranges) {
  char32_t next = 0;
  for (const auto& range : ranges) {
    if (range.first < next || range.last < range.first) return false;
    next = range.last + 1;
  }
  return !ranges.empty();
}

}  // namespace

TEST_CASE("a pattern's categories are those of the version of Unicode that the Hugging Face library has") {
  std::map<std::string, std::unique_ptr<RegexSplitter>> splitters;
  for (const Line& line : golden_lines())
    if (!splitters.contains(line.category))
      splitters[line.category] =
          std::make_unique<RegexSplitter>("\\p{" + line.category + "}", "t.json", "pattern");
  CHECK(splitters.size() == 25);
  for (const Line& line : golden_lines())
    for (const auto& [category, splitter] : splitters) {
      bool matches = false;
      splitter->find(text_of(line.code), [&](TextSpan span) { matches = span.is_match; });
      INFO("U+" << std::hex << static_cast<std::uint32_t>(line.code) << " is " << line.category);
      REQUIRE(matches == (category == line.category));
    }
}

TEST_CASE("characters are words, numbers, marks and punctuation as in the Hugging Face library") {
  for (const Line& line : golden_lines()) {
    INFO("U+" << std::hex << static_cast<std::uint32_t>(line.code));
    REQUIRE(properties_of(line.code) == line.properties);
    REQUIRE(unicode::lowercase(text_of(line.code)) == text_of(line.lower));
  }
}

TEST_CASE("normalization forms leave new characters alone, as the Hugging Face library does") {
  for (const Line& line : golden_lines()) {
    const std::string text = "A\xCD\x85" + text_of(line.code) + "\xCC\xA7";
    INFO("U+" << std::hex << static_cast<std::uint32_t>(line.code));
    REQUIRE(unicode::normalize(text, unicode::Form::nfc) == text_of(line.nfc));
    REQUIRE(unicode::normalize(text, unicode::Form::nfkd) == text_of(line.nfkd));
  }
}

TEST_CASE("a text with new characters is cut where it would be with old ones") {
  const auto pieces_of = [](const std::string& text) {
    std::vector<std::string> pieces;
    PreTokenizer::qwen2(false).split(text, true, [&](std::string_view piece) { pieces.emplace_back(piece); });
    return pieces;
  };
  // A letter, a digit and a sign of Unicode 15 and 16, and a letter of 17, which counts as unassigned.
  const std::string letter = "\xF0\x91\xBC\x84", digit = "\xF0\x91\xBD\x90", symbol = "\xE2\x90\xA9",
                    unknown = "\xF0\x96\xBA\xA0";
  CHECK(pieces_of("a" + letter + "b" + digit + "c" + symbol + "d" + unknown) ==
        std::vector<std::string>{"a" + letter + "b", digit, "c", symbol + "d", unknown});
}

TEST_CASE("the tables' ranges are in order, and stand-ins are as long as what they stand for") {
  using namespace unicode::tables;
  CHECK(in_order(stand_in_ranges()));
  CHECK(in_order(lower_case_ranges()));
  for (const auto ranges :
       {inert_ranges(), word_ranges(), number_ranges(), mark_ranges(), punctuation_ranges()})
    CHECK(in_order(ranges));
  for (const StandIn& range : stand_in_ranges())
    for (const char32_t c : {range.first, range.last})
      CHECK(text_of(c).size() == text_of(range.character).size());
}
