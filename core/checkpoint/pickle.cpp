#include "core/checkpoint/pickle.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/message.h"
#include "core/checkpoint/pickle_names.h"
#include "core/checkpoint/torch_remedies.h"

namespace tauscope {
namespace {

constexpr std::size_t longest_name = 512, longest_text = 1 << 16;

using Kind = PickleNode::Kind;

enum Opcode : unsigned char {
  mark = '(',
  stop = '.',
  binint = 'J',
  binint1 = 'K',
  binint2 = 'M',
  none = 'N',
  binpersid = 'Q',
  reduce = 'R',
  binunicode = 'X',
  append = 'a',
  build = 'b',
  global = 'c',
  appends = 'e',
  binget = 'h',
  long_binget = 'j',
  empty_list = ']',
  binput = 'q',
  long_binput = 'r',
  setitem = 's',
  tuple = 't',
  setitems = 'u',
  empty_tuple = ')',
  empty_dict = '}',
  binfloat = 'G',
  proto = 0x80,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  newtrue = 0x88,
  newfalse = 0x89,
  long1 = 0x8a,
};

}  // namespace

/// The stack machine of the pickle, without the part that runs anything.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> bytes, const std::string& file, const std::string& field,
                PickleTree& tree)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
        file_(file),
        field_(field),
        tree_(tree) {}

  PickleValue run() {
    if (text_.size() > PickleTree::most_bytes)
      throw wrong("the pickle is too large")
          .found(fmt::format("{} bytes", text_.size()))
          .expected(fmt::format("at most {}", PickleTree::most_bytes))
          .remedy(convert_torch_file);
    for (;;) {
      opcode_at_ = at_;
      opcode_ = static_cast<unsigned char>(take(1)[0]);
      if (opcode_ == stop) break;
      step();
    }
    if (stack_.size() != 1 || !marks_.empty()) throw wrong_stack("one value at the end");
    if (at_ != text_.size())
      throw wrong("there are bytes behind the pickle's end")
          .found(fmt::format("{} bytes", text_.size() - at_));
    return stack_.back();
  }

 private:
  Error wrong(std::string problem) const {
    return Error::bad_input(file_, std::move(problem)).field(fmt::format("{}, byte {}", field_, opcode_at_));
  }
  Error wrong_stack(const char* expected) const {
    return wrong("the pickle is damaged: an opcode does not find what it needs")
        .found(pickle_opcode_text(opcode_))
        .expected(expected)
        .remedy(convert_torch_file);
  }

  void step() {
    switch (opcode_) {
      case proto:
        return check_protocol();
      case none:
        return push(PickleNone{});
      case newtrue:
        return push(true);
      case newfalse:
        return push(false);
      case binint:
        return push(std::int64_t{number<std::int32_t>()});
      case binint1:
        return push(std::int64_t{number<std::uint8_t>()});
      case binint2:
        return push(std::int64_t{number<std::uint16_t>()});
      case long1:
        return push(long_number());
      case binfloat:
        return push(float_number());
      case binunicode:
        return push(unicode());
      case empty_tuple:
        return push(node(Kind::tuple));
      case empty_list:
        return push(node(Kind::list));
      case empty_dict:
        return push(node(Kind::dict));
      case mark:
        return push_mark();
      case tuple:
        return push(node(Kind::tuple, take_marked()));
      case tuple1:
        return push_tuple(1);
      case tuple2:
        return push_tuple(2);
      case tuple3:
        return push_tuple(3);
      case append:
        return add_to(Kind::list, take_top(1));
      case appends:
        return add_to(Kind::list, take_marked());
      case setitem:
        return add_to(Kind::dict, take_top(2));
      case setitems:
        return add_to(Kind::dict, take_marked());
      case binput:
        return memorize(number<std::uint8_t>());
      case long_binput:
        return memorize(number<std::uint32_t>());
      case binget:
        return recall(number<std::uint8_t>());
      case long_binget:
        return recall(number<std::uint32_t>());
      case global:
        return push(known_global());
      case binpersid:
        return push(node(Kind::persistent, take_top(1)));
      case reduce:
        return push_call();
      case build:
        return pass_over_state();
      default:
        throw wrong("the pickle has an opcode that a state dict does not need")
            .found(pickle_opcode_text(opcode_))
            .remedy(convert_torch_file);
    }
  }

  std::string_view take(std::size_t bytes) {
    if (bytes > text_.size() - at_)
      throw wrong("the pickle is truncated")
          .found(fmt::format("{} bytes left", text_.size() - at_))
          .expected(fmt::format("{}", bytes))
          .remedy(convert_torch_file);
    const std::string_view piece = text_.substr(at_, bytes);
    at_ += bytes;
    return piece;
  }

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::int64_t long_number() {
    const std::size_t size = number<std::uint8_t>();
    if (size > 8)
      throw wrong("the pickle holds an integer of more than 64 bits").found(fmt::format("{} bytes", size));
    const std::string_view digits = take(size);
    // Two's complement of `size` bytes: the highest one carries the sign.
    std::uint64_t value = !digits.empty() && (digits.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = size; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(digits[i]);
    return static_cast<std::int64_t>(value);
  }

  double float_number() {
    std::uint64_t bits = 0;
    for (const char byte : take(8))
      bits = bits << 8 | static_cast<unsigned char>(byte);
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

  std::string_view unicode() {
    const std::size_t size = number<std::uint32_t>();
    if (size > longest_text)
      throw wrong("the pickle holds a text that is too long")
          .found(fmt::format("{} bytes", size))
          .expected(fmt::format("at most {}", longest_text));
    const std::string_view text = take(size);
    if (printable_utf8(text) != text)
      throw wrong("the pickle holds a text that is not UTF-8").found(in_quotes(text));
    return text;
  }

  std::string_view line() {
    const std::size_t end = text_.find('\n', at_);
    if (end == text_.npos || end - at_ > longest_name)
      throw wrong("the pickle names something without an end");
    const std::string_view name = take(end - at_);
    take(1);
    return name;
  }

  void check_protocol() {
    const unsigned version = number<std::uint8_t>();
    if (opcode_at_ != 0 || version != 2)
      throw wrong("the pickle is not of the protocol that torch.save uses")
          .found(fmt::format("protocol {}", version))
          .expected("protocol 2, stated once, at the start")
          .remedy(convert_torch_file);
  }

  void push(PickleValue value) {
    if (stack_.size() >= PickleTree::most_stacked)
      throw wrong("the pickle's stack grows too high")
          .expected(fmt::format("at most {} values", PickleTree::most_stacked));
    stack_.push_back(value);
  }

  PickleNode* node(Kind kind, std::vector<PickleValue> values = {}) {
    if (tree_.nodes_.size() >= PickleTree::most_nodes)
      throw wrong("the pickle holds too many objects")
          .expected(fmt::format("at most {}", PickleTree::most_nodes));
    tree_.nodes_.push_back({kind, {}, std::move(values)});
    return &tree_.nodes_.back();
  }

  void push_mark() {
    if (marks_.size() >= PickleTree::most_stacked)
      throw wrong("the pickle's stack grows too high")
          .expected(fmt::format("at most {} marks", PickleTree::most_stacked));
    marks_.push_back(stack_.size());
  }

  /// Values above the last mark belong to it: no opcode may reach below.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  std::vector<PickleValue> take_top(std::size_t count) {
    if (stack_.size() - floor() < count) throw wrong_stack("values on the stack");
    std::vector<PickleValue> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }

  std::vector<PickleValue> take_marked() {
    if (marks_.empty()) throw wrong_stack("a mark on the stack");
    const std::size_t count = stack_.size() - marks_.back();
    std::vector<PickleValue> values = take_top(count);
    marks_.pop_back();
    return values;
  }

  void push_tuple(std::size_t count) { push(node(Kind::tuple, take_top(count))); }

  /// The container on top of the stack, which stays there. Only containers that the pickle is still building
  /// are changed: those in the tree's own hands.
  PickleNode& top_container(Kind kind) {
    if (stack_.size() > floor())
      if (const auto* const found = std::get_if<const PickleNode*>(&stack_.back());
          found && (*found)->kind == kind)
        return const_cast<PickleNode&>(**found);
    throw wrong_stack(kind == Kind::list ? "a list" : "a dict");
  }

  void add_to(Kind kind, std::vector<PickleValue> values) {
    if (kind == Kind::dict && values.size() % 2 != 0) throw wrong_stack("a value for every key");
    PickleNode& container = top_container(kind);
    container.values.insert(container.values.end(), values.begin(), values.end());
  }

  void memorize(std::size_t index) {
    if (stack_.size() == floor()) throw wrong_stack("a value to remember");
    if (index >= PickleTree::most_memo)
      throw wrong("the pickle's memo grows too large")
          .found(fmt::format("entry {}", index))
          .expected(fmt::format("less than {}", PickleTree::most_memo));
    if (index >= memo_.size()) memo_.resize(index + 1);
    memo_[index] = stack_.back();
  }

  void recall(std::size_t index) {
    if (index >= memo_.size() || !memo_[index])
      throw wrong("the pickle recalls what it never stored")
          .found(fmt::format("memo entry {}", index))
          .remedy(convert_torch_file);
    push(*memo_[index]);
  }

  PickleGlobal known_global() {
    const std::string_view module = line(), name = line();
    if (const auto known = pickle_global(module, name)) return *known;
    throw wrong(
        "the pickle names something that is no part of a plain state dict; whoever loads it elsewhere may "
        "run it")
        .found(in_quotes(std::string(module) + "." + std::string(name)))
        .expected(
            "collections.OrderedDict, torch._utils._rebuild_tensor_v2 or _rebuild_parameter, and storages")
        .remedy(convert_trusted_torch_file);
  }

  /// OrderedDict() is an empty dict; other calls stay what they are.
  void push_call() {
    const std::vector<PickleValue> values = take_top(2);
    const auto* const callee = std::get_if<PickleGlobal>(&values[0]);
    const auto* const arguments = std::get_if<const PickleNode*>(&values[1]);
    if (!callee || !arguments || (*arguments)->kind != Kind::tuple)
      throw wrong_stack("a callable and a tuple of arguments");
    if (callee->kind == PickleGlobal::Kind::ordered_dict) {
      if (!(*arguments)->values.empty())
        throw wrong("an OrderedDict is made of arguments")
            .expected("an empty one that is filled afterwards")
            .remedy(convert_torch_file);
      return push(node(Kind::dict));
    }
    const bool rebuilds = callee->kind == PickleGlobal::Kind::rebuild_tensor ||
                          callee->kind == PickleGlobal::Kind::rebuild_typed_tensor ||
                          callee->kind == PickleGlobal::Kind::rebuild_parameter;
    if (!rebuilds)
      throw wrong("the pickle calls what is not to be called")
          .found(pickle_global_name(*callee))
          .remedy(convert_torch_file);
    PickleNode* const call = node(Kind::call, {values[1]});
    call->callee = *callee;
    push(call);
  }

  /// A module's state dict carries an attribute, _metadata: versions of its modules, which no weight needs.
  void pass_over_state() {
    const std::vector<PickleValue> state = take_top(1);
    const auto* const attributes = std::get_if<const PickleNode*>(&state[0]);
    if (!attributes || (*attributes)->kind != Kind::dict) throw wrong_stack("a dict of attributes");
    top_container(Kind::dict);
  }

  std::string_view text_;
  const std::string& file_;
  const std::string& field_;
  PickleTree& tree_;
  std::size_t at_ = 0, opcode_at_ = 0;
  unsigned char opcode_ = 0;
  std::vector<PickleValue> stack_;
  std::vector<std::size_t> marks_;
  std::vector<std::optional<PickleValue>> memo_;
};

PickleTree::PickleTree(std::span<const std::byte> bytes, const std::string& file, const std::string& field)
    : root_(PickleMachine(bytes, file, field, *this).run()) {}

std::string described(const PickleValue& value) {
  if (std::holds_alternative<PickleNone>(value)) return "None";
  if (const auto* const flag = std::get_if<bool>(&value)) return *flag ? "True" : "False";
  if (const auto* const integer = std::get_if<std::int64_t>(&value))
    return fmt::format("the number {}", *integer);
  if (const auto* const real = std::get_if<double>(&value)) return fmt::format("the number {}", *real);
  if (const auto* const text = std::get_if<std::string_view>(&value)) return "the text " + in_quotes(*text);
  if (const auto* const global = std::get_if<PickleGlobal>(&value)) return pickle_global_name(*global);
  const PickleNode& node = *std::get<const PickleNode*>(value);
  switch (node.kind) {
    case Kind::tuple:
      return fmt::format("a tuple of {}", node.values.size());
    case Kind::list:
      return fmt::format("a list of {}", node.values.size());
    case Kind::dict:
      return fmt::format("a dict of {}", node.values.size() / 2);
    case Kind::call:
      return "a call of " + pickle_global_name(node.callee);
    case Kind::persistent:
      return "a storage";
  }
  return "?";
}

}  // namespace tauscope
