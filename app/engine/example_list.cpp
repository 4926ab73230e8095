#include "app/engine/example_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/title.h"
#include "core/engine/pair_source.h"

namespace tauscope {

namespace {

constexpr std::int64_t examples_between_reports = 256;

/// Size and time of a file; "" where it is not there.
std::string stamp_of(const std::filesystem::path& path) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  if (failure) return "";
  const auto time = std::filesystem::last_write_time(path, failure);
  if (failure) return "";
  return fmt::format("{} {}", size, time.time_since_epoch().count());
}

std::uint64_t bytes_of(const Example& example) {
  std::uint64_t bytes = sizeof example + example.prompt.size() + example.category.size();
  for (const std::string& output : example.outputs)
    bytes += sizeof output + output.size();
  return bytes;
}

}  // namespace

std::shared_ptr<const ExampleList> ExampleList::read(const std::filesystem::path& path,
                                                     const std::string& prompt_template,
                                                     const WorkbenchOptions& options, ProgressSink& progress,
                                                     const std::stop_token& stop) {
  const auto list = std::make_shared<ExampleList>();
  list->path_ = path;
  list->template_ = prompt_template;
  list->stamp_ = stamp_of(path);
  if (!list->scan(options, progress, stop)) return nullptr;
  return list;
}

bool ExampleList::is_of(const std::filesystem::path& path, const std::string& prompt_template) const {
  return path == path_ && prompt_template == template_ && !stamp_.empty() && stamp_of(path) == stamp_;
}

bool ExampleList::scan(const WorkbenchOptions& options, ProgressSink& progress, const std::stop_token& stop) {
  const auto data = open_reference_data(path_, {template_, 0});
  form_ = data->form();
  std::uint64_t held_bytes = 0;
  try {
    while (auto example = data->next()) {
      const auto count = static_cast<std::int64_t>(titles_.size());
      if (stop.stop_requested()) return false;
      if (count % examples_between_reports == 0) progress.progress("examples", count, data->count_estimate());
      if (titles_.size() == options.max_listed) {
        progress.warning(fmt::format("{} has more examples; the first {} are listed", path_.string(), count));
        break;
      }
      titles_.push_back({example->index, title_of(*example), example->category});
      example->instruction.clear();
      example->input.clear();
      held_bytes += bytes_of(*example);
      if (held_bytes <= options.max_list_bytes) held_.push_back(std::move(*example));
    }
  } catch (const Error& error) {
    if (titles_.empty()) throw;
    progress.warning(fmt::format("the list of examples ends early: {}", error.what()));
  }
  description_ =
      fmt::format("{} examples, {} form, template {}", titles_.size(), data_form_name(form_), template_);
  return true;
}

std::optional<Example> ExampleList::find(std::int64_t index, const std::stop_token& stop) const {
  const auto by_index = [](const auto& each, std::int64_t wanted) { return each.index < wanted; };
  const auto held = std::lower_bound(held_.begin(), held_.end(), index, by_index);
  if (held != held_.end() && held->index == index) return *held;
  const auto listed = std::lower_bound(titles_.begin(), titles_.end(), index, by_index);
  if (listed == titles_.end() || listed->index != index)
    throw Error::usage(fmt::format("there is no example {} in {}", index, path_.string()));
  if (!is_of(path_, template_)) {
    throw Error::bad_input(path_.string(), "the data file has changed or gone since it was opened")
        .remedy("open it again");
  }
  const auto data = open_reference_data(path_, {template_, 0});
  while (auto example = data->next()) {
    if (stop.stop_requested()) return std::nullopt;
    if (example->index == index) return example;
  }
  throw Error::bad_input(path_.string(), "the data file has changed since it was opened")
      .remedy("open it again");
}

}  // namespace tauscope
