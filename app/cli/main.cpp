#include "app/cli/command.h"

int main(int argc, char** argv) {
  return tauscope::run_cli(argc, argv);
}
