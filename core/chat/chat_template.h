// A checkpoint's own chat template: a Jinja text, of which a small subset is run here.
//
// The subset: text, {{ }}, {# #}, if/elif/else, for over names with an "if", set (also of a namespace's
// member), break, continue, generation (whose text is written), white-space control; texts, integers, true,
// false, none, lists; + - * // % ~, comparisons, and, or, not, in, "x if c else y", attributes, elements,
// slices; the filters trim, upper, lower, title, capitalize, length, count, string, first, last, join, list,
// safe, default, replace, tojson (no objects), select, reject, selectattr, rejectattr, map; the tests
// defined, undefined, none, string, boolean, true, false, integer, number, mapping, iterable, sequence, odd,
// even, equalto and the other comparisons, in; the methods strip, lstrip, rstrip, split, startswith,
// endswith, replace, upper, lower, title, capitalize, get; namespace(), range(), raise_exception() and
// strftime_now(). All else is refused by name: statements when the template is read, the rest when it is
// reached.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/chat/jinja_run.h"
#include "core/chat/jinja_syntax.h"

namespace tauscope {

struct ChatMessage {
  std::string role;  ///< "system", "user", "assistant"
  std::string content;
};

class ChatTemplate {
 public:
  /// `special_tokens`: texts by name ("bos_token"). Throws Error::bad_input naming `file` and line.
  ChatTemplate(const std::string& source, std::string file, Json special_tokens);

  /// What transformers' apply_chat_template(tokenize=False) gives. `clock`: the day that strftime_now writes.
  /// Throws Error::bad_input.
  std::string render(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                     const jinja::Clock& clock) const;

  const std::string& file() const { return file_; }

 private:
  std::string file_;
  Json special_tokens_;
  std::vector<jinja::Statement> statements_;
};

/// The text of a folder's template and the file that holds it, as transformers decides: chat_template.jinja,
/// else chat_template of tokenizer_config.json (of several, the one named "default").
struct ChatTemplateSource {
  std::string text, file;
};
std::optional<ChatTemplateSource> find_chat_template(const std::filesystem::path& folder);

/// The folder's template for prompts that the folder's tokenizer then encodes with its special tokens: a BOS
/// that the tokenizer adds is not written a second time. A date that the template writes is that of the day
/// on which the object was made.
class ChatPrompt {
 public:
  /// Throws Error::bad_input where there is no template, or one outside the subset.
  explicit ChatPrompt(const std::filesystem::path& folder);

  /// The user's message up to where the assistant's answer begins.
  std::string apply(const std::string& user) const;

  /// The template writes the day's date: prompts differ from day to day.
  bool writes_date() const { return writes_date_; }

 private:
  std::string render(const std::string& user, const jinja::Clock& clock) const;

  std::tm day_{};
  bool writes_date_ = false;
  std::string bos_;  // what the tokenizer puts before a text; "" = nothing, or no BOS
  ChatTemplate template_;
};

/// One line for `inspect`: the file, and whether a prompt can be made with it, or why not; "" where the
/// folder has no template. Never throws Error.
std::string describe_chat_template(const std::filesystem::path& folder);

}  // namespace tauscope
