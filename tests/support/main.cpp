#define CATCH_CONFIG_RUNNER
#include "tests/support/catch.h"

namespace tauscope::test {
extern bool any_skip;
}

int main(int argc, char** argv) {
  const int failures = Catch::Session().run(argc, argv);
  if (failures != 0) return failures == 77 ? 1 : failures;  // 77 is reserved for "skipped"
  return tauscope::test::any_skip ? 77 : 0;
}

// Fontconfig and cairo keep caches to the end of the process; LeakSanitizer counts them as ours.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: LeakSanitizer's name
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig.so\nleak:libcairo.so\n";
}

// Libraries that were not built for ThreadSanitizer: their own locks are invisible to it.
extern "C" const char* __tsan_default_suppressions();  // NOLINT: ThreadSanitizer's name
extern "C" const char* __tsan_default_suppressions() {
  return "race:libfontconfig.so\nrace:libpangoft2-1.0.so\nrace:libglib-2.0.so\n";
}
