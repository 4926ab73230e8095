// What the panels are made of: tables of actions and quantities, texts of tokens, scales, folders, the layout
// file.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <set>

#include "app/gui/colour_scale.h"
#include "app/gui/command_table.h"
#include "app/gui/folder_listing.h"
#include "app/gui/jobs_panel.h"
#include "app/gui/layout_file.h"
#include "app/gui/number_text.h"
#include "app/gui/open_path.h"
#include "app/gui/palette.h"
#include "app/gui/table_widget.h"
#include "app/gui/tau_slider.h"
#include "app/gui/token_strip.h"
#include "app/gui/token_text.h"
#include "app/gui/widgets.h"
#include "app/session/quantities.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;

namespace fs = std::filesystem;

TEST_CASE("panels: actions have unique names and shortcuts, a title and a help") {
  std::set<std::string> ids, titles, shortcuts;
  for (const Action& action : actions()) {
    INFO(action.id);
    CHECK(ids.insert(action.id).second);
    CHECK(titles.insert(std::string(menu_title(action.menu)) + action.title).second);
    if (action.shortcut.key != Key::none) CHECK(shortcuts.insert(shortcut_text(action.shortcut)).second);
    CHECK_FALSE(std::string(action.help).empty());
    CHECK(action.run);
    CHECK(find_action(action.id) == &action);
  }
  CHECK(shortcut_text(find_action("copy_command")->shortcut) == "Ctrl+Shift+C");
  CHECK(shortcut_text(find_action("next_example")->shortcut) == "PageDown");
  CHECK(find_action("no such action") == nullptr);
}

TEST_CASE("panels: every key has a code of its own") {
  std::set<int> codes;
  for (int k = 1; k <= static_cast<int>(Key::z); ++k)
    CHECK(codes.insert(native_key(static_cast<Key>(k))).second);
  CHECK(native_key(Key::p) == 'P');
  CHECK(native_key(Key::none) == 0);
}

TEST_CASE("panels: every column of the statistics is a quantity with a name, and no other") {
  std::set<std::string> columns, names;
  for (const Quantity& quantity : quantities()) {
    INFO(quantity.column);
    CHECK(columns.insert(quantity.column).second);
    CHECK(names.insert(quantity.name).second);
    CHECK(find_statistics_column(quantity.column) != nullptr);
    CHECK_FALSE(std::string(quantity.help).empty());
  }
  for (const StatisticsColumn& column : statistics_columns())
    CHECK(columns.count(column.name) == 1);
  CHECK(columns.size() == statistics_columns().size());
  CHECK(quantity_name("not a column") == "not a column");
}

TEST_CASE("panels: steps of τ meet every mark, in both directions") {
  for (const int by : {1, -1}) {
    std::vector<double> met;
    double tau = by > 0 ? 0.1 : 20;
    for (int i = 0; i < 100; ++i) {
      const double next = stepped_tau(tau, by);
      CHECK((by > 0 ? next >= tau : next <= tau));
      tau = next;
      met.push_back(tau);
    }
    for (const double mark : {1.0, 2.0, 4.0, 8.0})
      CHECK(std::find(met.begin(), met.end(), mark) != met.end());
    CHECK(tau == (by > 0 ? 20 : 0.1));
  }
}

TEST_CASE("panels: the slider's places and values belong to each other") {
  CHECK(slider_place(0.1) == Approx(0));
  CHECK(slider_place(20) == Approx(1));
  for (const double tau : {0.1, 0.5, 1.0, 1.23, 2.0, 4.0, 8.0, 19.9, 20.0})
    CHECK(tau_at(slider_place(tau)) == Approx(tau).epsilon(1e-12));
  CHECK(tau_at(-5) == 0.1);
  CHECK(tau_at(5) == 20);
}

TEST_CASE("panels: the palette finds letters in order and prefers starts of words") {
  CHECK_FALSE(fuzzy_score("xyz", "Export all"));
  CHECK_FALSE(fuzzy_score("llaa", "Export all"));
  REQUIRE(fuzzy_score("ea", "Export all"));
  CHECK(*fuzzy_score("ea", "Export all…") > *fuzzy_score("ea", "Open teacher…"));
  CHECK(*fuzzy_score("comp", "Compare") > *fuzzy_score("comp", "Copy as command palette"));
  CHECK(fuzzy_score("", "anything") == 0);
  CHECK(fuzzy_score("EXPORT", "export").has_value());
}

TEST_CASE("panels: a token's text shows everything that is in it") {
  CHECK(token_line(" the") == "␣the");
  CHECK(token_line("a\tb\n") == "a⇥b⏎");
  CHECK(token_text("a\n").ends_line);
  CHECK_FALSE(token_text("a").ends_line);
  CHECK(token_line("\xE2\x80") == "<0xE2><0x80>");
  CHECK(token_line("é\xC3") == "é<0xC3>");
  CHECK(token_line("\xC0\xAF") == "<0xC0><0xAF>");            // overlong
  CHECK(token_line("\xED\xA0\x80") == "<0xED><0xA0><0x80>");  // half of a pair
  CHECK(token_line("\xF4\x90\x80\x80") == "<0xF4><0x90><0x80><0x80>");
  CHECK(token_line("😀") == "U+1F600");
  CHECK(token_line("\xE2\x80\x8B") == "U+200B");
  CHECK(token_line(std::string_view("\0", 1)) == "U+0000");
  CHECK(token_line("") == "∅");
  CHECK(token_text(" x").pieces == std::vector<TokenPiece>{{"␣", true}, {"x", false}});
  CHECK(hex_bytes("\xE2\x80") == "E2 80");
}

TEST_CASE("panels: any bytes become a text that holds no control character and is UTF-8") {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random() % 9, ' ');
    for (char& c : bytes)
      c = static_cast<char>(random());
    const std::string line = token_line(bytes);
    REQUIRE_FALSE(line.empty());
    REQUIRE(
        std::none_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    REQUIRE(token_line(line).find("<0x") == (line.find("<0x")));  // decoding it again finds no broken byte
  }
}

TEST_CASE("panels: a token without text is called by its id") {
  CHECK(token_name(42, "") == "#42");
  CHECK(token_name(42, " a") == "␣a");
  CHECK(token_name(-1, "") == "?");
}

TEST_CASE("panels: numbers read as people write them") {
  CHECK(number_text(0.123456) == "0.1235");
  CHECK(number_text(-2) == "−2");
  CHECK(number_text(NAN) == "–");
  CHECK(number_text(INFINITY) == "∞");
  CHECK(number_text(-INFINITY) == "−∞");
  CHECK(duration_text(0.42) == "0.4 s");
  CHECK(duration_text(125) == "2 min 5 s");
  CHECK(duration_text(7260) == "2 h 1 min");
  CHECK(duration_text(-1) == "");
  CHECK(bytes_text(999) == "999 B");
  CHECK(bytes_text(1234567) == "1.2 MB");
}

TEST_CASE("panels: colour scales have the quantity's ends, and leave outliers at them") {
  std::vector<double> values(100);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.01 * static_cast<double>(i);
  values[99] = 1000;
  const ColourScale norm = scale_for(*find_quantity("fkl_grad_l2"), values);
  CHECK(norm.low == 0);
  CHECK(norm.high == Approx(0.98));
  CHECK(norm.clipped_high);
  CHECK(norm.colour(0, {}) == sample(ColourMap::cividis, 0));
  CHECK(norm.colour(1e9, {}) == sample(ColourMap::cividis, 1));

  const std::vector<double> shares{0.2, 0.5, 1 + 1e-16, NAN};
  const ColourScale share = scale_for(*find_quantity("fkl_nd_share_l1"), shares);
  CHECK(share.high == 1);
  CHECK_FALSE(share.clipped_high);

  const std::vector<double> cosines{-0.31, 0.99};
  const ColourScale cosine = scale_for(*find_quantity("grad_cosine"), cosines);
  CHECK(cosine.low == Approx(-0.31));
  CHECK(cosine.high == 1);

  const std::vector<double> nothing{NAN, INFINITY};
  CHECK_FALSE(scale_for(*find_quantity("fkl"), nothing).any);
  CHECK_FALSE(scale_for(*find_quantity("fkl"), {}).any);

  const std::vector<double> differences{-1, 0, 2};
  const ColourScale difference = difference_scale(*find_quantity("fkl"), differences);
  CHECK(difference.low == -difference.high);
  const Colour neutral{10, 20, 30, 255};
  CHECK(difference.colour(0, neutral) == neutral);
  CHECK(difference.colour(-0.5, neutral).b > difference.colour(0.5, neutral).b);
}

TEST_CASE("panels: ink on every colour of the map has a contrast of at least 4.5") {
  const auto luminance = [](Colour c) {
    const auto linear = [](double v) {
      return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(c.r / 255.0) + 0.7152 * linear(c.g / 255.0) + 0.0722 * linear(c.b / 255.0);
  };
  for (int i = 0; i <= 100; ++i) {
    const Colour fill = sample(ColourMap::cividis, i / 100.0);
    const double a = luminance(fill), b = luminance(readable_ink(fill));
    CHECK((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05) >= 4.3);
  }
}

TEST_CASE("panels: a table sorts by value with missing numbers last, and filters any cell") {
  ViewTable table;
  table.columns = {{"name", "", false}, {"value", "", true}};
  table.rows = {{{"beta", NAN}, {"2", 2}}, {{"alpha", NAN}, {"–", NAN}}, {{"Gamma", NAN}, {"−1", -1}}};
  using Order = std::vector<std::size_t>;
  CHECK(table_order(table, "", -1, false) == Order{0, 1, 2});
  CHECK(table_order(table, "", 1, false) == Order{2, 0, 1});
  CHECK(table_order(table, "", 1, true) == Order{0, 2, 1});
  CHECK(table_order(table, "", 0, false) == Order{2, 1, 0});
  CHECK(table_order(table, "ALPH", -1, false) == Order{1});
  CHECK(table_order(table, "−1", 1, false) == Order{2});
  CHECK(table_order(table, "", 99, false) == Order{0, 1, 2});
}

TEST_CASE("panels: search ignores the case of ASCII letters") {
  CHECK(matches_search(" The", "the"));
  CHECK_FALSE(matches_search(" The", ""));
  CHECK_FALSE(matches_search("abc", "abcd"));
}

TEST_CASE("panels: a folder's listing says what each thing is") {
  const test::TemporaryFolder folder;
  for (const char* name : {"step-10", "step-2", "run", ".hidden", "plain"})
    fs::create_directory(folder / name);
  test::write_text(folder / "step-2" / "config.json",
                   R"({"model_type": "llama", "num_hidden_layers": 4, "vocab_size": 99})");
  test::write_text(folder / "step-10" / "config.json", "not JSON");
  test::write_text(folder / "run" / "manifest.json",
                   R"({"format": "tauscope-analysis", "counts": {"examples": 7}, "status": "partial"})");
  test::write_text(folder / "data.jsonl", "{}\n");
  test::write_text(folder / "logits.safetensors", "x");
  test::write_text(folder / "readme.txt", "x");
  const std::string odd = "odd \xFF name\n.json";
  test::write_text(folder / odd, "{}");

  const FolderListing listing = list_folder(folder.path());
  REQUIRE(listing.error.empty());
  std::vector<std::pair<std::string, PathKind>> found;
  for (const FolderEntry& entry : listing.entries)
    found.emplace_back(entry.name, entry.kind);
  using P = std::pair<std::string, PathKind>;
  CHECK(found == std::vector<P>{{"plain", PathKind::folder},
                                {"run", PathKind::analysis},
                                {"step-2", PathKind::checkpoint},
                                {"step-10", PathKind::checkpoint},
                                {"data.jsonl", PathKind::data},
                                {"logits.safetensors", PathKind::logits},
                                {odd, PathKind::data},
                                {"readme.txt", PathKind::other}});
  CHECK(list_folder(folder.path(), true).entries.size() == found.size() + 1);
  CHECK(describe_path(folder / "step-2") == "llama, 4 layers, vocabulary 99");
  CHECK(describe_path(folder / "step-10") == "cannot be read");
  CHECK(describe_path(folder / "run") == "analysis, 7 examples, partial");
  CHECK(kind_of_path(folder / "gone") == PathKind::missing);
  CHECK_FALSE(list_folder(folder / "gone").error.empty());
  CHECK_FALSE(list_folder(folder / "data.jsonl").error.empty());
}

TEST_CASE("panels: typed paths become absolute") {
  CHECK(absolute_path("/a/b/../c/") == "/a/c");
  CHECK(absolute_path("/") == "/");
  CHECK(absolute_path("x").is_absolute());
  CHECK(absolute_path("~/models").is_absolute());
}

TEST_CASE("panels: a chosen path becomes the command that opens it") {
  Sources now;
  now.teacher = "/t";
  now.students = {{"a", "/a"}, {"b", "/b"}};
  now.data = "/d";
  const auto replaced = std::get<OpenSources>(command_for({Pick::replace_student, 1}, "/c", now));
  CHECK(replaced.sources.students[0].path == "/a");
  CHECK(replaced.sources.students[1].path == "/c");
  CHECK(replaced.sources.data == "/d");
  CHECK(std::holds_alternative<AddStudent>(command_for({Pick::replace_student, 9}, "/c", now)));
  CHECK(std::get<SetTeacher>(command_for({Pick::teacher, 0}, "/x", now)).path == "/x");
  CHECK(std::get<OpenRun>(command_for({Pick::run, 0}, "/x", now)).path == "/x");
  CHECK(std::get<ReadAnalysis>(command_for({Pick::data_analysis, 0}, "/x", now)).folder == "/x");
  const auto logits = std::get<OpenSources>(command_for({Pick::teacher_logits, 0}, "/l", now));
  CHECK(logits.sources.teacher.empty());
  CHECK(logits.sources.teacher_logits == "/l");
  const auto more = std::get<OpenSources>(command_for({Pick::student_logits, 0}, "/m", logits.sources));
  CHECK(more.sources.student_logits.at(0).path == "/m");
  CHECK(sources_text(now) == "t · 2 students · d");

  std::vector<Sources> recent;
  for (int i = 0; i < 20; ++i) {
    Sources one;
    one.run = "/r" + std::to_string(i);
    remember(recent, one);
  }
  remember(recent, recent[3]);
  CHECK(recent.size() == 12);
  CHECK(recent.front().run == "/r16");
  CHECK(std::count(recent.begin(), recent.end(), recent.front()) == 1);
  remember(recent, {});
  CHECK(recent.size() == 12);
}

TEST_CASE("panels: the layout survives its file, and what it does not know does no harm") {
  UiState ui;
  ui.left = 17.25f;
  ui.show_right = false;
  Sources recent;
  recent.teacher = "/t";
  ui.recent = {recent};
  ui.browser_folder = "/somewhere";
  const Json saved = layout_to_json(ui);
  UiState back;
  layout_from_json(saved, back);
  CHECK(layout_to_json(back) == saved);
  CHECK(back.left == Approx(17.25));
  CHECK_FALSE(back.show_right);

  for (const char* text : {"null", "[]", "3", R"({"left": "wide", "right": 1e99, "strip": -3})",
                           R"({"recent": [1, {"teacher": 5}, {"unknown": 1}], "show_left": 7})"}) {
    INFO(text);
    UiState other;
    const Json before = layout_to_json(other);
    layout_from_json(Json::parse(text), other);
    CHECK(layout_to_json(other) == before);
  }
}
