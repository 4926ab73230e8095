// A display that no one sees: an X server of its own for tests of the real window.
#pragma once

#include <sys/types.h>

#include <string>

namespace tauscope::test {

class VirtualScreen {
 public:
  /// Starts Xvfb on a free display. Where it cannot, display() is "".
  VirtualScreen(int width, int height);
  ~VirtualScreen();
  VirtualScreen(const VirtualScreen&) = delete;
  VirtualScreen& operator=(const VirtualScreen&) = delete;

  const std::string& display() const { return display_; }  ///< ":7"

 private:
  pid_t server_ = -1;
  std::string display_;
};

}  // namespace tauscope::test
