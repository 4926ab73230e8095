// Answers on their way into a file, so that a run that is killed goes on where it stopped.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/base/json.h"

namespace tauscope {

/// While answers are made, each is a line of FILE.unfinished as soon as it is known; finish() writes FILE, in
/// the order of the examples, and removes that one. FILE is the same however often the run was interrupted.
class AnswerLog {
 public:
  /// `key` stands for everything that answers depend on. Answers of an unfinished file with the same key are
  /// taken over (but for a last line that was cut off); one with another key is an Error::failed, or, with
  /// `force`, discarded. Throws Error::failed where FILE is there already and `force` is not given.
  AnswerLog(std::filesystem::path file, const std::string& key, bool force);
  ~AnswerLog();
  AnswerLog(const AnswerLog&) = delete;
  AnswerLog& operator=(const AnswerLog&) = delete;

  bool has(std::int64_t example) const { return lines_.contains(example); }
  std::size_t size() const { return lines_.size(); }
  std::size_t taken_over() const { return taken_over_; }

  /// On disk when it returns. Throws Error::exhausted where the disk is full.
  void add(std::int64_t example, const Json& line);
  void finish();

 private:
  std::filesystem::path unfinished() const { return file_.string() + ".unfinished"; }
  void take_over(const std::string& key, bool force);
  void write(const std::string& line);

  std::filesystem::path file_;
  std::FILE* log_ = nullptr;
  std::map<std::int64_t, std::string> lines_;
  std::size_t taken_over_ = 0;
};

}  // namespace tauscope
