// Categories, lengths and subsets.
#include "core/data/example_filter.h"

#include <set>

#include "tests/core/data/data_text.h"

using namespace tauscope;

namespace {

using Numbers = std::vector<std::int64_t>;

/// `count` records of the form Dolly: categories a and b by turns, responses of 0, 1, 2, ... words.
std::string records(int count) {
  std::string text, response;
  for (int i = 0; i < count; ++i) {
    text += R"({"instruction": "i", "context": "", "response": ")" + response + R"(", "category": ")" +
            (i % 2 == 0 ? "a" : "b") + "\"}\n";
    response += i == 0 ? "w" : "\\u3000w";
  }
  return text;
}

Numbers numbers_of(const std::filesystem::path& path, const ExampleFilter& filter, std::int64_t limit = 0) {
  const auto file = open_filtered(path, {.prompt_template = "none", .limit = limit}, filter);
  Numbers numbers;
  while (const auto example = file->next())
    numbers.push_back(example->index);
  CHECK(file->form() == DataForm::dolly);
  CHECK(file->count_estimate() == static_cast<std::int64_t>(numbers.size()));
  CHECK_FALSE(file->next().has_value());
  return numbers;
}

ExampleFilter subset_of(std::int64_t size, std::uint64_t seed) {
  ExampleFilter filter;
  filter.subset = size;
  filter.subset_seed = seed;
  return filter;
}

}  // namespace

TEST_CASE("examples are filtered by category and by the words of the reference, and keep their numbers") {
  const test::TemporaryFolder folder;
  const auto path = folder / "data.jsonl";
  test::write_text(path, records(10));
  CHECK(numbers_of(path, {}).size() == 10);
  CHECK(numbers_of(path, {.categories = {"b"}}) == Numbers{1, 3, 5, 7, 9});
  CHECK(numbers_of(path, {.categories = {"b", "none", "a"}}).size() == 10);
  CHECK(numbers_of(path, {.categories = {}, .least_words = 7}) == Numbers{7, 8, 9});
  CHECK(numbers_of(path, {.categories = {}, .least_words = 2, .most_words = 4}) == Numbers{2, 3, 4});
  CHECK(numbers_of(path, {.categories = {"a"}, .least_words = 0, .most_words = 4}) == Numbers{0, 2, 4});
  CHECK(numbers_of(path, {.categories = {"b"}}, 2) == Numbers{1, 3});
}

TEST_CASE("a subset is the same every time, grows with its size and changes with its seed") {
  const test::TemporaryFolder folder;
  const auto path = folder / "data.jsonl";
  test::write_text(path, records(60));
  const Numbers ten = numbers_of(path, subset_of(10, 1)), thirty = numbers_of(path, subset_of(30, 1));
  CHECK(ten.size() == 10);
  CHECK(std::is_sorted(ten.begin(), ten.end()));
  CHECK(ten == numbers_of(path, subset_of(10, 1)));
  CHECK(std::includes(thirty.begin(), thirty.end(), ten.begin(), ten.end()));
  CHECK(ten != numbers_of(path, subset_of(10, 2)));
  CHECK(numbers_of(path, subset_of(1000, 1)).size() == 60);
  ExampleFilter both = subset_of(5, 1);
  both.categories = {"b"};
  for (const std::int64_t number : numbers_of(path, both))
    CHECK(number % 2 == 1);
  CHECK(numbers_of(path, both).size() == 5);
}

TEST_CASE("subsets are drawn evenly") {
  const test::TemporaryFolder folder;
  const auto path = folder / "data.jsonl";
  test::write_text(path, records(8));
  std::vector<int> drawn(8);
  constexpr int draws = 800;
  for (int seed = 0; seed < draws; ++seed)
    for (const std::int64_t number : numbers_of(path, subset_of(2, static_cast<std::uint64_t>(seed))))
      ++drawn[static_cast<std::size_t>(number)];
  for (const int count : drawn)  // 200 each; five standard deviations are 61
    CHECK(std::abs(count - draws / 4) < 61);
}

TEST_CASE("a filter that nothing passes says what there is") {
  const test::TemporaryFolder folder;
  const auto path = folder / "data.jsonl";
  test::write_text(path, records(4));
  const Error error = test::error_of([&] { open_filtered(path, {}, {.categories = {"c"}}); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.found_value().find("\"a\", \"b\"") != std::string::npos);
  CHECK(test::error_of([&] { open_filtered(path, {}, {.categories = {}, .least_words = 99}); }).problem() ==
        "no example passes the filter");
}

TEST_CASE("the real Dolly set by category") {
  TS_NEED_SHARED(path, "data/eval/dolly_valid.jsonl");
  const std::vector<std::pair<std::string, std::int64_t>> expected{
      {"closed_qa", 36}, {"information_extraction", 27}, {"summarization", 28}, {"open_qa", 141}};
  for (const auto& [category, examples] : expected) {
    const auto file = open_filtered(path, {}, {.categories = {category}});
    std::int64_t count = 0;
    while (const auto example = file->next()) {
      CHECK(example->category == category);
      ++count;
    }
    CHECK(count == examples);
  }
}
