// Token strings <-> ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

class Vocabulary {
 public:
  /// More than any model has; a larger id is taken for a damaged file before memory is reserved for it.
  static constexpr std::int64_t max_id = (std::int64_t{1} << 24) - 1;

  Vocabulary() = default;
  Vocabulary(Vocabulary&&) = default;  // a copy would point into the original
  Vocabulary& operator=(Vocabulary&&) = default;
  /// An object of token -> id. Throws Error::bad_input on anything else: no token at all, an id that is no
  /// integer, is negative, too large or stands twice. `field` names the object within `file`. Ids may leave
  /// holes.
  Vocabulary(const Json& object, const std::string& file, const std::string& field);

  std::optional<std::int32_t> find(std::string_view token) const;
  /// Null where the id is a hole or out of range.
  const std::string* token(std::int32_t id) const;
  /// `id` must be free.
  void add(std::string token, std::int32_t id);

  std::int32_t entries() const { return static_cast<std::int32_t>(ids_.size()); }
  std::int32_t end_id() const { return static_cast<std::int32_t>(tokens_.size()); }  ///< largest id + 1

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> ids_;
  std::vector<const std::string*> tokens_;  // points at the keys of ids_, which never move
};

}  // namespace tauscope
