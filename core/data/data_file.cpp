#include "core/data/data_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/data/forms.h"
#include "core/data/record_reader.h"

namespace tauscope {
namespace {

class JsonDataFile final : public DataFile {
 public:
  JsonDataFile(const std::filesystem::path& path, const DataOptions& options)
      : file_(path.string()),
        template_(PromptTemplate::named_or_file(options.prompt_template)),
        limit_(options.limit),
        records_(path) {
    if (!fill()) throw Error::bad_input(file_, "has no examples").expected("at least one");
    count_ =
        form_ == DataForm::super_natural ? static_cast<std::int64_t>(waiting_.size()) : count_records(path);
    if (limit_ > 0) count_ = std::min(count_, limit_);
  }

  std::optional<Example> next() override {
    if (limit_ > 0 && next_index_ >= limit_) return std::nullopt;
    if (waiting_.empty() && !fill()) return std::nullopt;
    Example example = std::move(waiting_.front());
    waiting_.pop_front();
    example.index = next_index_++;
    return example;
  }

  DataForm form() const override { return form_; }
  std::int64_t count_estimate() const override { return count_; }

 private:
  /// Reads one record into `waiting_`; false at the end.
  bool fill() {
    const auto record = records_.next();
    if (!record) return false;
    const Json json = parse_json(record->text, file_, record->line, HugeIntegers::as_double);
    const JsonFields fields(json, fmt::format("{}:{}", file_, record->line));
    const DataForm form = recognise_form(fields);
    if (records_read_ == 0) form_ = form;
    if (form != form_)
      throw Error::bad_input(fields.file(), "a record has another form than the first one")
          .found(data_form_name(form))
          .expected(data_form_name(form_))
          .remedy("give each form a file of its own");
    if (++records_read_ > 1 && form_ == DataForm::super_natural)
      throw Error::bad_input(fields.file(), "there is more than one task in the file")
          .expected("one task per file");
    for (Example& example : read_examples(form_, fields, template_))
      waiting_.push_back(std::move(example));
    return true;
  }

  static std::int64_t count_records(const std::filesystem::path& path) {
    RecordReader records(path);
    std::int64_t count = 0;
    while (records.next())
      ++count;
    return count;
  }

  std::string file_;
  PromptTemplate template_;
  std::int64_t limit_;
  RecordReader records_;
  DataForm form_ = DataForm::prompt_output;
  std::deque<Example> waiting_;
  std::int64_t records_read_ = 0, next_index_ = 0, count_ = 0;
};

}  // namespace

std::unique_ptr<DataFile> DataFile::open(const std::filesystem::path& path, const DataOptions& options) {
  return std::make_unique<JsonDataFile>(path, options);
}

}  // namespace tauscope
