#include "app/cli/data_options.h"

namespace tauscope {

void DataCliOptions::add_to(CLI::App& app) {
  const std::string group = "Examples";
  app.add_option("--template", data.prompt_template,
                 "prompt template: a name, a file, or a checkpoint's folder")
      ->capture_default_str()
      ->group(group);
  app.add_option("--limit", data.limit, "the first N examples (of those that pass); 0 = all")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  app.add_option("--category", filter.categories, "only examples of this category; may be repeated")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--least-words", filter.least_words, "only references of at least so many words")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  app.add_option("--most-words", filter.most_words, "only references of at most so many words; 0 = any")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  app.add_option("--subset", filter.subset, "so many examples, drawn by --subset-seed; 0 = all")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  app.add_option("--subset-seed", filter.subset_seed,
                 "one seed draws the same examples everywhere, and smaller subsets are parts of larger ones")
      ->capture_default_str()
      ->group(group);
}

}  // namespace tauscope
