// The merge loop against a plain one that looks at every pair each time.
#include "core/tokenizer/bpe_model.h"

#include <chrono>
#include <random>

#include "core/base/error.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

using Ids = std::vector<std::int32_t>;

struct Toy {
  Json vocab;
  MergeList merges;

  BpeModel model(BpeOptions options = {}) const {
    return BpeModel(Vocabulary(vocab, "toy.json", "vocab"), merges, options, "toy.json", "merges");
  }
};

/// Random merges over a few letters: many of them overlap, and later ones build on earlier ones.
Toy random_toy(std::mt19937& random, std::size_t merges) {
  Toy toy;
  std::vector<std::string> tokens{"a", "b", "c", "d"};
  for (const std::string& token : tokens)
    toy.vocab[token] = toy.vocab.size();
  while (toy.merges.size() < merges) {
    const std::string left = tokens[random() % tokens.size()], right = tokens[random() % tokens.size()];
    if (left.size() + right.size() > 12) continue;
    if (!toy.vocab.contains(left + right)) {
      toy.vocab[left + right] = toy.vocab.size();
      tokens.push_back(left + right);
    }
    toy.merges.emplace_back(left, right);
  }
  return toy;
}

Ids plain_bpe(const Toy& toy, const std::string& word) {
  std::vector<std::string> parts;
  for (const char c : word)
    parts.emplace_back(1, c);
  for (;;) {
    std::size_t best_rank = toy.merges.size(), best_at = 0;
    for (std::size_t at = 0; at + 1 < parts.size(); ++at)
      for (std::size_t rank = 0; rank < toy.merges.size(); ++rank) {
        const bool later_twin = std::find(toy.merges.begin() + static_cast<std::ptrdiff_t>(rank) + 1,
                                          toy.merges.end(), toy.merges[rank]) != toy.merges.end();
        const bool fits =
            !later_twin && toy.merges[rank].first == parts[at] && toy.merges[rank].second == parts[at + 1];
        if (fits && rank < best_rank) {
          best_rank = rank;
          best_at = at;
        }
      }
    if (best_rank == toy.merges.size()) break;
    parts[best_at] += parts[best_at + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best_at) + 1);
  }
  Ids ids;
  for (const std::string& part : parts)
    ids.push_back(toy.vocab[part].get<std::int32_t>());
  return ids;
}

Ids encode(const BpeModel& model, const std::string& word) {
  Ids ids;
  BpeModel::Scratch scratch;
  model.encode(word, ids, scratch);
  return ids;
}

}  // namespace

TEST_CASE("merges happen in the order of a plain search over all pairs") {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    const Toy toy = random_toy(random, 3 + random() % 25);
    const BpeModel model = toy.model();
    for (int i = 0; i < 20; ++i) {
      std::string word;
      for (std::size_t length = 1 + random() % 30; length > 0; --length)
        word += static_cast<char>('a' + random() % 4);
      CAPTURE(round, word);
      REQUIRE(encode(model, word) == plain_bpe(toy, word));
    }
  }
}

TEST_CASE("unknown characters: left out, unknown, fused, or bytes") {
  Toy toy;
  toy.vocab = {{"a", 0}, {"?", 1}, {"<0xC3>", 2}, {"<0xA9>", 3}};
  BpeOptions options;
  CHECK(encode(toy.model(), "axxa") == Ids{0, 0});
  options.unknown = 1;
  CHECK(encode(toy.model(options), "axxa") == Ids{0, 1, 1, 0});
  options.fuse_unknown = true;
  CHECK(encode(toy.model(options), "axxax") == Ids{0, 1, 0, 1});
  options.byte_fallback = true;
  CHECK(encode(toy.model(options), "a\xC3\xA9x") == Ids{0, 2, 3, 1});
}

TEST_CASE("a word of a million characters takes no more than n log n") {
  Toy toy;
  std::string token = "a";
  toy.vocab = {{"a", 0}};
  for (int i = 0; i < 10; ++i) {
    toy.merges.emplace_back(token, token);
    token += token;
    toy.vocab[token] = i + 1;
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK(encode(toy.model(), std::string(1 << 20, 'a')).size() == 1024);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));  // a quadratic loop takes hours
}

TEST_CASE("merges that the vocabulary does not know are named") {
  Toy toy;
  toy.vocab = {{"a", 0}, {"b", 1}};
  toy.merges = {{"a", "b"}};
  const Error error = test::error_of([&] { toy.model(); });
  CHECK(error.field_name() == "merges[0]");
  CHECK(error.found_value() == "\"ab\"");
}
