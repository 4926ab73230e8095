#include "tests/core/checkpoint/pickle_builder.h"

#include <initializer_list>
#include <string_view>

namespace tauscope::test::pickle {
namespace {

std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string bytes;
  for (const std::string_view piece : pieces)
    bytes += piece;
  return bytes;
}

/// Little-endian.
std::string raw(std::uint64_t value, std::size_t width) {
  std::string bytes;
  for (std::size_t i = 0; i < width; ++i)
    bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

}  // namespace

std::string integer(std::int64_t value) {
  if (value >= 0 && value < 256) return joined({"K", raw(static_cast<std::uint64_t>(value), 1)});
  return joined({"\x8a\x08", raw(static_cast<std::uint64_t>(value), 8)});
}

std::string text(const std::string& value) {
  return joined({"X", raw(value.size(), 4), value});
}

std::string global(const std::string& module, const std::string& name) {
  return joined({"c", module, "\n", name, "\n"});
}

std::string tuple(const std::string& values) {
  return joined({"(", values, "t"});
}

std::string call(const std::string& callee, const std::string& arguments) {
  return joined({callee, tuple(arguments), "R"});
}

std::string dict(const std::string& items) {
  return joined({"\x80\x02}(", items, "u."});
}

std::string storage(const std::string& type, const std::string& key, std::int64_t elements) {
  const std::string owner = type == "UntypedStorage" ? "torch.storage" : "torch";
  const std::string id =
      joined({text("storage"), global(owner, type), text(key), text("cpu"), integer(elements)});
  return joined({tuple(id), "Q"});
}

std::string hooks() {
  return call(global("collections", "OrderedDict"), "");
}

std::string tensor(const std::string& storage, std::int64_t offset, const std::string& sizes,
                   const std::string& strides) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              joined({storage, integer(offset), tuple(sizes), tuple(strides), "\x89", hooks()}));
}

std::string plain_tensor() {
  const std::string two = integer(2);
  return tensor(storage("FloatStorage", "0", 4), 0, joined({two, two}), joined({two, integer(1)}));
}

}  // namespace tauscope::test::pickle
