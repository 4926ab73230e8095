#include "core/chat/jinja_run.h"

#include <fmt/format.h>

#include <cstring>
#include <iomanip>
#include <locale>
#include <map>
#include <sstream>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/chat/jinja_values.h"

namespace tauscope::jinja {
namespace {

using Kind = Expression::Kind;

constexpr std::int64_t most_steps = 1'000'000;
constexpr std::size_t most_bytes = std::size_t{16} << 20;

enum class Flow : std::uint8_t { on, leave, next_turn };

class Run {
 public:
  Run(const Json& variables, const Clock& clock, const std::string& file)
      : clock_(clock), file_(file), scopes_(1) {
    for (const auto& [name, value] : variables.items())
      scopes_[0][name] = {value, true};
  }

  std::string run(const std::vector<Statement>& statements) {
    try {
      block(statements);
    } catch (const Refused& refused) {
      throw problem("the chat template uses something that is not supported").found(refused.what());
    } catch (const Raised& raised) {
      throw problem("the chat template does not take this conversation").found(raised.what());
    }
    return std::move(out_);
  }

 private:
  Error problem(const std::string& what) const {
    return Error::bad_input(file_, what)
        .field(fmt::format("chat_template, line {}", line_))
        .remedy("give a plain text file to --template instead");
  }

  void step(int line) {
    line_ = line;
    if (++steps_ > most_steps) throw Refused(fmt::format("more than {} steps", most_steps));
  }

  void write(const std::string& text) {
    if (out_.size() + text.size() > most_bytes) throw Refused(fmt::format("more than {} bytes", most_bytes));
    out_ += text;
  }

  Flow block(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) {
      step(statement.line);
      const Flow flow = one(statement);
      if (flow != Flow::on) return flow;
    }
    return Flow::on;
  }

  Flow one(const Statement& statement) {
    switch (statement.kind) {
      case Statement::Kind::text:
        write(statement.text);
        return Flow::on;
      case Statement::Kind::output:
        write(printed(value_of(statement.expression)));
        return Flow::on;
      case Statement::Kind::branch:
        return block(is_true(value_of(statement.expression)) ? statement.body : statement.otherwise);
      case Statement::Kind::assign:
        assign(statement);
        return Flow::on;
      case Statement::Kind::loop:
        loop(statement);
        return Flow::on;
      case Statement::Kind::leave:
        return Flow::leave;
      case Statement::Kind::next_turn:
        return Flow::next_turn;
    }
    return Flow::on;
  }

  /// A name set inside a loop is gone with the turn; that is why templates use namespaces.
  void assign(const Statement& statement) {
    Value value = value_of(statement.expression);
    if (statement.names.size() == 1) {
      scopes_.back()[statement.names[0]] = std::move(value);
      return;
    }
    Value* space = find(statement.names[0]);
    if (!space || !space->json.is_object() || !space->is_namespace)
      throw Refused("an assignment to a member of " + statement.names[0]);
    if (!value.defined) throw Refused("an assignment of what is not defined");
    space->json[statement.names[1]] = std::move(value.json);
  }

  void loop(const Statement& statement) {
    const Json elements = elements_of(statement);
    const std::size_t length = elements.size();
    for (std::size_t i = 0; i < length; ++i) {
      step(statement.line);
      scopes_.emplace_back();
      bind(statement, elements[i]);
      Json facts{{"index", i + 1},
                 {"index0", i},
                 {"first", i == 0},
                 {"last", i + 1 == length},
                 {"length", length},
                 {"revindex", length - i},
                 {"revindex0", length - i - 1}};
      if (i > 0) facts["previtem"] = elements[i - 1];
      if (i + 1 < length) facts["nextitem"] = elements[i + 1];
      scopes_.back()["loop"] = {std::move(facts), true};
      const Flow flow = block(statement.body);
      scopes_.pop_back();
      if (flow == Flow::leave) break;
    }
  }

  /// What a loop runs over: its condition is asked before the first turn, and does not see the loop.
  Json elements_of(const Statement& statement) {
    Value over = value_of(statement.expression);
    if (!over.defined || !over.json.is_array())
      throw Refused(fmt::format("a loop over {}", over.defined ? over.json.type_name() : "undefined"));
    if (!statement.condition) return std::move(over.json);
    Json kept = Json::array();
    for (const Json& element : over.json) {
      scopes_.emplace_back();
      bind(statement, element);
      if (is_true(value_of(*statement.condition))) kept.push_back(element);
      scopes_.pop_back();
    }
    return kept;
  }

  /// Several names take the members of an element.
  void bind(const Statement& loop, const Json& element) {
    const auto& names = loop.names;
    if (names.size() == 1) {
      scopes_.back()[names[0]] = {element, true};
      return;
    }
    if (!element.is_array() || element.size() != names.size())
      throw Refused(fmt::format("a loop with {} names over {}", names.size(), element.type_name()));
    for (std::size_t i = 0; i < names.size(); ++i)
      scopes_.back()[names[i]] = {element[i], true};
  }

  Value* find(const std::string& name) {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
      if (const auto at = scope->find(name); at != scope->end()) return &at->second;
    return nullptr;
  }

  std::vector<Value> values_of(const std::vector<Expression>& expressions, std::size_t from) {
    std::vector<Value> values;
    for (std::size_t i = from; i < expressions.size(); ++i)
      values.push_back(value_of(expressions[i]));
    return values;
  }

  Value value_of(const Expression& e) {
    step(e.line);
    Value value = evaluated(e);
    require_small(value);
    return value;
  }

  Value evaluated(const Expression& e) {
    switch (e.kind) {
      case Kind::literal:
        return {e.value, true};
      case Kind::name:
        return named(e.text);
      case Kind::list:
        return list(e);
      case Kind::attribute:
        return attribute_of(value_of(e.parts[0]), e.text);
      case Kind::item:
        return item_of(value_of(e.parts[0]), value_of(e.parts[1]));
      case Kind::slice:
        return slice_of(value_of(e.parts[0]), value_of(e.parts[1]), value_of(e.parts[2]),
                        value_of(e.parts[3]));
      case Kind::call:
        return called(e);
      case Kind::filter:
        return filter(e);
      case Kind::test:
        return {tested(e.text, value_of(e.parts[0]), values_of(e.parts, 1)), true};
      case Kind::unary:
        return e.text == "not" ? Value{!is_true(value_of(e.parts[0])), true} : negative(value_of(e.parts[0]));
      case Kind::binary:
        return combined(e);
      case Kind::conditional:
        return value_of(is_true(value_of(e.parts[1])) ? e.parts[0] : e.parts[2]);
    }
    return Value::undefined();
  }

  Value named(const std::string& name) {
    if (const Value* value = find(name)) return *value;
    for (const char* function : {"namespace", "raise_exception", "range", "strftime_now"})
      if (name == function) return Value::function();
    return Value::undefined();
  }

  Value list(const Expression& e) {
    Json all = Json::array();
    for (const Value& part : values_of(e.parts, 0)) {
      if (!part.defined) throw Refused("a list of what is not defined");
      all.push_back(part.json);
    }
    return {all, true};
  }

  /// "and" and "or" give one of the two values, and look at the second only where it counts.
  Value combined(const Expression& e) {
    Value left = value_of(e.parts[0]);
    if (e.text == "and") return is_true(left) ? value_of(e.parts[1]) : left;
    if (e.text == "or") return is_true(left) ? left : value_of(e.parts[1]);
    return binary(e.text, left, value_of(e.parts[1]));
  }

  Value filter(const Expression& e) {
    const Value value = value_of(e.parts[0]);
    if (e.text == "map" && e.parts.size() == 1 && e.named.size() == 1 && e.named[0].first == "attribute")
      return attributes(value, printed(value_of(e.named[0].second)));
    if (!e.named.empty()) throw Refused("the filter " + e.text + " with named arguments");
    return filtered(e.text, value, values_of(e.parts, 1));
  }

  static Value attributes(const Value& value, const std::string& name) {
    if (!value.defined || !value.json.is_array()) throw Refused("the filter map on what is no list");
    Json all = Json::array();
    for (const Json& element : value.json) {
      const Value found = attribute_of({element, true}, name);
      if (!found.defined) throw Refused("the filter map with an attribute that is not there");
      all.push_back(found.json);
    }
    return {all, true};
  }

  /// As datetime.strftime, in English.
  std::string date_text(const std::string& format) {
    for (auto at = format.find('%'); at != std::string::npos; at = format.find('%', at + 2))
      if (at + 1 == format.size() || !std::strchr("aAbBdHIjmMpSyY%", format[at + 1]))
        throw Refused("strftime_now with " + printable_utf8(format.substr(at, 2)));
    const std::tm now = clock_();
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out << std::put_time(&now, format.c_str());
    return out.str();
  }

  Value called(const Expression& e) {
    const Expression& callee = e.parts[0];
    if (callee.kind == Kind::attribute) {
      if (!e.named.empty()) throw Refused("the method " + callee.text + " with named arguments");
      return method(callee.text, value_of(callee.parts[0]), values_of(e.parts, 1));
    }
    if (callee.kind == Kind::name && callee.text == "namespace" && e.parts.size() == 1) {
      Json space = Json::object();
      for (const auto& [key, expression] : e.named)
        space[key] = value_of(expression).json;
      return {space, true, true};
    }
    if (callee.kind == Kind::name && callee.text == "raise_exception" && e.parts.size() == 2)
      throw Raised(printable_utf8(printed(value_of(e.parts[1]))));
    if (callee.kind == Kind::name && e.named.empty()) {
      if (callee.text == "range") return range_of(values_of(e.parts, 1));
      if (callee.text == "strftime_now" && e.parts.size() == 2)
        return {date_text(printed(value_of(e.parts[1]))), true};
    }
    throw Refused(callee.kind == Kind::name ? "the function " + callee.text : "a call of a value");
  }

  const Clock& clock_;
  const std::string& file_;
  std::vector<std::map<std::string, Value>> scopes_;
  std::string out_;
  std::int64_t steps_ = 0;
  int line_ = 1;
};

}  // namespace

std::string run_template(const std::vector<Statement>& statements, const Json& variables, const Clock& clock,
                         const std::string& file) {
  return Run(variables, clock, file).run(statements);
}

}  // namespace tauscope::jinja
