#include "app/cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/base/error.h"

namespace tauscope {

namespace {

constexpr auto bar_interval = std::chrono::milliseconds(100);
constexpr auto line_interval = std::chrono::seconds(5);

std::string time_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

int terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Console::Console() {
  terminal_ = isatty(STDERR_FILENO) == 1;
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  const bool dumb = term == nullptr || std::strcmp(term, "dumb") == 0;
  terminal_ = terminal_ && !dumb;
  colour_ = terminal_ && (no_color == nullptr || *no_color == '\0');
}

Console::~Console() {
  clear_bar();
}

void Console::clear_bar() {
  if (!bar_shown_) return;
  std::fputs("\r\033[K", stderr);
  bar_shown_ = false;
}

void Console::progress(std::string_view phase, std::int64_t done, std::int64_t total) {
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  if (phase != phase_) {
    phase_ = phase;
    phase_start_ = last_shown_ = now;
  }
  const bool finished = total > 0 && done >= total;
  if (now - last_shown_ <
      (terminal_ ? std::chrono::milliseconds(bar_interval) : std::chrono::milliseconds(line_interval))) {
    if (finished) clear_bar();
    return;
  }
  last_shown_ = now;
  const double elapsed = std::chrono::duration<double>(now - phase_start_).count();
  std::string text =
      total > 0 ? fmt::format("{} {} of {}", phase, done, total) : fmt::format("{} {}", phase, done);
  if (total > 0 && done * 50 >= total && !finished) {  // the first unit pays for loading and says little
    text +=
        ", " + time_text(elapsed * static_cast<double>(total - done) / static_cast<double>(done)) + " left";
  }
  if (!terminal_) {
    fmt::print(stderr, "{}\n", text);
    return;
  }
  clear_bar();
  if (finished) return;
  const int width = terminal_columns() - static_cast<int>(text.size()) - 5;
  if (total > 0 && width >= 10) {
    const int cells = std::min(width, 40);
    const int filled = static_cast<int>(done * cells / total);
    text = fmt::format("[{}{}] {}", std::string(filled, '#'), std::string(cells - filled, '.'), text);
  }
  fmt::print(stderr, "\r{}", text);
  std::fflush(stderr);
  bar_shown_ = true;
}

void Console::warning(std::string_view message) {
  clear_bar();
  fmt::print(stderr, "{}warning:{} {}\n", colour_ ? "\033[33m" : "", colour_ ? "\033[0m" : "", message);
}

void Console::note(std::string_view message) {
  if (quiet_) return;
  clear_bar();
  fmt::print(stderr, "{}\n", message);
}

void Console::error(std::string_view message) {
  clear_bar();
  fmt::print(stderr, "{}error:{} {}\n", colour_ ? "\033[31m" : "", colour_ ? "\033[0m" : "", message);
}

void Console::write(std::string_view bytes) {
  clear_bar();
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) {
    throw Error::failed("standard output", std::string("cannot write: ") + std::strerror(errno));
  }
}

void Console::result(std::string_view line) {
  if (json_) return;
  write(line);
  write("\n");
}

void Console::document(const std::string& command, Json body) {
  if (!json_) return;
  nlohmann::ordered_json document;
  document["format"] = "tauscope-" + command;
  document["version"] = 1;
  for (auto& [key, value] : body.items())
    document[key] = value;
  // Names from folders and files need not be UTF-8; they must not make the document invalid.
  write(document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void Console::finish() {
  clear_bar();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw Error::failed("standard output", std::string("cannot write: ") + std::strerror(errno));
  }
}

}  // namespace tauscope
