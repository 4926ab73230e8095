#include "core/tokenizer/regex_splitter.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>

#include "core/base/error.h"

namespace tauscope {
namespace {

/// Unicode's White_Space, which \s means in the Hugging Face library; PCRE2's \s also holds U+180E.
constexpr std::string_view white_space =
    R"(\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

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
        .found(std::string(construct))
        .expected(R"(literals, classes, groups, \s \S \d \D, \p{..} with a general category)");
  }

  std::string_view pattern_;
  const std::string& file_;
  const std::string& field_;
  std::size_t at_ = 0, class_start_ = 0;
  bool in_class_ = false;
  std::string out_;
};

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
  pcre2_code* code = nullptr;
  std::string shown;
  ~Impl() { pcre2_code_free(code); }
};

RegexSplitter::RegexSplitter(std::string_view pattern, const std::string& file, const std::string& field)
    : impl_(std::make_unique<Impl>()) {
  const std::string translated = pcre2_pattern(pattern, file, field);
  int problem = 0;
  PCRE2_SIZE at = 0;
  impl_->shown = pattern;
  impl_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                              PCRE2_UTF | PCRE2_UCP, &problem, &at, nullptr);
  if (!impl_->code)
    throw Error::bad_input(file, "the pre-tokenizer's pattern is broken: " + pcre2_message(problem))
        .field(field)
        .found(std::string(pattern));
  pcre2_jit_compile(impl_->code,
                    PCRE2_JIT_COMPLETE);  // where there is no JIT, matching is slower, not different
}

RegexSplitter::~RegexSplitter() = default;

void RegexSplitter::split(std::string_view text,
                          const std::function<void(std::string_view, bool)>& emit) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create_from_pattern(impl_->code, nullptr), &pcre2_match_data_free);
  if (!match) throw std::bad_alloc();
  std::size_t done = 0;
  while (done < text.size()) {
    const int found = pcre2_match(impl_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), done,
                                  PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY, match.get(), nullptr);
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0)
      throw Error::failed("",
                          "splitting the text with the tokenizer's pattern failed: " + pcre2_message(found))
          .found(impl_->shown);
    const PCRE2_SIZE* range = pcre2_get_ovector_pointer(match.get());
    if (range[0] > done) emit(text.substr(done, range[0] - done), false);
    emit(text.substr(range[0], range[1] - range[0]), true);
    done = range[1];
  }
  if (done < text.size()) emit(text.substr(done), false);
}

}  // namespace tauscope
