#include "core/tokenizer/character_map.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/base/error.h"

namespace tauscope {
namespace {

// One unit of the array, as darts-clone lays it out (its header, "DoubleArrayUnit").
struct Unit {
  std::uint32_t bits;
  bool has_leaf() const { return (bits >> 8) & 1; }
  std::uint32_t value() const { return bits & 0x7FFFFFFF; }
  std::uint32_t label() const { return bits & 0x800000FF; }
  std::uint32_t offset() const { return (bits >> 10) << ((bits & 0x200) >> 6); }
};

constexpr int most_entries = 32;

/// Depth first over the automaton, which is acyclic in a sound table (words share their ends).
class Walk {
 public:
  Walk(std::vector<Unit> units, std::size_t replacement_bytes, const std::string& file)
      : units_(std::move(units)), replacement_bytes_(replacement_bytes), file_(file) {}

  void run() {
    if (units_.empty()) refuse("it is empty");
    entries_.assign(units_.size(), new_name);
    std::vector<Step> way{enter(0)};
    while (!way.empty()) {
      Step& step = way.back();
      if (step.label == 256) {
        leave(way);
        continue;
      }
      const std::uint32_t label = step.label++;
      const std::uint32_t child = step.base ^ label;
      if (units_[child].label() != label) continue;
      if (entries_[child] == kOpen) refuse("a way through it has no end");
      if (entries_[child] == new_name)
        way.push_back(enter(child));
      else
        step.entries_below = std::max(step.entries_below, entries_[child]);
    }
  }

 private:
  static constexpr int new_name = -1, kOpen = -2;
  struct Step {
    std::uint32_t at = 0, base = 0, label = 0;
    int entries_below = 0;  // most that any way from here on meets
  };

  Step enter(std::uint32_t at) {
    entries_[at] = kOpen;
    Step step{at, at ^ units_[at].offset()};
    if ((step.base | 0xFF) >= units_.size()) refuse("a way leaves it");
    if (units_[at].has_leaf() && units_[step.base].value() >= replacement_bytes_)
      refuse("an entry has no replacement");
    return step;
  }

  void leave(std::vector<Step>& way) {
    const Step done = way.back();
    way.pop_back();
    const int entries = done.entries_below + (units_[done.at].has_leaf() ? 1 : 0);
    if (entries > most_entries) refuse("too many entries begin alike");
    entries_[done.at] = entries;
    if (!way.empty()) way.back().entries_below = std::max(way.back().entries_below, entries);
  }

  [[noreturn]] void refuse(const std::string& problem) const {
    throw Error::bad_input(file_,
                           "is not a sentencepiece model: the normalizer's table is damaged, " + problem)
        .field("normalizer_spec.precompiled_charsmap")
        .remedy("download the file again");
  }

  std::vector<Unit> units_;
  std::size_t replacement_bytes_;
  const std::string& file_;
  std::vector<int> entries_;  // by unit: new_name, kOpen, or the most entries that a way from it meets
};

}  // namespace

void require_safe_character_map(std::string_view table, const std::string& file) {
  if (table.empty()) return;
  const auto refuse = [&](const char* problem) {
    throw Error::bad_input(
        file, std::string("is not a sentencepiece model: the normalizer's table is damaged, ") + problem)
        .field("normalizer_spec.precompiled_charsmap")
        .remedy("download the file again");
  };
  std::uint32_t array_bytes = 0;
  if (table.size() <= sizeof array_bytes) refuse("it is too short");
  for (std::size_t i = 0; i < sizeof array_bytes; ++i)
    array_bytes |= static_cast<std::uint32_t>(static_cast<unsigned char>(table[i])) << (8 * i);
  table.remove_prefix(sizeof array_bytes);
  if (array_bytes >= table.size() || array_bytes % sizeof(Unit) != 0) refuse("its sizes are wrong");
  if (table.back() != '\0') refuse("its last replacement is not terminated");
  std::vector<Unit> units(array_bytes / sizeof(Unit));
  std::memcpy(units.data(), table.data(), array_bytes);  // little-endian, as the library itself reads it
  Walk(std::move(units), table.size() - array_bytes, file).run();
}

}  // namespace tauscope
