// The one exception type of the project: what went wrong, where, and what to do about it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace tauscope {

/// Decides the exit code of the program (the value is the code).
enum class ErrorKind {
  failed = 1,     ///< the work could not be done
  usage = 2,      ///< an option or a configuration is wrong
  bad_input = 3,  ///< a file's content is wrong
  exhausted = 4,  ///< memory or disk ran out
};

/// Thrown by every library of the project; caught once, at the command line or at a job's edge.
/// Built in one expression:
///
///     throw Error::bad_input("model.safetensors", "the header is truncated")
///         .field("header length").found("8123456789").expected("at most 1204").remedy("download the file
///         again");
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string file, std::string problem);

  /// `file` may be empty where no file is concerned.
  static Error failed(std::string file, std::string problem);
  static Error usage(std::string problem);
  static Error bad_input(std::string file, std::string problem);
  static Error exhausted(std::string file, std::string problem);

  Error field(std::string value) &&;
  Error found(std::string value) &&;
  Error expected(std::string value) &&;
  Error remedy(std::string value) &&;

  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }
  const std::string& file() const { return file_; }
  const std::string& field_name() const { return field_; }
  const std::string& problem() const { return problem_; }
  const std::string& found_value() const { return found_; }
  const std::string& expected_value() const { return expected_; }
  const std::string& remedy_text() const { return remedy_; }

  /// The whole message on one or more lines, ready to print.
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  void compose();

  ErrorKind kind_;
  std::string file_, field_, problem_, found_, expected_, remedy_;
  std::string message_;
};

}  // namespace tauscope
