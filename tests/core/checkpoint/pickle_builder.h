// Pickles written by hand, opcode by opcode.
#pragma once

#include <cstdint>
#include <string>

namespace tauscope::test::pickle {

std::string integer(std::int64_t value);
std::string text(const std::string& value);
std::string global(const std::string& module, const std::string& name);
std::string tuple(const std::string& values);
std::string call(const std::string& callee, const std::string& arguments);
/// A whole pickle: a dict of these keys and values.
std::string dict(const std::string& items);

std::string storage(const std::string& type, const std::string& key, std::int64_t elements);
std::string hooks();
/// A tensor over `storage`; `sizes` and `strides` are the tuples' elements.
std::string tensor(const std::string& storage, std::int64_t offset, const std::string& sizes,
                   const std::string& strides);
/// Row by row, float32, from storage "0" of four elements.
std::string plain_tensor();

}  // namespace tauscope::test::pickle
