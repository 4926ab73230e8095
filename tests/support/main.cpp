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
