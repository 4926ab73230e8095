#include "core/tokenizer/regex_splitter.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/tokenizer/unicode_tables.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

/// Unicode's White_Space, which \s means in the Hugging Face library; PCRE2's \s also holds U+180E.
constexpr std::string_view white_space =
    R"(\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

constexpr std::size_t max_pattern_bytes = std::size_t{1} << 16;

// A sound pattern takes a few steps for each character of a match; a match of a megabyte stays far below.
// Behind the limits lie patterns like (a*)*b, which would otherwise run for hours.
constexpr std::uint32_t match_limit = 20'000'000;
constexpr std::uint32_t heap_limit_kib = 1 << 20;

class PatternReader {
 public:
  PatternReader(std::string_view pattern, const std::string& file, const std::string& field)
      : pattern_(pattern), file_(file), field_(field) {}

  std::string read() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '\\')
        escape();
      else if (in_class_)
        class_character(c);
      else
        plain_character(c);
    }
    return std::move(out_);
  }

 private:
  void plain_character(char c) {
    if (c == '^' || c == '$' || pattern_.substr(at_, 2) == "(*") refuse(pattern_.substr(at_, 1));
    if (c == '(' && pattern_.substr(at_ + 1, 1) == "?") group_option();
    in_class_ = c == '[';
    out_ += c;
    ++at_;
    if (in_class_ && pattern_.substr(at_, 1) == "^") {
      out_ += '^';
      ++at_;
    }
    class_start_ = at_;
  }

  /// Of the groups with an option, only those that mean the same everywhere.
  void group_option() const {
    for (const std::string_view known : {"(?:", "(?i:", "(?=", "(?!", "(?<=", "(?<!", "(?>"})
      if (pattern_.substr(at_, known.size()) == known) return;
    refuse(pattern_.substr(at_, 4));
  }

  void class_character(char c) {
    if (c == '[' || pattern_.substr(at_, 2) == "&&")
      refuse(pattern_.substr(at_, 2));  // nested classes, [:names:]
    if (c == ']' && at_ == class_start_) refuse("[]");
    if (c == ']') in_class_ = false;
    out_ += c;
    ++at_;
  }

  void escape() {
    const std::string_view pair = pattern_.substr(at_, 2);
    const char c = pair.size() == 2 ? pair[1] : '\0';
    if (c == 's' && in_class_) {
      out_ += white_space;
    } else if (c == 's' || (c == 'S' && !in_class_)) {
      out_ += fmt::format("[{}{}]", c == 'S' ? "^" : "", white_space);
    } else if (c == 'p' || c == 'P') {
      property();
      return;
    } else if (is_letter_or_digit(c) && std::string_view("dDrntf").find(c) == std::string_view::npos) {
      refuse(pair);
    } else if (c == '\0' || static_cast<unsigned char>(c) >= 0x80) {
      refuse(pair);
    } else {
      out_ += pair;
    }
    at_ += 2;
  }

  /// General categories only: a script's name has had more than one meaning in PCRE2.
  void property() {
    const auto close = pattern_.find('}', at_);
    const std::string_view whole =
        pattern_.substr(at_, close == std::string_view::npos ? close : close - at_ + 1);
    const bool plain = (whole.size() == 5 || whole.size() == 6) && whole[2] == '{' &&
                       is_letter_or_digit(whole[3]) && (whole.size() == 5 || is_letter_or_digit(whole[4]));
    if (!plain) refuse(whole);
    out_ += whole;
    at_ += whole.size();
  }

  static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  [[noreturn]] void refuse(std::string_view construct) const {
    throw Error::bad_input(file_, "the pre-tokenizer's pattern uses something that is not supported")
        .field(field_)
        .found(shown(construct))
        .expected(R"(literals, classes, groups, \s \S \d \D, \p{..} with a general category)");
  }

  std::string_view pattern_;
  const std::string& file_;
  const std::string& field_;
  std::size_t at_ = 0, class_start_ = 0;
  bool in_class_ = false;
  std::string out_;
};

/// The text as PCRE2 should see it, of the same length: `copy` where a character has a stand-in, else `text`.
std::string_view with_stand_ins(std::string_view text, std::string& copy) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const utf8::CodePoint c = utf8::decode(text, at);
    const char32_t known = unicode::tables::stand_in(c.value);
    if (known != c.value) {
      if (copy.empty()) copy = text;
      std::string bytes;
      utf8::append(bytes, known);
      copy.replace(at, c.length, bytes);
    }
    at += c.length;
  }
  return copy.empty() ? text : copy;
}

std::string pcre2_message(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

std::string pcre2_pattern(std::string_view pattern, const std::string& file, const std::string& field) {
  return PatternReader(pattern, file, field).read();
}

struct RegexSplitter::Impl {
  using Context = std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)>;

  pcre2_code* code = nullptr;
  Context limits{pcre2_match_context_create(nullptr), &pcre2_match_context_free};
  std::string shown;
  ~Impl() { pcre2_code_free(code); }
};

RegexSplitter::RegexSplitter(std::string_view pattern, const std::string& file, const std::string& field)
    : impl_(std::make_unique<Impl>()) {
  if (pattern.size() > max_pattern_bytes)
    throw Error::bad_input(file, "the pattern is too long")
        .field(field)
        .found(fmt::format("{} bytes", pattern.size()))
        .expected(fmt::format("at most {}", max_pattern_bytes));
  const std::string translated = pcre2_pattern(pattern, file, field);
  int problem = 0;
  PCRE2_SIZE at = 0;
  impl_->shown = tauscope::shown(pattern, 200);
  impl_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                              PCRE2_UTF | PCRE2_UCP, &problem, &at, nullptr);
  if (!impl_->code)
    throw Error::bad_input(file, "the pre-tokenizer's pattern is broken: " + pcre2_message(problem))
        .field(field)
        .found(shown(pattern, 200));
  if (!impl_->limits) throw std::bad_alloc();
  pcre2_set_match_limit(impl_->limits.get(), match_limit);
  pcre2_set_heap_limit(impl_->limits.get(), heap_limit_kib);
  pcre2_jit_compile(impl_->code,
                    PCRE2_JIT_COMPLETE);  // where there is no JIT, matching is slower, not different
}

RegexSplitter::~RegexSplitter() = default;

// An empty match counts, unless it stands where the match before it ended: then the search goes on one
// character later. This is how the library behind the Hugging Face one iterates.
void RegexSplitter::find(std::string_view whole, const std::function<void(TextSpan)>& emit) const {
  std::string copy;
  const std::string_view text = with_stand_ins(whole, copy);
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create_from_pattern(impl_->code, nullptr), &pcre2_match_data_free);
  if (!match) throw std::bad_alloc();
  std::size_t done = 0, from = 0;
  bool matched_before = false;
  while (from <= text.size()) {
    const int found = pcre2_match(impl_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                  PCRE2_NO_UTF_CHECK, match.get(), impl_->limits.get());
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0)
      throw Error::failed("",
                          "splitting the text with the tokenizer's pattern failed: " + pcre2_message(found))
          .found(impl_->shown);
    const PCRE2_SIZE* range = pcre2_get_ovector_pointer(match.get());
    const std::size_t begin = range[0], end = range[1];
    if (begin == end && matched_before && end == done) {
      from += from < text.size() ? utf8::decode(text, from).length : 1;
      continue;
    }
    if (begin > done) emit({done, begin, false});
    emit({begin, end, true});
    done = from = end;
    matched_before = true;
  }
  if (done < text.size()) emit({done, text.size(), false});
}

SpanFinder find_pattern(std::string_view pattern, const std::string& file, const std::string& field) {
  const auto splitter = std::make_shared<const RegexSplitter>(pattern, file, field);
  return [splitter](std::string_view text, const std::function<void(TextSpan)>& emit) {
    splitter->find(text, emit);
  };
}

}  // namespace tauscope
