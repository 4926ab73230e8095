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

/// Each kernel of an objective has its loops twice: in float, four pairs of logits at a time, and in double,
/// one pair. Counted are the most expensive loops of either kind; what sums and writes less (the scan, the
/// normalisers, the label's) stays below.
struct ExpectedObjective {
  const char* kernel;  ///< part of the mangled name
  const char* label;
  double sums, writing;  ///< in float, of one pair
  int double_sums, double_writing;
};

constexpr ExpectedObjective objective_table[] = {
    {"9ForwardKlE", "fkl", 93.5, 108, 163, 192},
    {"9ReverseKlE", "rkl", 92.75, 108, 163, 192},
    {"8JeffreysE", "jeffreys", 96.5, 108.75, 165, 193},
    {"3JsdE", "jsd", 186.75, 149.25, 604, 568},
    {"3SklE", "skl", 189.75, 156.5, 632, 363},
    {"4SrklE", "srkl", 220.5, 219.75, 667, 693},
    {"3TvdE", "tvd", 91.75, 81.5, 160, 154},
    {"2AbE", "ab", 176.25, 146.5, 323, 279},
    {"3AklE", "akl", 95, 109.25, 158, 186},
    {"4TodiE", "todi", 120.25, 143.25, 212, 266},
    {"3DkdE", "dkd", 95.75, 109.75, 158, 187},
    {"4EopdE", "eopd", 93, 107.75, 163, 192},
    {"3MseE", "mse", 34, 61.75, 68, 104},
    {"8ZscoreKlE", "zscore-kl", 109.75, 130.25, 156, 190},
    {"2CeE", "ce", 34, 34.5, 68, 77},
};

enum class Precision { in_float, in_double };

/// Instructions of a pair in the largest loop of a kind.
double largest_loop(const std::vector<SassLoop>& loops, Precision precision, Pass pass) {
  constexpr int fewest_doubles = 17;  // what adds up the warps' sums has 16
  constexpr int pairs_at_once = 4;
  double largest = 0;
  for (const SassLoop& loop : loops) {
    if ((loop.stores > 0) != (pass == Pass::writing)) continue;
    const bool in_double = loop.doubles >= fewest_doubles && loop.doubles * 10 >= loop.instructions;
    if (precision == Precision::in_double && in_double) largest = std::max(largest, loop.instructions * 1.0);
    // Outside of loops of four, doubles are what sums end in.
    if (precision == Precision::in_float && loop.doubles * 10 < loop.instructions &&
        (pass == Pass::sums || loop.stores == pairs_at_once))
      largest = std::max(largest, loop.instructions * 1.0 / pairs_at_once);
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
    const auto found = std::find_if(kernels.begin(), kernels.end(), [&](const auto& kernel) {
      return kernel.first.find(expected.kernel) != std::string::npos;
    });
    REQUIRE(found != kernels.end());
    const auto check = [&](Precision precision, Pass pass, double recorded) {
      const std::string label =
          std::string(expected.label) + (precision == Precision::in_float ? ", float" : ", double");
      check_count(label.c_str(), pass, largest_loop(found->second, precision, pass), recorded);
    };
    check(Precision::in_float, Pass::sums, expected.sums);
    check(Precision::in_float, Pass::writing, expected.writing);
    check(Precision::in_double, Pass::sums, expected.double_sums);
    check(Precision::in_double, Pass::writing, expected.double_writing);
  }
}

TEST_CASE("a file that is no cubin is refused") {
  const TemporaryFolder folder;
  write_text(folder / "text.cubin", std::string(100, 'x'));
  CHECK_THROWS_AS(sass_loops(folder / "text.cubin"), std::runtime_error);
  CHECK_THROWS_AS(sass_loops(folder / "absent.cubin"), std::runtime_error);
}

}  // namespace tauscope::test
