// The report says what the tables say: asymmetry where it is, none where both gradients change alike.
#include "core/report/findings.h"

#include "core/report/report_text.h"
#include "tests/core/report/synthetic_tables.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

StudentFinding finding_of(const SyntheticStudent& student, const SyntheticSpec& spec = {}) {
  const AnalysisTables tables = synthetic_tables({student}, spec);
  const TableView view(tables);
  return findings_of(view).at(0);
}

GradientChange change(double cosine, double share_at_one, double share, double ratio = 1) {
  GradientChange c;
  c.cosine = cosine;
  c.share_at_one = share_at_one;
  c.share = share;
  c.ratio = ratio;
  return c;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what happens to one gradient gets its name") {
  CHECK(kind_of(change(0.5, 0.2, 0.6)) == ChangeKind::enriched);
  CHECK(kind_of(change(0.5, 0.2, 0.21)) == ChangeKind::turned);
  CHECK(kind_of(change(0.97, 0.2, 0.6, 0.3)) == ChangeKind::rescaled);
  CHECK(kind_of(change(0.97, 0.2, 0.2, 3.0)) == ChangeKind::rescaled);
  CHECK(kind_of(change(0.97, 0.2, 0.2, 1.02)) == ChangeKind::unchanged);
}

TEST_CASE("two gradients are compared in both measures") {
  CHECK(compare(change(0.5, 0.2, 0.6), change(0.97, 0.2, 0.22)) == Asymmetry::visible);
  CHECK(compare(change(0.20, 0.20, 0.81), change(0.22, 0.25, 0.82)) == Asymmetry::alike);
  CHECK(compare(change(0.99, 0.2, 0.2), change(0.99, 0.2, 0.2)) == Asymmetry::alike);
  CHECK(compare(change(0.4, 0.2, 0.6), change(0.7, 0.2, 0.4)) == Asymmetry::forward_more);
  CHECK(compare(change(0.97, 0.2, 0.22), change(0.5, 0.2, 0.6)) == Asymmetry::reverse_more);
  CHECK(compare(change(0.4, 0.2, 0.3), change(0.7, 0.2, 0.6)) == Asymmetry::mixed);
}

TEST_CASE("a student with the asymmetry is described as such, from tau 4 on") {
  const StudentFinding finding = finding_of(asymmetric_student("s"));
  REQUIRE(finding.taus.size() == 4);  // 0.5, 2, 4, 8
  CHECK(finding.taus[2].tau == 4);
  CHECK(finding.taus[2].asymmetry == Asymmetry::visible);
  CHECK(finding.taus[3].asymmetry == Asymmetry::visible);
  const auto text = detail::describe(finding);
  CHECK(contains(text.headline, "The asymmetry is visible at τ = 4 and 8"));
  CHECK(contains(text.headline, "forward-KL gradient turns towards non-dominant tokens"));
  CHECK(contains(text.headline, "At τ = 2 the forward-KL gradient changes more"));
  REQUIRE(text.rows.size() == 8);
  REQUIRE(text.header.size() == 6);
  CHECK(text.rows[6] == std::vector<std::string>{"8", "forward KL", "0.641", "0.2 → 0.582", "0.169",
                                                 "turned to non-dominant tokens"});
  CHECK(text.rows[7] ==
        std::vector<std::string>{"8", "reverse KL", "0.972", "0.202 → 0.216", "0.18", "mainly rescaled"});
  CHECK(text.note.empty());
}

TEST_CASE("a student whose gradients change alike is not given an asymmetry") {
  const auto text = detail::describe(finding_of(symmetric_student("s")));
  CHECK(contains(text.headline, "The asymmetry is not visible at any of τ = 2, 4 and 8"));
  CHECK_FALSE(contains(text.headline, "asymmetry is visible"));
}

TEST_CASE("the opposite contrast is called that") {
  SyntheticStudent student = asymmetric_student("s");
  std::swap(student.fkl_cosine, student.rkl_cosine);
  std::swap(student.fkl_share, student.rkl_share);
  const auto text = detail::describe(finding_of(student));
  CHECK(contains(text.headline, "the opposite one"));
  CHECK_FALSE(contains(text.headline, "asymmetry is visible"));
}

TEST_CASE("where the tables cannot tell, the text says so") {
  SyntheticSpec spec;
  spec.taus = {0.5, 1};
  CHECK(contains(detail::describe(finding_of(asymmetric_student("s"), spec)).headline, "cannot be said"));
  spec.taus = {2, 4};
  CHECK(contains(detail::describe(finding_of(asymmetric_student("s"), spec)).headline, "cannot be said"));

  AnalysisTables tables = synthetic_tables({asymmetric_student("s")});
  std::erase_if(tables.summary, [](const SummaryRow& r) { return r.quantity == "rkl_nd_share_l1"; });
  const TableView view(tables);
  CHECK(findings_of(view).at(0).taus.empty());
  CHECK(contains(detail::describe(findings_of(view).at(0)).headline, "cannot be said"));
}

TEST_CASE("the 1 of a grid of temperatures may carry a rounding error") {
  SyntheticSpec spec;
  spec.taus = {0.5, 1 - 1e-15, 2, 4};
  const StudentFinding finding = finding_of(symmetric_student("s"), spec);
  REQUIRE(finding.taus.size() == 3);
  CHECK(finding.taus[1].tau == 2);
}

TEST_CASE("medians that tell another story are mentioned") {
  AnalysisTables tables = synthetic_tables({asymmetric_student("s")});
  for (SummaryRow& row : tables.summary)
    if (row.quantity == "fkl_grad_cos_tau1" || row.quantity == "fkl_nd_share_l1")
      row.median = row.quantity == "fkl_grad_cos_tau1" ? 0.99 : 0.2;
  const TableView view(tables);
  const auto text = detail::describe(findings_of(view).at(0));
  CHECK(contains(text.note, "With medians in place of means the wording would differ at τ = "));
}

TEST_CASE("numbers are short and keep their meaning") {
  using detail::short_number;
  CHECK(short_number(0.03123) == "0.0312");
  CHECK(short_number(1.0) == "1");
  CHECK(short_number(0.2) == "0.2");
  CHECK(short_number(12345) == "12345");
  CHECK(short_number(-0.5) == "−0.5");
  CHECK(short_number(0.0000123) == "1.23×10⁻⁵");
  CHECK(short_number(1e-9) == "10⁻⁹");
  CHECK(short_number(NAN) == "–");
  CHECK(short_number(INFINITY) == "∞");
  CHECK(short_number(0) == "0");
}
