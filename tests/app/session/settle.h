// Frames of a session without a window.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "app/session/session.h"
#include "tests/app/session/fake_engine.h"
#include "tests/support/catch.h"

namespace tauscope::test {

/// Frames until nothing is computing; fails after a minute, which only a sanitizer comes near.
inline void settle(Session& session) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  do {
    session.update();
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  } while (session.busy());
  session.update();
}

inline bool has_error(const Session& session, const std::string& part) {
  for (const Message& message : session.messages()) {
    if (message.level == Message::Level::error && message.text.find(part) != std::string::npos) return true;
  }
  return false;
}

inline bool has_message(const Session& session, const std::string& part) {
  for (const Message& message : session.messages()) {
    if (message.text.find(part) != std::string::npos) return true;
  }
  return false;
}

/// A session over made-up data with its first example.
struct OpenSession {
  FakeEngine engine;
  Session session{engine, {}};
  OpenSession() {
    session.apply(OpenSources{some_sources()});
    settle(session);
  }
  /// Engine settings first, then open.
  template <typename Prepare>
  explicit OpenSession(Prepare prepare) {
    prepare(engine);
    session.apply(OpenSources{some_sources()});
    settle(session);
  }
};

}  // namespace tauscope::test
