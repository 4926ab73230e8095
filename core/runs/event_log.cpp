#include "core/runs/event_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

Error cannot_write(const fs::path& file, int code) {
  if (code == ENOSPC || code == EDQUOT)
    return Error::exhausted(file.string(), "the disk is full")
        .remedy("free some space, then go on with the run: --resume");
  return Error::failed(file.string(), fmt::format("cannot be written: {}", std::strerror(code)));
}

/// Calls take(event, text) for each whole line from `offset` on, until it returns false; the place behind the
/// last line that was taken.
template <class Take>
void each_line(const std::string& text, const std::string& file, std::int64_t& line, std::size_t& offset,
               const Take& take) {
  for (std::size_t end = text.find('\n', offset); end != text.npos; end = text.find('\n', offset)) {
    const std::string_view one = std::string_view(text).substr(offset, end - offset);
    const Json event = parse_json(one, file, line);
    if (!event.is_object())
      throw Error::bad_input(fmt::format("{}:{}", file, line), "is no event")
          .expected("an object: {\"event\": …}");
    if (!take(event)) return;
    offset = end + 1;
    ++line;
  }
}

std::int64_t step_of(const Json& event, std::int64_t before) {
  const auto step = event.find("step");
  return step != event.end() && step->is_number_integer() ? step->get<std::int64_t>() : before;
}

bool is_finished(const Json& event) {
  const auto kind = event.find("event");
  return kind != event.end() && *kind == "finished";
}

}  // namespace

EventLog::EventLog(fs::path file, std::int64_t last_step) : file_(std::move(file)) {
  std::error_code absent;
  if (fs::exists(file_, absent)) {
    const std::string text = read_file(file_, std::uint64_t{1} << 34);
    std::size_t kept = 0;
    std::int64_t line = 1, step = 0;
    each_line(text, file_.string(), line, kept, [&](const Json& event) {
      step = step_of(event, step);
      return step <= last_step && !is_finished(event);
    });
    if (kept < text.size()) write_file_atomically(file_, std::string_view(text).substr(0, kept));
  }
  descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw cannot_write(file_, errno);
}

EventLog::~EventLog() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void EventLog::add(const Json& event) {
  const std::string line = event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t wrote = ::write(descriptor_, rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      const int code = errno;
      // What went in of the line must go, or the next one would be joined to it.
      if (before >= 0 && ::ftruncate(descriptor_, before) != 0) throw cannot_write(file_, errno);
      throw cannot_write(file_, code);
    }
    rest.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void EventLog::sync() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL) throw cannot_write(file_, errno);
}

std::vector<Json> read_events(const fs::path& file) {
  return EventTail(file).poll().events;
}

EventTail::News EventTail::poll() {
  News news;
  struct stat status {};
  if (::stat(file_.c_str(), &status) != 0) return news;
  const auto inode = static_cast<std::uint64_t>(status.st_ino);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (inode_ != 0 && (inode != inode_ || size < offset_)) {
    news.restarted = true;
    offset_ = 0;
    line_ = 1;
  }
  inode_ = inode;
  if (size == offset_) return news;
  InputFile input(file_);
  input.seek(offset_);
  std::string text(static_cast<std::size_t>(size - offset_), '\0');
  text.resize(input.read(text));
  std::size_t done = 0;
  each_line(text, file_.string(), line_, done, [&](const Json& event) {
    news.events.push_back(event);
    return true;
  });
  offset_ += done;
  return news;
}

}  // namespace tauscope
