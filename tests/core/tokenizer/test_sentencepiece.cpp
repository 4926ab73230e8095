// sentencepiece models: decoding against the library's own, and files that the library would trust too much.
#include <sentencepiece_processor.h>

#include <cstring>
#include <random>

#include "core/tokenizer/character_map.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "tests/core/base/error_of.h"
#include "tests/core/tokenizer/tokenizer_folder.h"

using namespace tauscope;
using test::holds;
using test::load_error;
using Ids = std::vector<std::int32_t>;

namespace {

std::string model_bytes(const char* name = "sentencepiece_bpe") {
  return test::read_text(test::golden_tokenizer(std::string(name) + "/tokenizer.model"));
}

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7)
    out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

std::string field(int number, const std::string& bytes) {
  return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(bytes.size()) + bytes;
}

std::string number_field(int number, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(number) << 3) + varint(value);
}

std::string piece(const std::string& text, int type, float score = -1) {
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &score, 4);
  return field(
      1, field(1, text) + varint(2 << 3 | 5) + bytes + number_field(3, static_cast<std::uint64_t>(type)));
}

/// A whole model: what is needed besides the pieces given.
std::string model_with(const std::string& pieces, const std::string& trainer = number_field(3, 1),
                       const std::string& normalizer = "") {
  return piece("<unk>", 2) + piece("<s>", 3) + piece("</s>", 3) + pieces + field(2, trainer) +
         field(3, normalizer);
}

std::string problem_of(const std::string& bytes) {
  const Error error = load_error({{"tokenizer.model", bytes}});
  CHECK(error.file().ends_with("tokenizer.model"));
  return error.problem() + " | " + error.field_name();
}

/// Random ids decoded by us and by the library.
void compare_decoding(const std::filesystem::path& file, const Tokenizer& tokenizer) {
  sentencepiece::SentencePieceProcessor library;
  REQUIRE(library.Load(file.string()).ok());
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    std::vector<int> ids;
    for (std::size_t length = random() % 8; length > 0; --length) {
      const int id = static_cast<int>(random() % static_cast<unsigned>(library.GetPieceSize()));
      if (!library.IsUnknown(id)) ids.push_back(id);
    }
    std::string expected;
    REQUIRE(library.Decode(ids, &expected).ok());
    CAPTURE(ids);
    REQUIRE(tokenizer.decode(Ids(ids.begin(), ids.end()), true) == expected);
  }
}

}  // namespace

TEST_CASE("decoding without special tokens is the library's") {
  for (const char* name : {"sentencepiece_bpe", "sentencepiece_unigram"}) {
    const auto folder = test::golden_tokenizer(name);
    compare_decoding(folder / "tokenizer.model", *load_tokenizer(folder));
  }
}

TEST_CASE("decoding is the library's on real models too") {
  TS_NEED_SHARED(fixtures, "data/tokenizers/sentencepiece_fixtures");
  for (const auto& entry : std::filesystem::directory_iterator(fixtures)) {
    if (entry.path().extension() != ".model") continue;
    CAPTURE(entry.path());
    const test::TokenizerFolder folder({{"tokenizer.model", test::read_text(entry.path())}});
    compare_decoding(entry.path(), *folder.load());
  }
}

TEST_CASE("special tokens are written by name, and text like them stays text") {
  const auto tokenizer = load_tokenizer(test::golden_tokenizer("sentencepiece_bpe"));
  const Ids ids = tokenizer->encode(" a</s>", true);
  CHECK(ids.front() == 1);
  CHECK(std::count(ids.begin(), ids.end(), 2) == 1);  // the EOS that is added; not the one in the text
  CHECK(tokenizer->decode(ids, false) == "<s>  a</s></s>");
  CHECK(tokenizer->decode(ids, true) == " a</s>");
  CHECK(tokenizer->token_bytes(1) == "<s>");
  CHECK(tokenizer->token_bytes(3 + 0xC3) == "\xC3");
  CHECK(tokenizer->is_special(0));
  CHECK(tokenizer->decode(Ids{3 + 0xC3, 3 + 0xA9, 3 + 0xC3}, true) == "\xC3\xA9\xEF\xBF\xBD");
}

TEST_CASE("tokens that are added behind the model have ids and names") {
  const auto extended = [](const std::string& added) {
    return std::map<std::string, std::string>{{"tokenizer.model", model_bytes()},
                                              {"added_tokens.json", added}};
  };
  const test::TokenizerFolder folder(extended(R"({"[PAD]": 480, "[X]": 482})"));
  const auto tokenizer = folder.load();
  CHECK(tokenizer->size() == 483);
  CHECK(tokenizer->decode(Ids{480, 481, 482}, false) == "[PAD][X]");
  CHECK(holds(tokenizer->description(), "2 added tokens"));
  CHECK(load_error(extended(R"({"[PAD]": 5})")).problem() ==
        "an added token has the id of another one in tokenizer.model");
}

TEST_CASE("a small model made by hand is read") {
  const auto model = read_sentencepiece_model(
      model_with(piece("a", 1) + piece("b", 4), number_field(3, 2) + field(46, "<s>"), number_field(4, 0)),
      "m");
  CHECK(model.pieces.size() == 5);
  CHECK(model.pieces[4].type == SentencepieceModel::Type::user_defined);
  CHECK(std::string(model.algorithm_name()) == "BPE");
  CHECK(model.add_dummy_prefix);
  CHECK_FALSE(model.remove_extra_whitespaces);
}

TEST_CASE("what is not a model is refused, wherever it ends") {
  const std::string whole = model_bytes();
  for (std::size_t length = 0; length < whole.size(); length += length < 200 ? 1 : 97) {
    CAPTURE(length);
    CHECK(holds(problem_of(whole.substr(0, length)), "not a sentencepiece model"));
  }
  CHECK(holds(problem_of("version https://git-lfs.github.com/spec/v1\n"), "not a sentencepiece model"));
  CHECK(holds(problem_of(std::string(64, '\xFF')), "a number is too long"));
  CHECK(holds(problem_of(whole + "\x0A\xFF\xFF\xFF\xFF\x07"), "longer than the data"));
  CHECK(holds(problem_of(whole + "\x0B"), "no valid type"));
}

TEST_CASE("pieces that the library would trip over are refused") {
  const std::string a = piece("a", 1);
  CHECK(holds(problem_of(model_with(a + piece("", 1))), "empty, too long or not UTF-8 | pieces[4]"));
  CHECK(holds(problem_of(model_with(a + piece("\xFF", 1))), "not UTF-8"));
  CHECK(holds(problem_of(model_with(a + piece(std::string("x\0y", 3), 1))), "not UTF-8"));
  CHECK(holds(problem_of(model_with(a + piece(std::string(5000, 'x'), 1))), "too long"));
  CHECK(holds(problem_of(model_with(a + piece("x", 1, NAN))), "not a finite number"));
  CHECK(holds(problem_of(model_with(a + piece("x", 9))), "no known type"));
  CHECK(holds(problem_of(model_with(a + a)), "stands twice"));
  CHECK(holds(problem_of(model_with(a + piece("<0x4G>", 6))), "not named <0xNN>"));
  CHECK(holds(problem_of(model_with(a + piece("<0x41>", 6))), "1 of the 256 bytes"));
  CHECK(holds(problem_of(model_with(a, number_field(3, 1) + number_field(35, 1))), "0 of the 256 bytes"));
  CHECK(holds(problem_of(model_with("")), "no normal pieces"));
  CHECK(holds(problem_of(model_with(a + piece("<u>", 2))), "2 pieces are the unknown one"));
  CHECK(holds(problem_of(model_with(a, number_field(3, 7))), "no such model type"));
  CHECK(holds(problem_of(model_with(a, field(3, "x"))), "wrong type"));
  CHECK(holds(problem_of(model_with(a) + field(2, "")), "a part stands twice"));
  CHECK(holds(problem_of(model_with(a) + field(5, field(2, "xxxx"))), "not supported | denormalizer_spec"));
  CHECK(holds(problem_of(piece("<unk>", 2) + a), "are missing"));
}

namespace {

/// A double array of 512 units without entries, to be edited, and one replacement.
struct MapBytes {
  std::vector<std::uint32_t> units = std::vector<std::uint32_t>(512, 0x80000000u);
  std::string replacements = std::string("x\0", 2);

  /// Unit `at` leads on to `base`.
  void lead(std::uint32_t at, std::uint32_t base, std::uint32_t label, bool has_leaf) {
    units[at] = ((at ^ base) << 10) | (has_leaf ? 1u << 8 : 0u) | label;
  }
  std::string bytes() const {
    const auto size = static_cast<std::uint32_t>(units.size() * 4);
    std::string out(4 + size, '\0');
    std::memcpy(out.data(), &size, 4);
    std::memcpy(out.data() + 4, units.data(), size);
    return out + replacements;
  }
  std::string problem() const {
    return test::error_of([&] { require_safe_character_map(bytes(), "m"); }).problem();
  }
};

}  // namespace

TEST_CASE("a character map is walked before the library walks it") {
  MapBytes map;  // "a" becomes "x"
  map.lead(0, 256, 0, false);
  map.lead(256 ^ 'a', 300, 'a', true);
  map.units[300] = 0x80000000u;
  CHECK_NOTHROW(require_safe_character_map(map.bytes(), "m"));
  CHECK_NOTHROW(require_safe_character_map("", "m"));

  MapBytes far = map;
  far.units[256 ^ 'a'] = (5000u << 10) | (1u << 8) | 'a';
  CHECK(holds(far.problem(), "a way leaves it"));
  MapBytes no_text = map;
  no_text.units[300] = 0x80000000u | 2;
  CHECK(holds(no_text.problem(), "no replacement"));
  MapBytes cycle = map;
  cycle.lead(256 ^ 'a', 256, 'a', false);  // "aaa..." without end
  CHECK(holds(cycle.problem(), "no end"));
  MapBytes open_text = map;
  open_text.replacements = "x";
  CHECK(holds(open_text.problem(), "not terminated"));
  MapBytes deep;  // "a", "aa", ...: more entries than the library has room for
  deep.units.assign(256 * 40, 0x80000000u);
  deep.lead(0, 256, 0, false);
  for (std::uint32_t i = 1; i < 39; ++i)
    deep.lead((256 * i) ^ 'a', 256 * (i + 1), 'a', true);
  CHECK(holds(deep.problem(), "begin alike"));
  CHECK(holds(test::error_of([] { require_safe_character_map("abc", "m"); }).problem(), "too short"));
  CHECK(holds(test::error_of([] { require_safe_character_map("\xFF\xFF\xFF\xFF....", "m"); }).problem(),
              "sizes are wrong"));
}
