// Commands and view state as JSON: both ways, and what is refused.
#include "app/session/command.h"
#include "core/base/error.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

/// One value of every alternative, made by its default constructor.
template <std::size_t... index>
std::vector<Command> one_of_each(std::index_sequence<index...>) {
  return {Command(std::in_place_index<index>)...};
}

std::string refusal(const std::string& text) {
  try {
    command_from_json(parse_json(text, "script.jsonl:3"), "script.jsonl:3");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every command survives the way to JSON and back") {
  for (const Command& command : one_of_each(std::make_index_sequence<std::variant_size_v<Command>>())) {
    const Json json = command_to_json(command);
    const Command back = command_from_json(parse_json(json.dump(), "line"), "line");
    INFO(json.dump());
    CHECK(back.index() == command.index());
    CHECK(command_to_json(back) == json);
  }
  const Command tau = command_from_json(parse_json(R"({"command": "set_tau", "tau": 2.5})", "line"), "line");
  CHECK(std::get<SetTau>(tau).tau == 2.5);
}

TEST_CASE("a zoom keeps its limits, and only those it has") {
  const ZoomPlot zoom{"curves", 2, {0.25, std::nullopt, std::nullopt, 7}};
  const Command back = command_from_json(parse_json(command_to_json(zoom).dump(), "line"), "line");
  CHECK(std::get<ZoomPlot>(back).plot == "curves");
  CHECK(std::get<ZoomPlot>(back).panel == 2);
  CHECK(std::get<ZoomPlot>(back).zoom == zoom.zoom);
  CHECK(refusal(R"({"command": "zoom_plot", "plot": "curves", "x_low": "a"})").find("x_low") !=
        std::string::npos);
}

TEST_CASE("scripts with mistakes are refused with file, line and field") {
  CHECK(refusal(R"({"command": "set_tua", "tau": 2})").find("set_tau") != std::string::npos);
  CHECK(refusal(R"({"command": "set_tau", "tau": 0})").find("0.1 to 20") != std::string::npos);
  CHECK(refusal(R"({"command": "set_tau", "tau": "two"})").find("tau") != std::string::npos);
  CHECK(refusal(R"({"command": "set_tau", "value": 2})").find("value") != std::string::npos);
  CHECK(refusal(R"({"tau": 2})").find("command") != std::string::npos);
  CHECK(refusal(R"([1])").find("script.jsonl:3") != std::string::npos);

  const test::TemporaryFolder folder;
  test::write_text(folder / "script.jsonl",
                   "# a comment\n\n{\"command\": \"set_tau\", \"tau\": 4}\n{\"command\": \"quit\"}\n");
  const auto script = read_script((folder / "script.jsonl").string());
  REQUIRE(script.size() == 2);
  CHECK(script[0].number == 3);
  test::write_text(folder / "bad.jsonl", "{\"command\": \"quit\"}\n{\"command\"\n");
  CHECK_THROWS_WITH(read_script((folder / "bad.jsonl").string()), Catch::Contains("bad.jsonl:2"));
  test::write_text(folder / "bad.jsonl", "{\"command\": \"fly\"}\n{\"command\"\n{\"command\": \"quit\"}\n");
  std::vector<std::string> refused;
  const auto rest = read_script((folder / "bad.jsonl").string(),
                                [&](const Error& error) { refused.push_back(error.what()); });
  REQUIRE(refused.size() == 2);
  CHECK(refused[0].find("fly") != std::string::npos);
  CHECK(refused[1].find("bad.jsonl:2") != std::string::npos);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].number == 3);
}

TEST_CASE("a view is read back as it was written, and nothing unknown is taken") {
  ViewState view;
  view.tau = 3.5;
  view.pinned = 12;
  view.curve_scope = CurveScope::data;
  view.dominant = {DominantSpec::Kind::threshold, 0.01};
  view.objective_a = {"jsd", "beta=0.1"};
  view.plots["curves"].zoom[3] = {0.5, 8, std::nullopt, std::nullopt};
  view.plots["curves"].hidden = {"forward KL", "τ \"quoted\""};
  view.plots["heat_map"].hidden = {"x"};
  CHECK(view_from_json(parse_json(view_to_json(view).dump(), "f"), "f") == view);
  CHECK_THROWS_WITH(view_from_json(parse_json(R"({"plots": {"a": {"zoom": {"0": {"x": 1}}}}})", "f"), "f"),
                    Catch::Contains("plots.a.zoom.0.x"));
  CHECK_THROWS_AS(view_from_json(parse_json(R"({"plots": {"a": {"zoom": {"-1": {}}}}})", "f"), "f"), Error);
  CHECK_THROWS_AS(view_from_json(parse_json(R"({"plots": {"a": {"hidden": [1]}}})", "f"), "f"), Error);
  CHECK(view_from_json(Json::object(), "f") == ViewState{});
  CHECK_THROWS_AS(view_from_json(parse_json(R"({"tau": 1, "colour": 3})", "f"), "f"), Error);
  CHECK_THROWS_AS(view_from_json(parse_json(R"({"top_k": 3})", "f"), "f"), Error);
  CHECK_THROWS_WITH(view_from_json(parse_json(R"({"colour_by": "gone"})", "f"), "f"),
                    Catch::Contains("colour_by"));
  CHECK_THROWS_WITH(view_from_json(parse_json(R"({"objective_b": "gone"})", "f"), "f"),
                    Catch::Contains("objective_b"));
  CHECK_THROWS_AS(view_from_json(parse_json(R"({"marked": [1, -2]})", "f"), "f"), Error);
}
