#include "app/session/command.h"

#include <fstream>

#include "app/session/evaluation_fields.h"
#include "app/session/fields.h"

namespace tauscope {

namespace {

constexpr auto any_index = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t any_student = 1000, any_panel = 1000;

// Commands without fields.
template <typename T, typename V>
void visit_command(T&, V&) {
  static_assert(std::is_empty_v<T>, "a command with fields needs a visit_command of its own");
}
template <typename V>
void visit_command(OpenSources& c, V& v) {
  visit_fields(c.sources, v);
}
template <typename V>
void visit_command(SetTeacher& c, V& v) {
  v("path", c.path);
}
template <typename V>
void visit_command(AddStudent& c, V& v) {
  v("name", c.label);
  v("path", c.path);
}
template <typename V>
void visit_command(RemoveStudent& c, V& v) {
  v("index", Bounded{c.index, std::size_t{0}, any_student});
}
template <typename V>
void visit_command(SetData& c, V& v) {
  v("path", c.path);
}
template <typename V>
void visit_command(OpenRun& c, V& v) {
  v("path", c.path);
}
template <typename V>
void visit_command(OpenPath& c, V& v) {
  v("path", c.path);
}
template <typename V>
void visit_command(SetTau& c, V& v) {
  v("tau", bounded_tau(c.tau));
}
template <typename V>
void visit_command(SetTauScaling& c, V& v) {
  v("tau_scaling", named(c.scaling));
}
template <typename V>
void visit_command(SetDominant& c, V& v) {
  visit_fields(c.dominant, v);
}
template <typename V>
void visit_command(SetColourBy& c, V& v) {
  v("quantity", c.quantity);
}
template <typename V>
void visit_command(SelectExample& c, V& v) {
  v("example", Bounded{c.example, std::int64_t{0}, any_index});
}
template <typename V>
void visit_command(StepExample& c, V& v) {
  v("by", Bounded{c.by, -1000000, 1000000});
}
template <typename V>
void visit_command(PinToken& c, V& v) {
  v("position", c.position);
}
template <typename V>
void visit_command(StepToken& c, V& v) {
  v("by", Bounded{c.by, -1000000, 1000000});
}
template <typename V>
void visit_command(SelectStudent& c, V& v) {
  v("index", Bounded{c.index, std::size_t{0}, any_student});
}
template <typename V>
void visit_command(CompareStudents& c, V& v) {
  v("a", Bounded{c.a, std::size_t{0}, any_student});
  v("b", Bounded{c.b, std::size_t{0}, any_student});
}
template <typename V>
void visit_command(SetCompareQuantity& c, V& v) {
  v("quantity", c.quantity);
}
template <typename V>
void visit_command(MarkExamples& c, V& v) {
  v("examples", c.examples);
}
template <typename V>
void visit_command(SetTopK& c, V& v) {
  v("k", Bounded{c.k, 5, 200});
}
template <typename V>
void visit_command(SetHistogram& c, V& v) {
  v("view", Named{c.view, {"by_rank", "by_probability"}});
}
template <typename V>
void visit_command(SetLogScale& c, V& v) {
  v("log", c.log);
}
template <typename V>
void visit_command(SetCurveScope& c, V& v) {
  v("scope", Named{c.scope, {"token", "example", "data"}});
}
template <typename V>
void visit_command(SearchTokens& c, V& v) {
  v("text", c.text);
}
template <typename V>
void visit_command(SetTab& c, V& v) {
  v("tab", named(c.tab));
}
template <typename V>
void visit_command(SetExploreView& c, V& v) {
  v("view", named(c.view));
}
template <typename V>
void visit_command(SetCompareView& c, V& v) {
  v("view", named(c.view));
}
template <typename V>
void visit_command(SetDistillView& c, V& v) {
  v("view", named(c.view));
}
template <typename V>
void visit_command(SetSmoothing& c, V& v) {
  v("weight", Bounded{c.weight, 0.0, 0.999});
}
template <typename V>
void visit_command(OpenRuns& c, V& v) {
  v("folder", c.folder);
}
template <typename V>
void visit_command(CloseRun& c, V& v) {
  v("folder", c.folder);
}
template <typename V>
void visit_command(StartRun& c, V& v) {
  v("spec", c.spec);
  v("set", c.settings);
  v("folder", c.folder);
}
template <typename V>
void visit_command(ResumeRun& c, V& v) {
  v("folder", c.folder);
}
template <typename V>
void visit_command(SetEvaluateView& c, V& v) {
  v("view", named(c.view));
}
template <typename V>
void visit_command(ShowEvaluation& c, V& v) {
  visit_fields(c.pick, v);
}
template <typename V>
void visit_command(SelectAnswer& c, V& v) {
  v("example", Bounded{c.example, std::int64_t{0}, any_index});
}
template <typename V>
void visit_command(RunEvaluation& c, V& v) {
  v("folder", c.folder);
  visit_fields(c.spec, v);
}
template <typename V>
void visit_command(ReadEvaluation& c, V& v) {
  v("folder", c.folder);
}
template <typename V>
void visit_command(SetStripColours& c, V& v) {
  v("colours", named(c.colours));
}
template <typename V>
void visit_command(SetTheme& c, V& v) {
  v("theme", Named{c.theme, {"dark", "light"}});
}
template <typename V>
void visit_command(SetUiScale& c, V& v) {
  v("scale", Bounded{c.scale, 0.5, 3.0});
}
template <typename V>
void visit_command(ZoomPlot& c, V& v) {
  v("plot", c.plot);
  v("panel", Bounded{c.panel, std::size_t{0}, any_panel});
  visit_fields(c.zoom, v);
}
template <typename V>
void visit_command(FitPlot& c, V& v) {
  v("plot", c.plot);
}
template <typename V>
void visit_command(ToggleSeries& c, V& v) {
  v("plot", c.plot);
  v("series", c.series);
}
template <typename V>
void visit_command(CompareObjectives& c, V& v) {
  v("a", c.a.name);
  v("parameters_a", c.a.parameters);
  v("b", c.b.name);
  v("parameters_b", c.b.parameters);
}
template <typename V>
void visit_command(ReadAnalysis& c, V& v) {
  v("folder", c.folder);
}
template <typename V>
void visit_command(SaveFigure& c, V& v) {
  v("plot", c.plot);
  v("path", c.path);
}
template <typename V>
void visit_command(SaveTable& c, V& v) {
  v("table", c.table);
  v("path", c.path);
}
template <typename V>
void visit_command(ExportAll& c, V& v) {
  v("folder", c.folder);
}
template <typename V>
void visit_command(CopyFigure& c, V& v) {
  v("plot", c.plot);
}
template <typename V>
void visit_command(CopyTable& c, V& v) {
  v("table", c.table);
  v("format", c.format);
}
template <typename V>
void visit_command(Screenshot& c, V& v) {
  v("path", c.path);
}
template <typename V>
void visit_command(RunAnalysis& c, V& v) {
  v("folder", c.folder);
  v("limit", Bounded{c.limit, std::int64_t{0}, any_index});
}
template <typename V>
void visit_command(CancelJob& c, V& v) {
  v("id", Bounded{c.id, std::uint64_t{0}, std::uint64_t{1} << 62});
}
template <typename V>
void visit_command(DismissMessage& c, V& v) {
  v("index", Bounded{c.index, std::size_t{0}, any_student});
}

/// Builds the alternative whose name it is; false if none has it.
template <std::size_t index = 0>
bool read_named(const std::string& name, const Json& json, const std::string& file, Command& out) {
  if constexpr (index == std::variant_size_v<Command>) {
    return false;
  } else {
    using Alternative = std::variant_alternative_t<index, Command>;

    if (name != Alternative::name) return read_named<index + 1>(name, json, file, out);
    Alternative command;
    FieldReader reader(json, file);
    visit_command(command, reader);
    reader.refuse_unknown("command");
    out = std::move(command);
    return true;
  }
}

template <std::size_t... index>
std::string all_names(std::index_sequence<index...>) {
  std::string names;
  ((names += (index == 0 ? "" : ", ") + std::string(std::variant_alternative_t<index, Command>::name)), ...);
  return names;
}

}  // namespace

Json command_to_json(const Command& command) {
  return std::visit(
      [](auto copy) {
        FieldWriter writer;
        visit_command(copy, writer);
        Json json = writer.take();
        json["command"] = decltype(copy)::name;
        return json;
      },
      command);
}

Command command_from_json(const Json& json, const std::string& file) {
  if (!json.is_object()) {
    throw Error::bad_input(file, "not a command")
        .found(json.type_name())
        .expected("an object with a \"command\"");
  }
  const std::string name = JsonFields(json, file).string("command");
  Command command;
  if (!read_named(name, json, file, command)) {
    throw Error::bad_input(file, "unknown command")
        .field("command")
        .found(name)
        .expected("one of " + all_names(std::make_index_sequence<std::variant_size_v<Command>>()));
  }
  return command;
}

std::vector<ScriptLine> read_script(const std::string& path,
                                    const std::function<void(const Error&)>& refuse) {
  std::ifstream in(path);
  if (!in) throw Error::bad_input(path, "cannot be read").remedy("check the path of the script");
  std::vector<ScriptLine> lines;
  std::int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    const std::string place = path + ":" + std::to_string(number);
    try {
      lines.push_back({number, command_from_json(parse_json(line, place), place)});
    } catch (const Error& error) {
      if (!refuse) throw;
      refuse(error);
    }
  }
  return lines;
}

}  // namespace tauscope
