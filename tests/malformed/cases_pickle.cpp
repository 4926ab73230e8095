#include "tests/core/checkpoint/pickle_builder.h"
#include "tests/core/checkpoint/zip_builder.h"
#include "tests/malformed/cases.h"

namespace tauscope::test {
namespace {

using namespace pickle;

const std::string start = "\x80\x02";

/// One tensor "x" in storage "0" of four floats.
std::string state(const std::string& tensor) {
  return dict(text("x") + tensor);
}

std::string floats(std::int64_t elements) {
  return storage("FloatStorage", "0", elements);
}

std::string repeated(const std::string& piece, std::size_t times) {
  std::string all;
  all.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i)
    all += piece;
  return all;
}

/// Storage "0" of 64 kB, and more transposed views of it than twice the file could hold.
std::string many_copies() {
  const std::string view = tensor(floats(16384), 0, integer(128) + integer(128), integer(1) + integer(128));
  std::string items = text("0") + view + std::string("q\0", 2);
  for (int i = 1; i < 1000; ++i)
    items += text(std::to_string(i)) + std::string("h\0", 2);
  return dict(items);
}

std::string v2(const std::string& arguments) {
  return call(global("torch._utils", "_rebuild_tensor_v2"), arguments);
}

}  // namespace

std::vector<MalformedCase> pickle_cases() {
  std::vector<MalformedCase> cases;
  const std::vector<std::string> storages{std::string(16, 'd'), std::string(4, '\0')};
  const auto add = [&](std::string name, const std::string& bytes, std::vector<std::string> fragments) {
    cases.push_back({std::move(name),
                     "torch",
                     {{"pytorch_model.bin", torch_archive(bytes, storages)}},
                     std::move(fragments)});
  };
  const std::string two = integer(2) + integer(2), rows = integer(2) + integer(1);
  // Code.
  add("os.system", state(call(global("posix", "system"), text("touch /tmp/x"))),
      {"\"posix.system\"", "no part of a plain state dict", "data.pkl, byte 10", "if you trust"});
  add("eval", state(call(global("builtins", "eval"), text("1"))), {"\"builtins.eval\"", "may run it"});
  add("a class of torch's own", state(call(global("torch.nn.modules.linear", "Linear"), "")),
      {"\"torch.nn.modules.linear.Linear\""});
  add("a nested name", state(global("torch", "storage._load_from_bytes")),
      {"\"torch.storage._load_from_bytes\""});
  add("a global with a zero byte", state(global("os", std::string("system\0", 7))), {"os.system"});
  add("a global without an end", start + "cos" + std::string(600, 'x'), {"names something without an end"});
  add("a call of a storage", state(call(global("torch", "FloatStorage"), "")),
      {"calls what is not to be called", "torch.FloatStorage"});
  add("a call of text", state(text("system") + tuple("") + "R"), {"REDUCE (0x52)", "a callable and a tuple"});
  add("INST", start + "(ios\nsystem\n.", {"INST (0x69)", "opcode that a state dict does not need"});
  add("OBJ", start + "(" + global("os", "system") + "o.", {"\"os.system\""});
  add("STACK_GLOBAL", start + text("os") + text("system") + "\x93.", {"STACK_GLOBAL (0x93)"});
  add("EXT1", start + "\x82\x01.", {"EXT1 (0x82)"});
  add("NEWOBJ", start + "N)\x81.", {"NEWOBJ (0x81)"});
  add("PERSID", start + "Pos\n.", {"PERSID (0x50)"});
  add("an opcode that is none", start + "\xFE.", {"no opcode (0xfe)"});
  // The machine.
  add("an empty pickle", "", {"the pickle is truncated", "data.pkl, byte 0"});
  add("a pickle without STOP", start + "}", {"the pickle is truncated", "byte 3"});
  add("bytes behind STOP", state(plain_tensor()) + "more", {"bytes behind the pickle's end", "4 bytes"});
  add("protocol 4", std::string("\x80\x04") + state(plain_tensor()).substr(2), {"protocol 4", "protocol 2"});
  add("a second protocol", start + start + "}.", {"stated once", "byte 2"});
  add("an empty stack", start + ".", {"STOP (0x2e)", "one value at the end"});
  add("two values at the end", start + "NN.", {"STOP (0x2e)", "byte 4"});
  add("a stack that is too short", start + "N\x87.", {"TUPLE3 (0x87)", "values on the stack"});
  add("values below the mark", start + "NN(\x86.", {"TUPLE2 (0x86)"});
  add("a tuple without a mark", start + "Nt.", {"TUPLE (0x74)", "a mark"});
  add("a key without a value", start + "}(Nu.", {"SETITEMS (0x75)", "a value for every key"});
  add("items for a list", start + "](NNu.", {"SETITEMS (0x75)", "a dict"});
  add("an element for a tuple", start + ")Na.", {"APPEND (0x61)", "a list"});
  add("a memo entry of nothing", start + "q\x01.", {"BINPUT (0x71)", "a value to remember"});
  add("a memo entry that was never stored", start + "h\x07.", {"never stored", "memo entry 7"});
  add("a memo entry beyond all", start + "Nr\xFF\xFF\xFF\xFF.", {"memo grows too large", "entry 4294967295"});
  add("a text longer than the pickle",
      start +
          "X\xFF\xFF\xFF\x7F"
          "abc.",
      {"text that is too long", "2147483647 bytes"});
  add("a text that ends too early",
      start + std::string("X\x40\0\0\0"
                          "abc.",
                          9),
      {"truncated", "found:    4 bytes left", "64"});
  add("a text that is not UTF-8", state("").substr(0, 4) + text("\xC3\x28") + plain_tensor() + "u.",
      {"not UTF-8"});
  add("an integer of 2040 bits", start + "\x8a\xFF" + std::string(255, '\x7F') + ".",
      {"more than 64 bits", "255 bytes"});
  add("marks without end", start + std::string(1'100'000, '('), {"stack grows too high", "1000000 marks"});
  add("values without end", start + std::string(1'100'000, 'N'), {"stack grows too high", "1000000 values"});
  add("POP", start + "N0.", {"POP (0x30)"});
  add("objects that are thrown away", start + "](" + repeated(")))))))t(", 300'000), {"too many objects"});
  add("an attribute that is no dict", start + "}Nb.", {"BUILD (0x62)", "a dict of attributes"});
  add("attributes of a tensor", state(plain_tensor() + "}b"), {"BUILD (0x62)", "a dict"});
  add("an OrderedDict of arguments", state(call(global("collections", "OrderedDict"), "]")),
      {"OrderedDict is made of arguments"});
  // The state dict.
  add("a tensor instead of a dict", start + plain_tensor() + ".",
      {"does not hold a state dict", "a call of torch._utils._rebuild_tensor_v2", "model.state_dict()"});
  add("a list that holds itself", start + std::string("]q\0h\0a.", 7),
      {"does not hold a state dict", "a list of 1"});
  add("a dict that holds itself", start + std::string("}q\0", 3) + text("x") + std::string("h\0s.", 4),
      {"is not a tensor", "a dict of 1"});
  add("a number among the tensors", dict(text("epoch") + integer(3)),
      {"\"epoch\"", "the number 3", "not a flat state dict"});
  add("a name that is no text", dict(integer(7) + plain_tensor()),
      {"a tensor's name is not text", "the number 7"});
  add("two tensors of one name", dict(text("x") + plain_tensor() + text("x") + plain_tensor()),
      {"two tensors have this name", "\"x\""});
  add("nested lists", dict(text("x") + repeated("](", 400'000) + repeated("e", 400'000)),
      {"\"x\"", "is not a tensor", "a list of 1"});
  // Tensors.
  add("a storage that is not described", state(tensor(text("0"), 0, two, rows)),
      {"\"x\".storage", "not described as torch.save does"});
  add("a storage of four parts",
      state(tensor(tuple(text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu")) + "Q",
                   0, two, rows)),
      {"\"x\".storage", "('storage', TYPE, KEY, DEVICE, ELEMENTS)"});
  add("a storage of another kind",
      state(tensor(
          tuple(text("module") + global("torch", "FloatStorage") + text("0") + text("cpu") + integer(4)) +
              "Q",
          0, two, rows)),
      {"\"x\".storage", "torch.save does"});
  add("a storage that does not exist", state(tensor(storage("FloatStorage", "9", 4), 0, two, rows)),
      {"no bytes for the storage", "key \"9\""});
  add("a storage whose key climbs", state(tensor(storage("FloatStorage", "../version", 4), 0, two, rows)),
      {"no bytes for the storage", "../version"});
  add("a storage of other elements", state(tensor(floats(5), 0, two, rows)),
      {"16 bytes", "20 bytes for 5 elements of F32"});
  add("a storage of -1 elements", state(tensor(floats(-1), 0, two, rows)),
      {"size is not one", "-1 elements"});
  add("a storage of 2^62 elements", state(tensor(floats(std::int64_t{1} << 62), 0, two, rows)),
      {"size is not one", "4611686018427387904 elements"});
  add("a storage described twice",
      dict(text("x") + plain_tensor() + text("y") + tensor(storage("IntStorage", "0", 4), 0, two, rows)),
      {"\"y\".storage", "differently", "4 I32, and 4 F32"});
  add("an untyped storage without a type", state(tensor(storage("UntypedStorage", "0", 16), 0, two, rows)),
      {"kind does not go with"});
  add("an element type that is none",
      state(call(global("torch._utils", "_rebuild_tensor_v3"), storage("UntypedStorage", "0", 16) +
                                                                   integer(0) + tuple(two) + tuple(rows) +
                                                                   "\x89" + hooks() + text("float32"))),
      {"\"x\".dtype", "the text \"float32\""});
  add("a tensor larger than its storage", state(tensor(floats(4), 0, integer(3) + integer(2), rows)),
      {"reaches beyond its storage", "size [3, 2]", "to lie in 4 elements"});
  add("an offset beyond the storage", state(tensor(floats(4), 1, two, rows)),
      {"reaches beyond its storage", "offset 1"});
  add("a negative offset", state(tensor(floats(4), -1, two, rows)),
      {"reaches beyond its storage", "offset -1"});
  add("an offset of 2^62", state(tensor(floats(4), std::int64_t{1} << 62, two, rows)),
      {"offset 4611686018427387904"});
  add("a negative stride", state(tensor(floats(4), 3, two, integer(-2) + integer(-1))),
      {"reaches beyond its storage", "stride [-2, -1]"});
  add("a stride of 2^62", state(tensor(floats(4), 0, two, integer(std::int64_t{1} << 62) + integer(1))),
      {"stride [4611686018427387904, 1]"});
  add("a negative size", state(tensor(floats(4), 0, integer(-2) + integer(2), rows)),
      {"\"x\".size", "negative", "[-2, 2]"});
  add("a size of 2^62", state(tensor(floats(4), 0, integer(std::int64_t{1} << 62) + integer(4), rows)),
      {"\"x\".size", "63 bits", "[4611686018427387904, 4]"});
  add("sizes that are text", state(tensor(floats(4), 0, text("2"), rows)),
      {"\"x\".size", "is not an integer", "the text \"2\""});
  add("strides that are too few", state(tensor(floats(4), 0, two, integer(1))),
      {"\"x\".stride", "not as many strides as sizes", "2 of them"});
  add("100 dimensions", state(tensor(floats(4), 0, repeated(integer(1), 100), repeated(integer(1), 100))),
      {"\"x\".size", "a tuple of 100", "at most 64 integers"});
  add("a tensor that repeats its elements",
      state(tensor(floats(4), 0, integer(1000) + integer(4), integer(0) + integer(1))),
      {"elements of the tensor overlap", "stride [0, 1]"});
  add("a tensor that slides over its elements", state(tensor(floats(4), 0, two, integer(1) + integer(1))),
      {"elements of the tensor overlap", "stride [1, 1]"});
  add("hooks", state(v2(floats(4) + integer(0) + tuple(two) + tuple(rows) + "\x89]")),
      {"\"x\".backward_hooks", "no plain tensor", "a list of 0"});
  add("a conjugated view",
      state(v2(floats(4) + integer(0) + tuple(two) + tuple(rows) + "\x89" + hooks() + "}" + text("conj") +
               "\x88s")),
      {"\"x\".metadata", "a dict of 1"});
  add("a description that ends early", state(v2(floats(4) + integer(0) + tuple(two))),
      {"\"x\".stride", "ends too early", "3 arguments"});
  add("a parameter of a parameter",
      state(call(global("torch._utils", "_rebuild_parameter"),
                 call(global("torch._utils", "_rebuild_parameter"), plain_tensor() + "\x88" + hooks()) +
                     "\x88" + hooks())),
      {"\"x\"", "is not a tensor", "a call of torch._utils._rebuild_parameter"});
  cases.push_back({"more transposed views than bytes",
                   "torch",
                   {{"pytorch_model.bin", torch_archive(many_copies(), {std::string(65536, 'd')})}},
                   {"come to more than the file could hold", "bytes up to here"}});
  return cases;
}

}  // namespace tauscope::test
