#include "core/diagnostics/position_groups.h"

#include <bit>

namespace tauscope {
namespace {

constexpr std::int32_t first_position_slot = 5;
constexpr std::int32_t first_octave =
    std::bit_width(static_cast<std::uint64_t>(individual_positions)) - 1;  // 2^7
constexpr std::int32_t position_slots = individual_positions + (63 - first_octave);
constexpr std::int32_t first_category_slot = first_position_slot + position_slots;

}  // namespace

std::int32_t GroupSlots::position(std::int64_t position) {
  if (position < individual_positions) return first_position_slot + static_cast<std::int32_t>(position);
  const auto octave = static_cast<std::int32_t>(std::bit_width(static_cast<std::uint64_t>(position))) - 1;
  return first_position_slot + static_cast<std::int32_t>(individual_positions) + (octave - first_octave);
}

std::int32_t GroupSlots::category(const std::string& name) {
  if (name.empty()) return -1;
  if (const auto known = category_slots_.find(name); known != category_slots_.end()) return known->second;
  if (categories_.size() >= most_categories) {
    if (!overflowed_) categories_.emplace_back("(other categories)");
    overflowed_ = true;
    return first_category_slot + static_cast<std::int32_t>(most_categories);
  }
  const auto slot = first_category_slot + static_cast<std::int32_t>(categories_.size());
  categories_.push_back(name);
  category_slots_.emplace(name, slot);
  return slot;
}

std::size_t GroupSlots::count() const {
  return static_cast<std::size_t>(first_category_slot) + categories_.size();
}

GroupName GroupSlots::name(std::size_t slot) const {
  if (slot == 0) return {"all", ""};
  if (slot < first_position_slot) return {"entropy_quartile", std::to_string(slot)};
  if (slot >= first_category_slot) return {"category", categories_[slot - first_category_slot]};
  const auto index = static_cast<std::int64_t>(slot) - first_position_slot;
  if (index < individual_positions) return {"position", std::to_string(index)};
  const auto octave = first_octave + (index - individual_positions);
  const auto low = std::uint64_t{1} << octave;
  return {"position", std::to_string(low) + "-" + std::to_string(2 * low - 1)};
}

}  // namespace tauscope
