// Catches the project's own exception, so that a test can look at each of its parts.
#pragma once

#include <stdexcept>

#include "core/base/error.h"

namespace tauscope::test {

/// The Error that `action` throws. Anything else that it throws passes through; nothing thrown is a failure.
template <class Action>
Error error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error("an Error was expected and none was thrown");
}

}  // namespace tauscope::test
