// Which groups of summary.csv a scored position belongs to, as slots: small integers that index the running
// sums.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tauscope {

/// Positions below this have a group each; those above share one per doubling: "128-255", "256-511", …
inline constexpr std::int64_t individual_positions = 128;
/// Categories beyond so many share the group "(other categories)": memory must not grow with the data.
inline constexpr std::size_t most_categories = 1000;

/// The slots that one position adds to, beside slot 0 ("all"); -1 = none of that kind.
struct RowGroups {
  std::int64_t example = 0;
  std::int32_t quartile = -1, position = -1, category = -1;
  bool has_target = false;
};

/// One slot's name in summary.csv.
struct GroupName {
  std::string group, value;
};

/// Slots in the order of the summary's rows: all, the four quartiles, positions, categories (in order of
/// first appearance).
class GroupSlots {
 public:
  static constexpr std::int32_t all = 0;
  static constexpr std::int32_t quartile(int index) { return 1 + index; }  ///< index 0 … 3
  static std::int32_t position(std::int64_t position);

  /// -1 for the empty category.
  std::int32_t category(const std::string& name);
  std::size_t count() const;
  GroupName name(std::size_t slot) const;
  bool too_many_categories() const { return overflowed_; }

 private:
  std::map<std::string, std::int32_t, std::less<>> category_slots_;
  std::vector<std::string> categories_;
  bool overflowed_ = false;
};

}  // namespace tauscope
