// The examples of a data file: listed at once, read when they are wanted.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/engine/example_source.h"
#include "core/base/progress.h"
#include "core/data/data_file.h"

namespace tauscope {

class ExampleList {
 public:
  /// Reads the whole file once. Where a record is broken the list ends before it, and `progress` hears why.
  /// Throws Error::bad_input where there is no example that could be scored. Null if stopped.
  static std::shared_ptr<const ExampleList> read(const std::filesystem::path& path,
                                                 const std::string& prompt_template,
                                                 const WorkbenchOptions& options, ProgressSink& progress,
                                                 const std::stop_token& stop);

  const std::filesystem::path& path() const { return path_; }
  const std::string& prompt_template() const { return template_; }
  /// False where file or template is another, or where the file has changed since.
  bool is_of(const std::filesystem::path& path, const std::string& prompt_template) const;

  const std::vector<ExampleTitle>& titles() const { return titles_; }  ///< ascending by index
  const std::string& description() const { return description_; }
  DataForm form() const { return form_; }

  /// The example: held, or read again from the file. Throws Error::usage for a number that is not listed,
  /// Error::bad_input where the file has gone or has changed. Nothing if stopped.
  std::optional<Example> find(std::int64_t index, const std::stop_token& stop) const;

 private:
  bool scan(const WorkbenchOptions& options, ProgressSink& progress, const std::stop_token& stop);

  std::filesystem::path path_;
  std::string template_, stamp_, description_;
  DataForm form_ = DataForm::prompt_output;
  std::vector<ExampleTitle> titles_;
  std::vector<Example> held_;  // the first ones
};

}  // namespace tauscope
