// Properties of the definitions that hold whatever the numbers are, on every variant.
#include <cmath>

#include "tests/kernels/rows.h"
#include "tests/kernels/tested.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

template <typename F>
void for_each_cell(std::initializer_list<PairKind> kinds, const std::vector<double>& taus, F check) {
  StatisticsSpec spec;
  spec.taus = taus;
  for (const KernelVariant* variant : tested_variants()) {
    for (const PairKind kind : kinds) {
      const PairRows pairs = make_pairs(kind, 6, 120, 21);
      const auto cells = run(*variant, pairs.input(), spec);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        INFO(variant->name() << ", " << pair_kind_name(kind) << ", row " << i / taus.size() << ", tau "
                             << taus[i % taus.size()]);
        check(*variant, cells[i], taus[i % taus.size()], pairs.targets[i / taus.size()] >= 0);
      }
    }
  }
}

constexpr auto every_kind = {PairKind::near,     PairKind::very_near, PairKind::moderate,  PairKind::far,
                             PairKind::opposite, PairKind::flat,      PairKind::confident, PairKind::offset};

}  // namespace

TEST_CASE("divergences are bounded as they must be") {
  for_each_cell(
      every_kind, {0.05, 0.5, 1, 4, 100}, [](const KernelVariant&, const RowStatistics& c, double tau, bool) {
        CHECK(c.fkl >= 0);
        CHECK(c.rkl >= 0);
        CHECK(c.jsd >= 0);
        CHECK(c.jsd <= std::log(2.0) * (1 + 1e-6));
        CHECK(c.tvd <= 1 + 1e-6);
        // Pinsker, with room for the bound on both sides; JSD <= TVD ln 2.
        CHECK(2 * c.tvd * c.tvd <= std::min(c.fkl, c.rkl) * (1 + 1e-3) + 1e-30);
        CHECK(c.jsd <= c.tvd * std::log(2.0) * (1 + 1e-3) + 1e-30);
        CHECK(c.entropy_teacher <= std::log(120.0) * (1 + 1e-6));
        // The FKL gradient is tau (q - p): its L1 norm is 2 tau TVD.
        CHECK(c.fkl_grad_l1 == Approx(2 * tau * c.tvd).epsilon(2e-4));
        CHECK(c.fkl_grad_linf <= c.fkl_grad_l2 * (1 + 1e-6) + 1e-30);  // squares below 1e-308 are gone
        CHECK(c.fkl_grad_l2 <= c.fkl_grad_l1 * (1 + 1e-6) + 1e-30);
        // The gradient sums to 0, so no entry exceeds half of the L1 norm.
        CHECK(c.fkl_grad_linf <= c.fkl_grad_l1 / 2 * (1 + 1e-4));
        CHECK(c.rkl_grad_linf <= c.rkl_grad_l1 / 2 * (1 + 1e-4));
      });
}

TEST_CASE("forward KL plus teacher entropy is the cross entropy") {
  for_each_cell(every_kind, {0.05, 1, 4}, [](const KernelVariant&, const RowStatistics& c, double, bool) {
    CHECK(c.fkl + c.entropy_teacher == Approx(c.cross_entropy).epsilon(1e-4));
  });
}

TEST_CASE("target and non-target parts add up, both ways") {
  for_each_cell(every_kind, {0.05, 0.5, 1, 4, 100},
                [](const KernelVariant& variant, const RowStatistics& c, double, bool has_target) {
                  if (!has_target) return;
                  const double bound = variant.mode() == "fast" ? 2e-4 : 1e-6;
                  // Where p_y is near 1 the sum needs 1 - p_y better than a double of p_y holds it.
                  const double fkl = c.tckd + (1 - c.p_target) * c.nckd;
                  const double rkl = c.rkl_tckd + (1 - c.q_target) * c.rkl_nckd;
                  CHECK(fkl == Approx(c.fkl).epsilon(bound).margin(1e-15 * (1 + c.nckd)));
                  CHECK(rkl == Approx(c.rkl).epsilon(bound).margin(1e-15 * (1 + c.rkl_nckd)));
                  if (c.q_target > 1e-300) {  // below, the likelihood underflows and its logarithm does not
                    CHECK(c.nll_target == Approx(-std::log(c.q_target)).epsilon(bound).margin(1e-15));
                  }
                });
}

TEST_CASE("equal rows have no divergence and no gradient, to the last bit") {
  StatisticsSpec spec;
  spec.taus = {0.05, 1, 30};
  for (const KernelVariant* variant : tested_variants()) {
    PairRows pairs = make_pairs(PairKind::equal, 6, 333, 22);
    for (float& x : pairs.teacher)
      x = std::nearbyint(x * 256) / 256;  // so that an offset of 64 is exact
    for (const float offset : {0.0F, 64.0F}) {
      for (std::size_t j = 0; j < pairs.teacher.size(); ++j)
        pairs.student[j] = pairs.teacher[j] + offset;
      for (const RowStatistics& c : run(*variant, pairs.input(), spec)) {
        CHECK(c.fkl == 0);
        CHECK(c.rkl == 0);
        CHECK(c.jsd == 0);
        CHECK(c.tvd == 0);
        CHECK(c.fkl_grad_l2 == 0);
        CHECK(c.rkl_grad_l2 <= 1e-16 * 30);
        CHECK(std::isnan(c.grad_cosine));
        CHECK(std::isnan(c.fkl_effective_tokens));
        CHECK(std::isnan(c.fkl_nd_share_l1));
        CHECK(c.top1_agree == 1);
        CHECK(c.top_k_overlap == 1);
      }
    }
  }
}

TEST_CASE("a constant added to all logits of a row changes nothing") {
  StatisticsSpec spec;
  spec.taus = {0.1, 1, 10};
  for (const KernelVariant* variant : tested_variants()) {
    PairRows pairs = make_pairs(PairKind::moderate, 3, 150, 23);
    const auto exact_grid = [](float x) { return std::nearbyint(x * 256) / 256; };
    for (float& x : pairs.teacher)
      x = exact_grid(x);
    for (float& x : pairs.student)
      x = exact_grid(x);
    const auto before = run(*variant, pairs.input(), spec);
    for (float& x : pairs.teacher)
      x -= 64;
    for (float& x : pairs.student)
      x += 8192;
    const auto after = run(*variant, pairs.input(), spec);
    for (std::size_t i = 0; i < before.size(); ++i) {
      INFO(variant->name());
      CHECK(first_difference(before[i], after[i], variant->mode() == "fast" ? 1e-4 : 1e-9) == "");
    }
  }
}

TEST_CASE("at a high temperature both gradients tend to the centred logits over V") {
  // Hinton et al. 2015: with tau^2 both tend to (z_S - mean) / V - (z_T - mean) / V; the first correction is
  // of order max|z| / tau, about 1e-2 here.
  const PairRows pairs = make_pairs(PairKind::moderate, 3, 100, 24);
  StatisticsSpec spec;
  spec.taus = {1000};
  for (const KernelVariant* variant : tested_variants()) {
    const auto cells = run(*variant, pairs.input(), spec);
    for (std::size_t r = 0; r < 3; ++r) {
      double mean = 0, square = 0;
      for (std::size_t j = 0; j < 100; ++j)
        mean += (pairs.student[r * 100 + j] - pairs.teacher[r * 100 + j]) / 100;
      for (std::size_t j = 0; j < 100; ++j) {
        const double d = (pairs.student[r * 100 + j] - pairs.teacher[r * 100 + j] - mean) / 100;
        square += d * d;
      }
      INFO(variant->name());
      CHECK(cells[r].fkl_grad_l2 == Approx(std::sqrt(square)).epsilon(0.02));
      CHECK(cells[r].rkl_grad_l2 == Approx(std::sqrt(square)).epsilon(0.02));
      CHECK(cells[r].grad_cosine == Approx(1).epsilon(1e-3));
      CHECK(cells[r].grad_l2_ratio == Approx(1).epsilon(0.02));
    }
  }
}

TEST_CASE("swapping teacher and student swaps the directions") {
  StatisticsSpec spec;
  spec.taus = {0.3, 1, 4};
  for (const KernelVariant* variant : tested_variants()) {
    const PairRows pairs = make_pairs(PairKind::far, 4, 90, 25);
    StatisticsInput swapped = pairs.input();
    std::swap(swapped.teacher, swapped.student);
    const auto a = run(*variant, pairs.input(), spec), b = run(*variant, swapped, spec);
    const double bound = relative_bound(*variant, 1);
    for (std::size_t i = 0; i < a.size(); ++i) {
      INFO(variant->name());
      CHECK(difference("fkl", a[i].fkl, b[i].rkl, bound) == "");
      CHECK(difference("jsd", a[i].jsd, b[i].jsd, bound) == "");
      CHECK(difference("tvd", a[i].tvd, b[i].tvd, bound) == "");
      CHECK(difference("tckd", a[i].tckd, b[i].rkl_tckd, bound) == "");
      CHECK(difference("nckd", a[i].nckd, b[i].rkl_nckd, bound) == "");
      CHECK(difference("entropy", a[i].entropy_teacher, b[i].entropy_student, bound) == "");
      CHECK(difference("rank", a[i].rank_target_teacher, b[i].rank_target_student, 0) == "");
    }
  }
}

TEST_CASE("the two scalings differ by tau squared, and at tau = 1 a gradient equals itself") {
  StatisticsSpec squared, plain;
  squared.taus = plain.taus = {0.25, 1, 8};
  plain.tau_scaling = TauScaling::none;
  for (const KernelVariant* variant : tested_variants()) {
    const PairRows pairs = make_pairs(PairKind::moderate, 3, 90, 26);
    const auto a = run(*variant, pairs.input(), squared), b = run(*variant, pairs.input(), plain);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double tau = squared.taus[i % 3];
      INFO(variant->name() << " tau " << tau);
      CHECK(a[i].fkl == b[i].fkl);
      CHECK(a[i].fkl_grad_l2 == Approx(tau * tau * b[i].fkl_grad_l2).epsilon(1e-12));
      CHECK(a[i].rkl_grad_l1 == Approx(tau * tau * b[i].rkl_grad_l1).epsilon(1e-12));
      CHECK(a[i].rkl_grad_ratio_tau1 == Approx(tau * tau * b[i].rkl_grad_ratio_tau1).epsilon(1e-12));
      CHECK(a[i].grad_cosine == Approx(b[i].grad_cosine).epsilon(1e-12));
      CHECK(a[i].fkl_nd_share_l2 == Approx(b[i].fkl_nd_share_l2).epsilon(1e-12));
      if (tau != 1) continue;
      CHECK(a[i].fkl_grad_cos_tau1 == Approx(1).epsilon(1e-6));
      CHECK(a[i].rkl_grad_cos_tau1 == Approx(1).epsilon(1e-6));
      CHECK(a[i].fkl_grad_ratio_tau1 == Approx(1).epsilon(1e-6));
      CHECK(a[i].rkl_grad_ratio_tau1 == Approx(1).epsilon(1e-6));
    }
  }
}

TEST_CASE("two tokens: every figure in closed form") {
  // Logits (x, 0) against (y, 0): p = sigmoid(x/tau), q = sigmoid(y/tau).
  const double tau = 1.5, x = 1.25, y = -0.5;
  const float teacher[] = {1.25F, 0}, student[] = {-0.5F, 0};
  const std::int64_t target = 0;
  const StatisticsInput input{{teacher, 1, 2, 2}, {student, 1, 2, 2}, {&target, 1}};
  StatisticsSpec spec;
  spec.taus = {tau};
  const double p = 1 / (1 + std::exp(-x / tau)), q = 1 / (1 + std::exp(-y / tau));
  const double fkl = p * std::log(p / q) + (1 - p) * std::log((1 - p) / (1 - q));
  for (const KernelVariant* variant : tested_variants()) {
    const RowStatistics c = run(*variant, input, spec)[0];
    const double bound = relative_bound(*variant, tau);
    INFO(variant->name());
    CHECK(c.fkl == Approx(fkl).epsilon(bound));
    CHECK(c.tckd == Approx(fkl).epsilon(bound));
    CHECK(c.nckd == 0);
    CHECK(c.p_target == Approx(p).epsilon(bound));
    CHECK(c.fkl_grad_l1 == Approx(2 * tau * (p - q)).epsilon(bound));
    CHECK(c.rkl_grad_l2 == Approx(std::sqrt(2.0) * q * (1 - q) * (x - y)).epsilon(bound));
    CHECK(c.fkl_effective_tokens == Approx(2).epsilon(bound));
    CHECK(c.fkl_target_share_l1 == Approx(0.5).epsilon(bound));
    CHECK(c.rank_target_student == 2);
    CHECK(c.top1_agree == 0);
  }
}
