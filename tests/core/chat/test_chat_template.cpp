// Chat templates against what transformers makes of them (tests/golden/chat), and what is refused.
#include "core/chat/chat_template.h"

#include <iomanip>
#include <sstream>

#include "core/base/error.h"
#include "core/data/data_file.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

/// Wednesday, 5 March 2025, 14:07:09.
const std::tm a_day = [] {
  std::tm day{};
  std::istringstream("2025-03-05 14:07:09") >> std::get_time(&day, "%Y-%m-%d %H:%M:%S");
  day.tm_wday = 3;
  day.tm_yday = 63;
  return day;
}();

std::string rendered(const std::string& source, const std::vector<ChatMessage>& messages,
                     bool add_generation_prompt = true) {
  const Json tokens{{"bos_token", "<s>"}, {"eos_token", "</s>"}};
  return ChatTemplate(source, "t.jinja", tokens).render(messages, add_generation_prompt, [] {
    return a_day;
  });
}

Error refusal(const std::string& source) {
  const Error error = test::error_of([&] { rendered(source, {{"user", "u"}}); });
  CHECK(error.file() == "t.jinja");
  CHECK(error.field_name().starts_with("chat_template, line "));
  return error;
}

std::vector<ChatMessage> conversation_of(const Json& json) {
  std::vector<ChatMessage> messages;
  for (const Json& message : json)
    messages.push_back({message[0], message[1]});
  return messages;
}

void check_case(const Json& golden, const Json& given) {
  const auto source = given["template"].get<std::string>();
  if (given["refused"].is_string()) {
    const Error error = refusal(source);
    const std::string said = error.problem() + error.found_value();
    CHECK(said.find(given["refused"].get<std::string>()) != std::string::npos);
    return;
  }
  REQUIRE(given["results"].size() == 2 * golden["conversations"].size());
  for (std::size_t i = 0; i < given["results"].size(); ++i) {
    const Json& told = given["results"][i];
    const auto messages = conversation_of(golden["conversations"][i / 2]);
    CAPTURE(i);
    if (told.is_string())
      CHECK(rendered(source, messages, i % 2 == 1) == told.get<std::string>());
    else
      CHECK(test::error_of([&] { rendered(source, messages, i % 2 == 1); }).found_value() ==
            told["raised"].get<std::string>());
  }
}

/// A byte-level tokenizer.json of two added tokens and a template that puts BOS.
std::string folder_tokenizer() {
  Json vocab{{"<s>", 0}, {"</s>", 1}};
  for (char c = 'a'; c <= 'z'; ++c)
    vocab[std::string(1, c)] = vocab.size();
  return Json{{"added_tokens", {{{"id", 0}, {"content", "<s>"}, {"special", true}}}},
              {"post_processor", {{"type", "BertProcessing"}, {"cls", {"<s>", 0}}, {"sep", {"</s>", 1}}}},
              {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", Json::array()}}}}
      .dump();
}

struct Folder {
  Folder(const std::string& config, const std::string& jinja) {
    test::write_text(folder / "tokenizer.json", folder_tokenizer());
    test::write_text(folder / "tokenizer_config.json", config);
    if (!jinja.empty()) test::write_text(folder / "chat_template.jinja", jinja);
  }
  std::string path() const { return folder.path().string(); }
  test::TemporaryFolder folder;
};

const char* const plain_config =
    R"({"bos_token": "<s>", "chat_template": "{{ bos_token }}U {{ messages[0].content }} A"})";

}  // namespace

TEST_CASE("templates give the text that transformers gives") {
  const Json golden = read_json_file(test::source_path("tests/golden/chat/chat.json"));
  REQUIRE(golden["cases"].size() >= 15);
  for (const Json& given : golden["cases"]) {
    const auto name = given["name"].get<std::string>();
    CAPTURE(name);
    check_case(golden, given);
  }
}

TEST_CASE("what is outside the subset is refused by name and line") {
  const auto found = [](const char* source) { return refusal(source).found_value(); };
  CHECK(found("a\n{% import 'x' as y %}") == "{% import %}");
  CHECK(refusal("a\n{% import 'x' as y %}").field_name() == "chat_template, line 2");
  CHECK(found("{{ messages | map('x') }}") == "the filter x");
  CHECK(found("{{ messages | map(attribute='x') }}") == "the filter map with an attribute that is not there");
  CHECK(found("{{ messages | groupby('role') }}") == "the filter groupby");
  CHECK(found("{{ messages | select('x') }}") == "the test x");
  CHECK(found("{{ dict(a=1) }}") == "the function dict");
  CHECK(found("{{ strftime_now }}") == "writing a function as text");
  CHECK(found("{{ strftime_now('%d %s') }}") == "strftime_now with %s");
  CHECK(found("{{ strftime_now('%') }}") == "strftime_now with %");
  CHECK(found("{{ 'abc'[::0] }}") == "a slice with the step 0");
  CHECK(found("{% for i in range(1, 2, 0) %}{% endfor %}") == "range with the step 0");
  CHECK(found("{% for i in range(1000000) %}{% endfor %}") == "more than 100000 elements in one list");
  CHECK(found("{% for a, b in [[1]] %}{% endfor %}") == "a loop with 2 names over array");
  CHECK(found("{% for a, b in [1] %}{% endfor %}") == "a loop with 2 names over number");
  CHECK(found("{{ messages[0].items() }}") == ".items() on object");
  CHECK(found("{{ 'a'.encode() }}") == "the method encode");
  CHECK(found("{{ 1 is divisibleby(3) }}") == "the test divisibleby with arguments");
  CHECK(found("{{ messages }}") == "writing array as text");
  CHECK(found("{{ messages[0] | tojson }}") == "tojson on an object");
  CHECK(found("{{ none.x.y }}") == ".y of what is not defined");
  CHECK(found("{{ 'a' + 1 }}") == "+ on number");
  CHECK(found("{{ 1 // 0 }}") == "a division by zero");
  CHECK(found("{{ -9223372036854775807 - 2 }}") == "a number that is too large");
  CHECK(found("{{ raise_exception('no') }}") == "no");
  CHECK(found("{% set x = 1 %}{% set x.y = 2 %}") == "an assignment to a member of x");
  CHECK(found("{% for x in 'abc' %}{% endfor %}") == "a loop over string");
  CHECK(refusal("{% if 1 %}").problem() == "the chat template cannot be used: a tag is not closed");
  CHECK(refusal("{% endif %}").problem() ==
        "the chat template cannot be used: a tag closes what was not opened");
  for (const char* broken : {"{{ 1",
                             "{% if %}{% endif %}",
                             "{{ 'a }}",
                             "{# a",
                             "{{ a b }}",
                             "{{ (1 }}",
                             "{% for %}{% endfor %}",
                             "{% set x %}y{% endset %}",
                             "{% %}",
                             "{{ }}",
                             "{{ a[ }}",
                             "{{ $ }}",
                             "{{ '\\x' }}",
                             "{{ 99999999999999999999 }}",
                             "{% for a b in c %}{% endfor %}",
                             "{% for a in b if %}{% endfor %}",
                             "{% for a in b if c else d %}{% endfor %}",
                             "{{ a[1:2:3:4] }}",
                             "{% generation %}x",
                             "{{ {'a': 1} }}"})
    CHECK(refusal(broken).kind() == ErrorKind::bad_input);
}

TEST_CASE("a template cannot run or nest without end") {
  const std::string loop = "{% for a in x %}", end = "{% endfor %}";
  std::string deep = "{% set x = [1,2,3,4,5,6,7,8,9,10] %}";
  for (int i = 0; i < 9; ++i)
    deep += loop;
  deep += "y";
  for (int i = 0; i < 9; ++i)
    deep += end;
  CHECK(refusal(deep).found_value() == "more than 1000000 steps");
  const std::string ten = "{% for a in [1,2,3,4,5,6,7,8,9,10] %}";
  const std::string megabyte = "{% set ns = namespace(s='x') %}" + ten +
                               "{% for b in [1,2] %}{% set ns.s = ns.s + ns.s %}{% endfor %}{% endfor %}";
  CHECK(refusal(megabyte + ten + ten + "{{ ns.s }}{% endfor %}{% endfor %}").found_value() ==
        "more than 16777216 bytes");
  CHECK(refusal(megabyte + "{% set y = ns.s + 'x' %}").found_value() ==
        "more than 1048576 bytes in one text");
  CHECK(refusal(megabyte + "{{ ns.s | replace('x', 'yy') }}").found_value() ==
        "replace in a text that is too long");
  CHECK(refusal(megabyte + "{{ ns.s.split('x') | join('xx') }}").kind() == ErrorKind::bad_input);
  CHECK(refusal("{{ " + std::string(5000, '(') + " }}").kind() == ErrorKind::bad_input);
  CHECK(refusal("{{ " + std::string(5000, '-') + "1 }}").kind() == ErrorKind::bad_input);
  std::string tags;
  for (int i = 0; i < 5000; ++i)
    tags += "{% if 1 %}";
  CHECK(refusal(tags).kind() == ErrorKind::bad_input);
}

TEST_CASE("a folder's template is found as transformers finds it, and BOS is not written twice") {
  const Folder config(plain_config, "");
  CHECK(ChatPrompt(config.path()).apply("hi") == "U hi A");
  CHECK(describe_chat_template(config.path()) == "tokenizer_config.json, can be used (--template FOLDER)");
  const Folder both(plain_config, "J {{ messages[0].content }}{% if add_generation_prompt %} G{% endif %}");
  CHECK(ChatPrompt(both.path()).apply("hi") == "J hi G");
  const Folder listed(
      R"({"chat_template": [{"name": "other", "template": "o"}, {"name": "default", "template": "d"}]})", "");
  CHECK(ChatPrompt(listed.path()).apply("hi") == "d");
  const Folder none("{}", "");
  CHECK(describe_chat_template(none.path()).empty());
  CHECK(test::error_of([&] { ChatPrompt{none.path()}; }).problem() == "the folder has no chat template");
  const Folder refused("{}", "x\n{{ cycler('a') }}");
  CHECK(describe_chat_template(refused.path()) ==
        "chat_template.jinja, cannot be used: the chat template uses something that is not supported: "
        "the function cycler (chat_template, line 2)");
  const Folder dated("{}", "{{ strftime_now('%Y') }} {{ messages[0].content }}");
  CHECK(
      describe_chat_template(dated.path()) ==
      "chat_template.jinja, can be used (--template FOLDER), but writes today's date: prompts differ by the "
      "day");
  const std::string year = ChatPrompt(dated.path()).apply("hi");
  CHECK(year.size() == 7);
  CHECK(year.starts_with("20"));
  CHECK(year.ends_with(" hi"));
}

TEST_CASE("a prompt template can be a folder or one of the named chats") {
  const Folder folder(plain_config, "");
  const auto own = PromptTemplate::named_or_file(folder.path());
  CHECK(own.apply("Do.", "") == "U Do. A");
  CHECK(own.apply("Do.", "It") == "U Do.\n\nIt A");
  CHECK(PromptTemplate::is_name("chatml"));
  CHECK_FALSE(PromptTemplate::is_name(folder.path()));
  for (const std::string& name : PromptTemplate::names()) {
    const auto named = PromptTemplate::named_or_file(name);
    CHECK(named.apply("Do.", "It").find("It") != std::string::npos);
    CHECK(named.apply("Do.", "").find("Do.") != std::string::npos);
  }
  CHECK(PromptTemplate::named_or_file("chatml").apply("Do.", "It") ==
        "<|im_start|>user\nDo.\n\nIt<|im_end|>\n<|im_start|>assistant\n");
}
