#include "core/data/example_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <set>

#include "core/base/counter_random.h"
#include "core/base/error.h"
#include "core/base/message.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

constexpr std::size_t most_categories_shown = 12;
constexpr std::uint64_t subset_stream = 0x73756273;  // "subs": other uses of the seed draw other numbers

std::int64_t words_of(const std::string& text) {
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const utf8::CodePoint here = utf8::decode(text, at);
    const bool space = utf8::is_white_space(here.value);
    words += !space && !inside;
    inside = !space;
    at += here.length;
  }
  return words;
}

bool passes(const ExampleFilter& filter, const Example& example) {
  const auto& categories = filter.categories;
  if (!categories.empty() &&
      std::find(categories.begin(), categories.end(), example.category) == categories.end())
    return false;
  if (filter.least_words == 0 && filter.most_words == 0) return true;
  if (example.outputs.empty()) return filter.least_words == 0;
  const std::int64_t words = words_of(example.outputs.front());
  return words >= filter.least_words && (filter.most_words == 0 || words <= filter.most_words);
}

/// The place of an example in the order in which a subset takes them.
std::uint64_t drawing_key(const ExampleFilter& filter, std::int64_t index) {
  const auto four = CounterRandom(filter.subset_seed, subset_stream).block(static_cast<std::uint64_t>(index));
  return std::uint64_t{four[0]} << 32 | four[1];
}

class FilteredDataFile final : public DataFile {
 public:
  FilteredDataFile(const std::filesystem::path& path, const DataOptions& options, ExampleFilter filter)
      : filter_(std::move(filter)), limit_(options.limit) {
    DataOptions all = options;
    all.limit = 0;
    select(path, all);
    file_ = DataFile::open(path, all);
  }

  std::optional<Example> next() override {
    if (limit_ > 0 && given_ == limit_) return std::nullopt;
    while (auto example = file_->next()) {
      if (filter_.subset > 0 ? chosen_.count(example->index) == 0 : !passes(filter_, *example)) continue;
      ++given_;
      return example;
    }
    return std::nullopt;
  }

  DataForm form() const override { return file_->form(); }
  std::int64_t count_estimate() const override { return limit_ > 0 ? std::min(limit_, count_) : count_; }

 private:
  /// Counts what passes, and of a subset remembers which.
  void select(const std::filesystem::path& path, const DataOptions& options) {
    const auto file = DataFile::open(path, options);
    std::priority_queue<std::pair<std::uint64_t, std::int64_t>> drawn;  // the last to be taken on top
    std::set<std::string> categories;
    while (const auto example = file->next()) {
      if (categories.size() <= most_categories_shown) categories.insert(example->category);
      if (!passes(filter_, *example)) continue;
      ++count_;
      if (filter_.subset == 0) continue;
      drawn.emplace(drawing_key(filter_, example->index), example->index);
      if (static_cast<std::int64_t>(drawn.size()) > filter_.subset) drawn.pop();
    }
    if (count_ == 0) refuse(path, categories);
    if (filter_.subset > 0) count_ = static_cast<std::int64_t>(drawn.size());
    for (; !drawn.empty(); drawn.pop())
      chosen_.insert(drawn.top().second);
  }

  void refuse(const std::filesystem::path& path, const std::set<std::string>& categories) const {
    std::string there;
    for (const std::string& category : categories)
      there += (there.empty() ? "" : ", ") + (category.empty() ? "none" : in_quotes(category));
    const bool more = categories.size() > most_categories_shown;
    throw Error::bad_input(path.string(), "no example passes the filter")
        .found(fmt::format("examples of the categories {}{}", there, more ? ", ..." : ""))
        .remedy("take other categories or other bounds of the length");
  }

  const ExampleFilter filter_;
  const std::int64_t limit_;
  std::unique_ptr<DataFile> file_;
  std::set<std::int64_t> chosen_;
  std::int64_t count_ = 0, given_ = 0;
};

}  // namespace

std::unique_ptr<DataFile> open_filtered(const std::filesystem::path& path, const DataOptions& options,
                                        const ExampleFilter& filter) {
  if (filter.passes_all()) return DataFile::open(path, options);
  return std::make_unique<FilteredDataFile>(path, options, filter);
}

}  // namespace tauscope
