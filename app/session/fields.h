// One description of the fields of a value serves both ways, to JSON and back, so that the two cannot drift
// apart.
//
// A type takes part through a function `visit_fields(type&, visitor)` that calls visitor(name, field) for
// each field.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/session/engine.h"
#include "app/session/view_state.h"
#include "core/base/error.h"
#include "core/base/json.h"

namespace tauscope {

/// A bounded number: the reader refuses what lies outside.
template <typename Number>
struct Bounded {
  Number& value;
  Number low, high;
};
template <typename Number>
Bounded(Number&, Number, Number) -> Bounded<Number>;

/// An enum with the names of its values, in order.
template <typename Enum>
struct Named {
  Enum& value;
  std::vector<const char*> names;
};
template <typename Enum>
Named(Enum&, std::vector<const char*>) -> Named<Enum>;

/// A value with fields of its own: an object within the object.
template <typename Value>
struct Nested {
  Value& value;
};
template <typename Value>
Nested(Value&) -> Nested<Value>;

/// Keys of a map as JSON has them.
inline std::string key_text(const std::string& key) {
  return key;
}
inline std::string key_text(std::size_t key) {
  return std::to_string(key);
}

class FieldWriter {
 public:
  Json take() { return std::move(json_); }

  template <typename Number>
  void operator()(const char* name, const Bounded<Number>& field) {
    json_[name] = field.value;
  }
  template <typename Enum>
  void operator()(const char* name, const Named<Enum>& field) {
    json_[name] = field.names.at(static_cast<std::size_t>(field.value));
  }
  void operator()(const char* name, const std::string& value) { json_[name] = value; }
  void operator()(const char* name, bool value) { json_[name] = value; }
  void operator()(const char* name, const std::filesystem::path& value) { json_[name] = value.string(); }
  void operator()(const char* name, const std::optional<std::int64_t>& value) {
    json_[name] = value ? Json(*value) : Json(nullptr);
  }
  void operator()(const char* name, const std::optional<double>& value) {
    json_[name] = value ? Json(*value) : Json(nullptr);
  }
  void operator()(const char* name, const std::set<std::string>& value) { json_[name] = value; }
  template <typename Element>
  requires std::is_integral_v<Element> || std::is_same_v<Element, std::string>
  void operator()(const char* name, const std::vector<Element>& value) { json_[name] = value; }
  template <typename Key, typename Value>
  void operator()(const char* name, const std::map<Key, Value>& value) {
    json_[name] = Json::object();
    for (const auto& [key, entry] : value) {
      FieldWriter writer;
      Value copy = entry;  // visitors take references that could be written to
      visit_fields(copy, writer);
      json_[name][key_text(key)] = writer.take();
    }
  }
  void operator()(const char* name, const std::vector<NamedPath>& value) {
    json_[name] = Json::array();
    for (const NamedPath& entry : value)
      json_[name].push_back({{"name", entry.name}, {"path", entry.path.string()}});
  }
  template <typename Value>
  void operator()(const char* name, const Nested<Value>& field) {
    FieldWriter writer;
    visit_fields(field.value, writer);
    json_[name] = writer.take();
  }

 private:
  Json json_ = Json::object();
};

/// Reads what is there and keeps defaults for the rest; refuse_unknown() then names keys that no field asked
/// for.
class FieldReader {
 public:
  FieldReader(const Json& json, std::string file, std::string prefix = "")
      : fields_(json, std::move(file), std::move(prefix)) {}

  template <typename Number>
  void operator()(const char* name, const Bounded<Number>& field) {
    if (!take(name)) return;
    if constexpr (std::is_floating_point_v<Number>) {
      const double value = fields_.number(name);
      if (!(value >= field.low && value <= field.high)) {
        throw wrong(name, fields_.at(name).dump(),
                    fmt::format("a number from {} to {}", field.low, field.high));
      }
      field.value = value;
    } else {
      constexpr auto most = std::numeric_limits<std::int64_t>::max();
      const auto high = static_cast<std::uint64_t>(field.high) > static_cast<std::uint64_t>(most)
                            ? most
                            : static_cast<std::int64_t>(field.high);
      field.value = static_cast<Number>(fields_.integer(name, static_cast<std::int64_t>(field.low), high));
    }
  }
  template <typename Enum>
  void operator()(const char* name, const Named<Enum>& field) {
    if (!take(name)) return;
    const std::string text = fields_.string(name);
    std::string known;
    for (std::size_t i = 0; i < field.names.size(); ++i) {
      if (text == field.names[i]) {
        field.value = static_cast<Enum>(i);
        return;
      }
      known += (i == 0 ? "" : ", ") + std::string(field.names[i]);
    }
    throw wrong(name, text, "one of " + known);
  }
  void operator()(const char* name, std::string& value) {
    if (take(name)) value = fields_.string(name);
  }
  void operator()(const char* name, bool& value) {
    if (take(name)) value = fields_.boolean_or(name, value);
  }
  void operator()(const char* name, std::filesystem::path& value) {
    if (take(name)) value = fields_.string(name);
  }
  void operator()(const char* name, std::optional<std::int64_t>& value) {
    known_.insert(name);
    if (!fields_.json().contains(name)) return;
    value.reset();
    if (fields_.has(name)) value = fields_.integer(name, 0, std::numeric_limits<std::int64_t>::max());
  }
  void operator()(const char* name, std::optional<double>& value) {
    known_.insert(name);
    if (!fields_.json().contains(name)) return;
    value.reset();
    if (fields_.has(name)) value = fields_.number(name);
  }
  void operator()(const char* name, std::set<std::string>& value) {
    std::vector<std::string> list(value.begin(), value.end());
    (*this)(name, list);
    value = {list.begin(), list.end()};
  }
  void operator()(const char* name, std::vector<std::string>& value) {
    if (!take(name)) return;
    const Json& list = fields_.at(name);
    const auto is_string = [](const Json& element) { return element.is_string(); };
    if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_string))
      throw wrong(name, list.dump().substr(0, 80), "a list of strings");
    value = list.get<std::vector<std::string>>();
  }
  template <typename Integer>
  requires std::is_integral_v<Integer>
  void operator()(const char* name, std::vector<Integer>& value) {
    if (!take(name)) return;
    const Json& list = fields_.at(name);
    const auto is_index = [](const Json& element) {
      return element.is_number_unsigned() ||
             (element.is_number_integer() && element.get<std::int64_t>() >= 0);
    };
    if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_index))
      throw wrong(name, list.dump().substr(0, 80), "a list of whole numbers from 0");
    value = list.get<std::vector<Integer>>();
  }
  template <typename Value>
  void operator()(const char* name, const Nested<Value>& field) {
    if (!take(name)) return;
    const Json& object = fields_.at(name);
    if (!object.is_object()) throw wrong(name, object.type_name(), "an object");
    FieldReader reader(object, fields_.file(), fields_.path_of(name));
    visit_fields(field.value, reader);
    reader.refuse_unknown();
  }
  template <typename Key, typename Value>
  void operator()(const char* name, std::map<Key, Value>& value) {
    if (!take(name)) return;
    const Json& object = fields_.at(name);
    if (!object.is_object()) throw wrong(name, object.type_name(), "an object");
    value.clear();
    for (const auto& [text, entry] : object.items()) {
      const std::string place = fields_.path_of(name) + "." + text;
      Key key{};
      if (!read_key(text, key)) throw wrong(name, text, "whole numbers from 0 to 1000 as keys");
      if (!entry.is_object()) throw wrong(name, entry.type_name(), "objects as values");
      FieldReader reader(entry, fields_.file(), place);
      visit_fields(value[key], reader);
      reader.refuse_unknown();
    }
  }
  void operator()(const char* name, std::vector<NamedPath>& value) {
    if (!take(name)) return;
    const Json& list = fields_.at(name);
    if (!list.is_array()) throw wrong(name, list.type_name(), "a list of {\"name\", \"path\"}");
    value.clear();
    for (const Json& element : list) {
      if (!element.is_object()) throw wrong(name, element.type_name(), "a list of {\"name\", \"path\"}");
      const JsonFields entry(element, fields_.file(), fields_.path_of(name));
      value.push_back({entry.string_or("name", ""), entry.string("path")});
    }
  }

  void refuse_unknown(const std::string& also_known = "") const {
    for (const auto& [key, value] : fields_.json().items()) {
      if (known_.count(key) != 0 || key == also_known) continue;
      throw Error::bad_input(fields_.file(), "unknown field")
          .field(fields_.path_of(key))
          .remedy("leave it out, or correct its name");
    }
  }

 private:
  static bool read_key(const std::string& text, std::string& key) {
    key = text;
    return true;
  }
  static bool read_key(const std::string& text, std::size_t& key) {
    if (text.empty() || text.size() > 4 || text.find_first_not_of("0123456789") != std::string::npos)
      return false;
    key = std::stoul(text);
    return key <= 1000 && key_text(key) == text;
  }
  bool take(const char* name) {
    known_.insert(name);
    return fields_.has(name);
  }
  Error wrong(const char* name, const std::string& found, const std::string& expected) const {
    return Error::bad_input(fields_.file(), "a value that cannot be taken")
        .field(fields_.path_of(name))
        .found(found)
        .expected(expected);
  }

  JsonFields fields_;
  std::set<std::string> known_;
};

// Fields that several values share.

template <typename Visitor>
void visit_fields(DominantSpec& dominant, Visitor& visit) {
  visit("dominant", Named{dominant.kind, {"nucleus", "top-k", "threshold"}});
  visit("dominant_value", Bounded{dominant.value, 0.0, 1e9});
}

template <typename Visitor>
void visit_fields(PlotZoom& zoom, Visitor& visit) {
  visit("x_low", zoom.x_low);
  visit("x_high", zoom.x_high);
  visit("y_low", zoom.y_low);
  visit("y_high", zoom.y_high);
}

template <typename Visitor>
void visit_fields(PlotView& plot, Visitor& visit) {
  visit("zoom", plot.zoom);
  visit("hidden", plot.hidden);
}

template <typename Visitor>
void visit_fields(Sources& sources, Visitor& visit) {
  visit("teacher", sources.teacher);
  visit("students", sources.students);
  visit("data", sources.data);
  visit("teacher_logits", sources.teacher_logits);
  visit("student_logits", sources.student_logits);
  visit("run", sources.run);
  visit("template", sources.prompt_template);
}

template <typename Visitor>
void visit_fields(EvaluationPick& pick, Visitor& visit) {
  visit("set", pick.set);
  visit("metric", pick.metric);
  visit("baseline", pick.baseline);
  visit("seed", Bounded{pick.seed, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()});
}

/// `scaling` as an enum field.
inline Named<TauScaling> named(TauScaling& scaling) {
  return {scaling, {"squared", "none"}};
}

inline Named<Tab> named(Tab& tab) {
  return {tab, {"explore", "compare", "evaluate", "distill", "objectives"}};
}
inline Named<EvaluateView> named(EvaluateView& view) {
  return {view, {"setup", "scores", "answers"}};
}
inline Named<DistillView> named(DistillView& view) {
  return {view, {"setup", "runs"}};
}
inline Named<ExploreView> named(ExploreView& view) {
  return {view, {"automatic", "token", "over_tau", "all"}};
}
inline Named<CompareView> named(CompareView& view) {
  return {view, {"over_tau", "token", "table", "examples", "answers"}};
}
inline Named<StripColours> named(StripColours& colours) {
  return {colours, {"difference", "values"}};
}

/// The bounds of the slider.
inline Bounded<double> bounded_tau(double& tau) {
  return {tau, 0.1, 20.0};
}

}  // namespace tauscope
