#include "core/decoding/answer_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {

namespace fs = std::filesystem;

AnswerLog::AnswerLog(fs::path file, const std::string& key, bool force) : file_(std::move(file)) {
  std::error_code absent;
  if (fs::exists(file_, absent) && !force) {
    throw Error::failed(file_.string(), "the answers are there already, and are kept")
        .remedy("choose another file, or replace them with --force");
  }
  if (fs::exists(unfinished(), absent)) take_over(key, force);
  log_ = std::fopen(unfinished().c_str(), "wb");
  if (log_ == nullptr) {
    throw Error::failed(unfinished().string(), std::string("cannot be written: ") + std::strerror(errno))
        .remedy("check the folder and its permissions");
  }
  write(Json{{"unfinished", key}}.dump());
  for (const auto& [example, line] : lines_)
    write(line);
}

AnswerLog::~AnswerLog() {
  if (log_ != nullptr) std::fclose(log_);
}

void AnswerLog::take_over(const std::string& key, bool force) {
  const std::string text = read_file(unfinished());
  std::int64_t number = 0;
  for (std::size_t first = 0; first < text.size();) {
    const std::size_t end = text.find('\n', first);
    if (end == std::string::npos) break;  // cut off while it was written
    ++number;
    const Json line = parse_json(text.substr(first, end - first), unfinished().string(), number);
    first = end + 1;
    const JsonFields fields(line, fmt::format("{}:{}", unfinished().string(), number));
    if (number > 1) {
      lines_[fields.integer("example", 0, INT64_MAX)] = line.dump();
    } else if (fields.string("unfinished") != key) {
      if (force) return;
      throw Error::failed(unfinished().string(), "these unfinished answers were made with other settings")
          .remedy("use the same model, data and options to go on, or --force to begin again");
    }
  }
  taken_over_ = lines_.size();
}

void AnswerLog::write(const std::string& line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), log_) == line.size() &&
                       std::fputc('\n', log_) != EOF && std::fflush(log_) == 0;
  if (written) return;
  if (errno == ENOSPC) throw Error::exhausted(unfinished().string(), "the disk is full");
  throw Error::failed(unfinished().string(), std::string("cannot be written: ") + std::strerror(errno));
}

void AnswerLog::add(std::int64_t example, const Json& line) {
  std::string& text = lines_[example];
  text = line.dump();
  write(text);
}

void AnswerLog::finish() {
  AtomicFile file(file_);
  for (const auto& [example, line] : lines_)
    file.write(line + "\n");
  file.commit();
  std::fclose(log_);
  log_ = nullptr;
  std::error_code ignored;
  fs::remove(unfinished(), ignored);
}

}  // namespace tauscope
