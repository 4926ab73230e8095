// Which ids are compared when models or tokenizers differ in size.
#include <fmt/format.h>

#include "core/engine/shared_vocabulary.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

class ListTokenizer final : public Tokenizer {
 public:
  explicit ListTokenizer(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}
  std::vector<std::int32_t> encode(std::string_view, bool) const override { return {}; }
  std::string decode(std::span<const std::int32_t>, bool) const override { return ""; }
  std::string token_bytes(std::int32_t id) const override { return tokens_.at(static_cast<std::size_t>(id)); }
  std::int32_t size() const override { return static_cast<std::int32_t>(tokens_.size()); }
  std::optional<std::int32_t> bos_id() const override { return std::nullopt; }
  std::optional<std::int32_t> eos_id() const override { return std::nullopt; }
  bool is_special(std::int32_t) const override { return false; }
  std::string description() const override { return "a list"; }
  std::vector<std::filesystem::path> files() const override { return {}; }

 private:
  std::vector<std::string> tokens_;
};

const ListTokenizer kSmall({"<s>", "a", "b", "c"});
const ListTokenizer kLarge({"<s>", "a", "b", "c", "[PAD]"});
const ListTokenizer kOther({"<s>", "a", "X\xFF", "c"});

std::vector<std::string> numbered(int count) {
  std::vector<std::string> tokens;
  for (int i = 0; i < count; ++i)
    tokens.push_back(fmt::format("t{}", i));
  return tokens;
}

VocabularyMember member(const std::string& name, const Tokenizer& tokenizer, std::int64_t width,
                        const std::string& hash = "") {
  return {name, "folder-" + name, &tokenizer, hash.empty() ? name : hash, width};
}

}  // namespace

TEST_CASE("equal tokenizers and widths: all columns, nothing to say") {
  const auto exact = find_shared_vocabulary({member("teacher", kSmall, 4), member("student", kSmall, 4)});
  CHECK(exact.size == 4);
  CHECK(exact.note.empty());
  // Padding that all models have belongs to their distributions.
  const auto padded = find_shared_vocabulary({member("teacher", kSmall, 8), member("student", kSmall, 8)});
  CHECK(padded.size == 8);
  CHECK(padded.note.empty());
}

TEST_CASE("widths that differ by padding: the ids that all have") {
  const auto shared =
      find_shared_vocabulary({member("teacher", kSmall, 8), member("a", kSmall, 6), member("b", kSmall, 16)});
  CHECK(shared.size == 6);
  CHECK(shared.note.find("teacher 8") != std::string::npos);
  CHECK(shared.note.find("6 shared ids") != std::string::npos);
}

TEST_CASE("tokenizers of different sizes: the ids before the extra tokens") {
  CHECK(find_shared_vocabulary({member("teacher", kSmall, 4), member("student", kLarge, 5)}).size == 4);
  CHECK(find_shared_vocabulary({member("teacher", kLarge, 5), member("student", kSmall, 4)}).size == 4);
  // Id 4 is a token of one and padding of the other: not the same thing, though both have a column for it.
  const auto shared = find_shared_vocabulary({member("teacher", kLarge, 8), member("student", kSmall, 8)});
  CHECK(shared.size == 4);
  CHECK(shared.note.find("4 shared ids") != std::string::npos);
  // A model whose embedding is smaller than its tokenizer shares what it can compute.
  CHECK(find_shared_vocabulary({member("teacher", kLarge, 3), member("student", kSmall, 4)}).size == 3);
}

TEST_CASE("token strings that differ are an error that names the first of them") {
  const Error error = error_of([] {
    find_shared_vocabulary(
        {member("teacher", kSmall, 4), member("good", kSmall, 4), member("bad", kOther, 4)});
  });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == "folder-bad");
  CHECK(error.field_name() == "token id 2");
  CHECK(error.found_value() ==
        "'X<0xFF>' in bad; 75.0% of the 4 ids that both have stand for equal strings (one vocabulary with 1 "
        "token of "
        "its own)");
  CHECK(error.expected_value().find("'b'") == 0);
}

TEST_CASE("a refusal says how far the vocabularies agree, and of what kind the difference is") {
  const auto found = [](const Tokenizer& other) {
    return error_of([&] {
             find_shared_vocabulary({member("t", kSmall, 4), member("s", other, 4)});
           })
        .found_value();
  };
  const ListTokenizer shifted({"<pad>", "<s>", "a", "b", "c"}), alien({"w", "x", "y", "z"});
  CHECK(found(shifted).find("0.0% of the 4 ids that both have") != std::string::npos);
  CHECK(found(shifted).find("mostly the same strings under other ids") != std::string::npos);
  CHECK(found(alien).find("different tokenizers") != std::string::npos);

  // A share that is not the whole is never rounded to it.
  const std::vector<std::string> many = numbered(5000);
  std::vector<std::string> changed = many;
  changed[4321] = "another";
  const ListTokenizer a(many), b(changed);
  const Error error = error_of([&] { find_shared_vocabulary({member("t", a, 5000), member("s", b, 5000)}); });
  CHECK(error.field_name() == "token id 4321");
  CHECK(error.found_value().find("more than 99.9% of the 5000 ids") != std::string::npos);
}

TEST_CASE("heads padded to different widths over one vocabulary, as Qwen2.5's are") {
  const ListTokenizer teacher(numbered(151665)), student(numbered(151665));
  const auto shared =
      find_shared_vocabulary({member("teacher", teacher, 152064), member("student", student, 151936)});
  CHECK(shared.size == 151936);
  CHECK(shared.note.find("teacher 152064 (tokenizer 151665)") != std::string::npos);
}

TEST_CASE("equal hashes spare the comparison") {
  CHECK_NOTHROW(
      find_shared_vocabulary({member("teacher", kSmall, 4, "same"), member("student", kOther, 4, "same")}));
}

TEST_CASE("nothing shared is an error") {
  const ListTokenizer one({"<s>"});
  CHECK(error_of([&] {
          find_shared_vocabulary({member("teacher", one, 4), member("student", kSmall, 4)});
        }).kind() == ErrorKind::bad_input);
}
