#include "core/base/error.h"

#include "core/base/message.h"

namespace tauscope {

Error::Error(ErrorKind kind, std::string file, std::string problem)
    : std::runtime_error(problem), kind_(kind), file_(std::move(file)), problem_(std::move(problem)) {
  compose();
}

Error Error::failed(std::string file, std::string problem) {
  return {ErrorKind::failed, std::move(file), std::move(problem)};
}
Error Error::usage(std::string problem) {
  return {ErrorKind::usage, "", std::move(problem)};
}
Error Error::bad_input(std::string file, std::string problem) {
  return {ErrorKind::bad_input, std::move(file), std::move(problem)};
}
Error Error::exhausted(std::string file, std::string problem) {
  return {ErrorKind::exhausted, std::move(file), std::move(problem)};
}

Error Error::field(std::string value) && {
  field_ = std::move(value);
  compose();
  return std::move(*this);
}
Error Error::found(std::string value) && {
  found_ = std::move(value);
  compose();
  return std::move(*this);
}
Error Error::expected(std::string value) && {
  expected_ = std::move(value);
  compose();
  return std::move(*this);
}
Error Error::remedy(std::string value) && {
  remedy_ = std::move(value);
  compose();
  return std::move(*this);
}

void Error::compose() {
  message_.clear();
  if (!file_.empty()) message_ += file_ + ": ";
  if (!field_.empty()) message_ += field_ + ": ";
  message_ += problem_;
  const auto add_line = [this](const char* label, const std::string& text) {
    if (!text.empty()) message_ += std::string("\n  ") + label + text;
  };
  add_line("found:    ", found_);
  add_line("expected: ", expected_);
  add_line("remedy:   ", remedy_);
  message_ = without_controls(message_, true);
}

}  // namespace tauscope
