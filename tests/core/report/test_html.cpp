// The page: self-contained, nothing from data becomes markup, says what the tables say.
#include "core/report/html_report.h"

#include "core/report/html.h"
#include "tests/core/report/synthetic_tables.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

std::string page_of(const std::vector<SyntheticStudent>& students, Json manifest,
                    const SyntheticSpec& spec = {}) {
  SilentProgress progress;
  const AnalysisTables tables = synthetic_tables(students, spec);
  std::vector<NamedFigure> figures = analysis_figures(tables, manifest);
  figures.resize(std::min<std::size_t>(figures.size(), 2));
  return html_report(tables, manifest, figures, {"gradient_norm.pdf"}, progress);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

SyntheticSpec small() {
  SyntheticSpec spec;
  spec.positions = 4;
  return spec;
}

}  // namespace

TEST_CASE("the page states the finding of each student") {
  const std::vector<SyntheticStudent> students = {asymmetric_student("one"), symmetric_student("two")};
  const std::string page = page_of(students, synthetic_manifest(students), small());
  CHECK(contains(page, "The asymmetry is visible at τ = 4 and 8"));
  CHECK(contains(page, "The asymmetry is not visible at any of τ = 2, 4 and 8"));
  CHECK(page.find("<h3>one</h3>") < page.find("The asymmetry is visible"));
  CHECK(page.find("<h3>two</h3>") < page.find("The asymmetry is not visible"));
  CHECK(contains(page, "Scored positions: 2500, of 25 examples."));
  CHECK(contains(page, "they are not confidence intervals"));
  CHECK(contains(page, "sha256 " + std::string(64, 'a')));
  CHECK(contains(page, "tauscope analyze --teacher &#39;a teacher&#39;"));
  CHECK(contains(page, "Gradient norms over τ, one: median"));
  CHECK_FALSE(contains(page, "This analysis is partial"));
}

TEST_CASE("the page needs nothing from outside and has alternatives for pictures") {
  const std::vector<SyntheticStudent> students = {asymmetric_student("one")};
  const std::string page = page_of(students, synthetic_manifest(students), small());
  CHECK(page.rfind("<!DOCTYPE html>", 0) == 0);
  CHECK(contains(page, "<html lang=\"en\">"));
  CHECK(contains(page, "prefers-color-scheme: dark"));
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "http://"));
  CHECK_FALSE(contains(page, "https://"));
  CHECK(contains(page, "<a href=\"figures/gradient_norm.pdf\">pdf</a>"));
  CHECK_FALSE(contains(page, "gradient_norm.png"));
  std::size_t pictures = 0;
  for (std::size_t at = page.find("<img"); at != std::string::npos; at = page.find("<img", at + 1)) {
    ++pictures;
    CHECK(page.compare(at, 10, "<img src=\"") == 0);
    CHECK(page.find(" alt=\"", at) < page.find('>', at));
    CHECK(page.substr(page.find(" alt=\"", at) + 6, 1) != "\"");
  }
  CHECK(pictures == 2);
}

TEST_CASE("names from data stay text") {
  const std::string evil = "<script>alert(1)</script>\"'&\x01\xff\xE2\x80\xAE";
  SyntheticSpec spec = small();
  spec.categories = {evil, "plain"};
  const std::vector<SyntheticStudent> students = {asymmetric_student(evil)};
  Json manifest = synthetic_manifest({asymmetric_student("x")}, spec);
  manifest["source"]["teacher"]["name"] = "<img src=x onerror=alert(1)>";
  manifest["command"] = {"tauscope", "<b>"};
  manifest["warnings"] = {"<i>careful</i>", 3};
  manifest["spec"]["</dd>"] = "<u>";
  const std::string page = page_of(students, manifest, spec);
  for (const char* markup : {"<script", "<img src=x", "<b>", "<i>", "<u>"}) {
    INFO(markup);
    CHECK_FALSE(contains(page, markup));
  }
  CHECK(contains(
      page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\xEF\xBF\xBD&lt;0xFF&gt;\xEF\xBF\xBD"));
  CHECK(html_text("a\nb") == "a\nb");
}

TEST_CASE("partial work, warnings and odd counts are said") {
  const std::vector<SyntheticStudent> students = {symmetric_student("s")};
  Json manifest = synthetic_manifest(students);
  manifest["status"] = "partial";
  manifest["counts"]["infinite_divergences"] = 7;
  manifest["warnings"] = {"two prompts were odd"};
  manifest["spec"]["tau_scaling"] = "none";
  const std::string page = page_of(students, manifest, small());
  CHECK(contains(page, "This analysis is partial"));
  CHECK(contains(page, "7 values of a divergence are infinite"));
  CHECK(contains(page, "two prompts were odd"));
  CHECK(contains(page, "without the factor τ²: forward KL g = (q − p)/τ"));
}

TEST_CASE("empty tables and an empty manifest still give a page") {
  SilentProgress progress;
  const std::string page = html_report({}, Json(), {}, {}, progress);
  CHECK(contains(page, "</html>"));
}
