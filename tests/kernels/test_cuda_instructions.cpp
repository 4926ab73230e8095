// Instructions per pair of logits in the compiled CUDA kernels (sm_90), held against the figures in
// tests/bench/README.md: what a device would spend on a token that is in shared memory, known without one.
// Counted are the loops that the compiler unrolled, whole; a branch that is not taken counts too.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/kernels/sass.h"
#include "tests/support/catch.h"

namespace tauscope::test {
namespace {

enum class Pass { scan, sums, writing };

struct Expected {
  const char* cubin;
  const char* kernel;  ///< part of the mangled name
  const char* label;
  Pass pass;
  int exponentials;     ///< of one pair; not of the scan
  double instructions;  ///< of one pair
};

constexpr Expected table[] = {
    {"fast", "FormatE0ELi1E", "fast, float32", Pass::scan, 0, 7.375},
    {"fast", "FormatE2ELi1E", "fast, bfloat16", Pass::scan, 0, 9.375},
    {"gradient", "FormatE0ELb1ELb1E", "FKL gradient and loss, float32", Pass::scan, 0, 7.375},
    {"gradient", "FormatE2ELb1ELb1E", "FKL gradient and loss, bfloat16", Pass::scan, 0, 9.375},
    {"fast", "FormatE0ELi1E", "fast, float32, 1 tau", Pass::sums, 2, 34.5},
    {"fast", "FormatE0ELi2E", "fast, float32, 2 tau", Pass::sums, 2, 46.5},
    {"fast", "FormatE0ELi4E", "fast, float32, 4 tau", Pass::sums, 2, 70.5},
    {"fast", "FormatE2ELi1E", "fast, bfloat16, 1 tau", Pass::sums, 2, 36.5},
    {"fast", "FormatE2ELi2E", "fast, bfloat16, 2 tau", Pass::sums, 2, 48.5},
    {"fast", "FormatE2ELi4E", "fast, bfloat16, 4 tau", Pass::sums, 2, 72.5},
    {"gradient", "FormatE0ELb1ELb1E", "FKL gradient and loss, float32", Pass::sums, 2, 57.75},
    {"gradient", "FormatE0ELb1ELb1E", "FKL gradient and loss, float32", Pass::writing, 2, 68.75},
    {"gradient", "FormatE2ELb1ELb1E", "FKL gradient and loss, bfloat16", Pass::sums, 2, 59.75},
    {"gradient", "FormatE2ELb1ELb1E", "FKL gradient and loss, bfloat16", Pass::writing, 2, 70.75},
    {"gradient", "FormatE0ELb0ELb1E", "RKL gradient and loss, float32", Pass::sums, 2, 58.75},
    {"gradient", "FormatE0ELb0ELb1E", "RKL gradient and loss, float32", Pass::writing, 2, 74.5},
    {"gradient", "FormatE2ELb0ELb1E", "RKL gradient and loss, bfloat16", Pass::sums, 2, 60.75},
    {"gradient", "FormatE2ELb0ELb1E", "RKL gradient and loss, bfloat16", Pass::writing, 2, 76.5},
    {"gradient", "FormatE0ELb0ELb0E", "RKL gradient, float32", Pass::sums, 1, 32.5},
    {"gradient", "FormatE0ELb0ELb0E", "RKL gradient, float32", Pass::writing, 1, 39.5},
    {"gradient", "FormatE2ELb0ELb0E", "RKL gradient, bfloat16", Pass::sums, 1, 34.5},
    {"gradient", "FormatE2ELb0ELb0E", "RKL gradient, bfloat16", Pass::writing, 1, 41.5},
};

/// The kernels of the objectives, in double, are not unrolled: an innermost loop is a pair. Counted are the
/// most expensive of its loops of either kind; what sums and writes less (the scan, the label's) stays below.
struct ExpectedObjective {
  const char* kernel;  ///< part of the mangled name
  const char* label;
  int sums, writing;
};

constexpr ExpectedObjective objective_table[] = {
    {"9ForwardKlE", "fkl", 157, 248},
    {"9ReverseKlE", "rkl", 157, 257},
    {"8JeffreysE", "jeffreys", 159, 249},
    {"3JsdE", "jsd", 612, 634},
    {"3SklE", "skl", 620, 425},
    {"4SrklE", "srkl", 664, 752},
    {"3TvdE", "tvd", 154, 210},
    {"2AbE", "ab", 325, 338},
    {"3AklE", "akl", 170, 249},
    {"4TodiE", "todi", 201, 321},
    {"3DkdE", "dkd", 159, 241},
    {"4EopdE", "eopd", 157, 260},
    {"3MseE", "mse", 72, 109},
    {"8ZscoreKlE", "zscore-kl", 161, 257},
    {"2CeE", "ce", 71, 133},
};

/// Of the loops that compute in double, the largest of a kind.
int largest_loop(const std::vector<SassLoop>& loops, Pass pass) {
  constexpr int fewest_doubles = 17;  // what adds up the warps' sums has 16
  int largest = 0;
  for (const SassLoop& loop : loops) {
    if (loop.doubles >= fewest_doubles && (loop.stores > 0) == (pass == Pass::writing))
      largest = std::max(largest, loop.instructions);
  }
  return largest;
}

/// The scan comes first and reads eight pairs from shared memory at a time; 0 where there is no such loop.
double instructions_of_scan(const std::vector<SassLoop>& loops) {
  const auto scan = std::find_if(loops.begin(), loops.end(), [](const SassLoop& loop) {
    return loop.shared_loads == 16 && loop.exponentials == 0 && loop.doubles == 0 && loop.stores == 0;
  });
  return scan == loops.end() ? 0 : scan->instructions / 8.0;
}

/// The fewest instructions a pair among the kernel's unrolled loops of this kind; 0 where there are none.
double instructions_per_pair(const std::vector<SassLoop>& loops, const Expected& expected) {
  if (expected.pass == Pass::scan) return instructions_of_scan(loops);
  double best = 0;
  for (const SassLoop& loop : loops) {
    const bool writes = loop.stores > 0;
    if (loop.exponentials < 4 * expected.exponentials || writes != (expected.pass == Pass::writing)) continue;
    const double each = static_cast<double>(loop.instructions) * expected.exponentials / loop.exponentials;
    if (best == 0 || each < best) best = each;
  }
  return best;
}

#ifdef TAUSCOPE_CUDA_CUBINS
constexpr const char *cubin_folder = TAUSCOPE_CUDA_CUBINS, *compiler = TAUSCOPE_CUDA_COMPILER;
#else
constexpr const char *cubin_folder = "", *compiler = "";
#endif

/// Why nothing can be counted here; empty where it can.
std::string obstacle() {
  const std::string folder = cubin_folder, version = compiler;
  if (folder.empty()) return "needs nvcc: this build has no CUDA kernels to count the instructions of";
  return version == "13.0" ? "" : "the recorded figures are those of nvcc 13.0, not of " + version;
}

void check_count(const char* label, Pass pass, double found, double recorded) {
  const char* const name = pass == Pass::writing ? "writing" : pass == Pass::scan ? "scan" : "sums";
  INFO(label << ", " << name << ": " << found << " instructions a pair, " << recorded << " recorded");
  CHECK(found <= recorded * 1.05);
  CHECK(found >= recorded * 0.95);  // better: record it
  if (std::getenv("TAUSCOPE_PRINT_INSTRUCTIONS") != nullptr)
    std::printf("| %s | %s | %.1f |\n", label, name, found);
}

}  // namespace

TEST_CASE("the CUDA kernels' instructions per pair are the recorded ones") {
  if (!obstacle().empty()) TS_SKIP(obstacle());
  const std::string folder = cubin_folder;
  for (const Expected& expected : table) {
    const auto kernels = sass_loops(folder + "/" + expected.cubin + ".cubin");
    double found = 0;
    for (const auto& [name, loops] : kernels) {
      if (name.find(expected.kernel) != std::string::npos) found = instructions_per_pair(loops, expected);
    }
    check_count(expected.label, expected.pass, found, expected.instructions);
  }
}

TEST_CASE("the CUDA objectives' instructions per pair are the recorded ones") {
  if (!obstacle().empty()) TS_SKIP(obstacle());
  const std::string folder = cubin_folder;
  const auto kernels = sass_loops(folder + "/objective.cubin");
  CHECK(kernels.size() == std::size(objective_table));
  for (const ExpectedObjective& expected : objective_table) {
    int sums = 0, writing = 0;
    for (const auto& [name, loops] : kernels) {
      if (name.find(expected.kernel) == std::string::npos) continue;
      sums = largest_loop(loops, Pass::sums);
      writing = largest_loop(loops, Pass::writing);
    }
    check_count(expected.label, Pass::sums, sums, expected.sums);
    check_count(expected.label, Pass::writing, writing, expected.writing);
  }
}

TEST_CASE("a file that is no cubin is refused") {
  const TemporaryFolder folder;
  write_text(folder / "text.cubin", std::string(100, 'x'));
  CHECK_THROWS_AS(sass_loops(folder / "text.cubin"), std::runtime_error);
  CHECK_THROWS_AS(sass_loops(folder / "absent.cubin"), std::runtime_error);
}

}  // namespace tauscope::test
