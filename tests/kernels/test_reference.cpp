// The oracle's own checks, by means that share nothing with it: 60-digit figures, and finite differences.
#include <fstream>
#include <map>
#include <sstream>

#include "kernels/distribution.h"
#include "tests/kernels/rows.h"
#include "tests/kernels/tested.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

struct GoldenRow {
  StatisticsSpec spec;
  std::int64_t target = -1;
  std::vector<float> teacher, student;
  std::vector<std::map<std::string, double>> values;  // per tau
};

std::vector<float> read_floats(std::istringstream& line) {
  std::vector<float> values;
  for (std::string word; line >> word;)
    values.push_back(std::strtof(word.c_str(), nullptr));
  return values;
}

/// tests/golden/make_kernel_statistics.py says how the file is laid out.
std::vector<GoldenRow> read_golden() {
  std::ifstream file(source_path("tests/golden/kernel_statistics.txt"));
  std::vector<GoldenRow> rows;
  for (std::string text; std::getline(file, text) && text != "end";) {
    std::istringstream line(text);
    std::string word;
    line >> word;
    if (word == "row") {
      GoldenRow& row = rows.emplace_back();
      std::size_t vocab = 0;
      std::string scaling, kind;
      line >> vocab >> scaling >> kind >> row.spec.dominant.value >> row.spec.overlap_k >> row.target;
      row.spec.tau_scaling = scaling == "none" ? TauScaling::none : TauScaling::squared;
      row.spec.dominant.kind = kind == "top_k"       ? DominantSpec::Kind::top_k
                               : kind == "threshold" ? DominantSpec::Kind::threshold
                                                     : DominantSpec::Kind::nucleus;
    } else if (word == "teacher") {
      rows.back().teacher = read_floats(line);
    } else if (word == "student") {
      rows.back().student = read_floats(line);
    } else if (word == "tau") {
      line >> rows.back().spec.taus.emplace_back();
      rows.back().values.emplace_back();
    } else {
      std::string value;
      line >> value;
      rows.back().values.back()[word] = std::strtod(value.c_str(), nullptr);
    }
  }
  return rows;
}

StatisticsInput one_row(const std::vector<float>& teacher, const std::vector<float>& student,
                        const std::int64_t& target) {
  return {{teacher.data(), 1, teacher.size(), teacher.size()},
          {student.data(), 1, student.size(), student.size()},
          {&target, 1}};
}

}  // namespace

TEST_CASE("every exact variant agrees with 60-digit figures") {
  const std::vector<GoldenRow> rows = read_golden();
  REQUIRE(rows.size() == 12);
  for (const KernelVariant* variant : tested_variants()) {
    if (variant->mode() != "exact" || !variant->supported()) continue;
    // The reference must be far better than the bound that the others are held to.
    const double bound = variant->name() == "reference" ? 1e-9 : 1e-5;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const GoldenRow& row = rows[r];
      const auto out = run(*variant, one_row(row.teacher, row.student, row.target), row.spec);
      for (std::size_t k = 0; k < row.spec.taus.size(); ++k) {
        REQUIRE(row.values[k].size() == statistics_columns().size());
        for (const StatisticsColumn& column : statistics_columns()) {
          INFO(variant->name() << " row " << r << " tau " << row.spec.taus[k]);
          CHECK(difference(column.name, row.values[k].at(column.name), out[k].*column.member, bound) == "");
        }
      }
    }
  }
}

TEST_CASE("gradients are what finite differences of the divergences say") {
  // Logits on a grid of 2^-12 and steps of 2^-6 and 2^-7 are exact in float32. The central difference errs by
  // h^2/6 D'''; Richardson's combination of two steps leaves about h^4 D''''' / 30 / tau^5 ~ 1e-8, tau^2
  // included.
  const std::size_t vocab = 9;
  PairRows pairs = make_pairs(PairKind::moderate, 1, vocab, 5);
  const auto snap = [](float x) { return std::nearbyint(x * 4096) / 4096; };
  for (float& x : pairs.teacher)
    x = snap(x);
  for (float& x : pairs.student)
    x = snap(x);
  const KernelVariant& reference = *find_kernel_variant("reference");
  StatisticsSpec spec;
  for (const double tau : {0.7, 1.0, 3.0}) {
    spec.taus = {tau};
    const auto at = [&](std::size_t j, double step) {
      std::vector<float> student = pairs.student;
      student[j] += static_cast<float>(step);
      return run(reference, one_row(pairs.teacher, student, pairs.targets[0]), spec)[0];
    };
    const auto slope = [&](std::size_t j, double RowStatistics::*loss) {
      const auto central = [&](double h) { return (at(j, h).*loss - at(j, -h).*loss) / (2 * h); };
      return tau * tau * (4 * central(1.0 / 128) - central(1.0 / 64)) / 3;
    };
    RowVectors vectors;
    const StatisticsInput input = pairs.input();
    REQUIRE(row_vectors(input.teacher, input.student, 0, tau, TauScaling::squared, vectors));
    double fkl_l1 = 0, rkl_l1 = 0, fkl_l2 = 0, rkl_l2 = 0, product = 0, target_part = 0;
    for (std::size_t j = 0; j < vocab; ++j) {
      const double fkl = slope(j, &RowStatistics::fkl), rkl = slope(j, &RowStatistics::rkl);
      CHECK(vectors.fkl_gradient[j] == Approx(fkl).margin(1e-7));
      CHECK(vectors.rkl_gradient[j] == Approx(rkl).margin(1e-7));
      fkl_l1 += std::abs(fkl), rkl_l1 += std::abs(rkl), fkl_l2 += fkl * fkl, rkl_l2 += rkl * rkl,
          product += fkl * rkl;
      if (static_cast<std::int64_t>(j) == pairs.targets[0]) target_part = std::abs(rkl);
    }
    const RowStatistics cell =
        run(reference, one_row(pairs.teacher, pairs.student, pairs.targets[0]), spec)[0];
    CHECK(cell.fkl_grad_l1 == Approx(fkl_l1).epsilon(1e-6));
    CHECK(cell.rkl_grad_l1 == Approx(rkl_l1).epsilon(1e-6));
    CHECK(cell.fkl_grad_l2 == Approx(std::sqrt(fkl_l2)).epsilon(1e-6));
    CHECK(cell.rkl_grad_l2 == Approx(std::sqrt(rkl_l2)).epsilon(1e-6));
    CHECK(cell.grad_cosine == Approx(product / std::sqrt(fkl_l2 * rkl_l2)).epsilon(1e-6));
    CHECK(cell.rkl_target_share_l1 == Approx(target_part / rkl_l1).epsilon(1e-6));
  }
}
