#include "core/tokenizer/character_map.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include <utf8proc.h>

#include "core/base/error.h"
#include "core/tokenizer/unicode_tables.h"
#include "core/tokenizer/utf8.h"

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
  Walk(std::vector<Unit> units, std::size_t replacement_bytes, const std::string& file,
       const std::string& field)
      : units_(std::move(units)), replacement_bytes_(replacement_bytes), file_(file), field_(field) {}

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
    throw Error::bad_input(file_, "the normalizer's table is damaged, " + problem)
        .field(field_)
        .remedy("download the file again");
  }

  std::vector<Unit> units_;
  std::size_t replacement_bytes_;
  const std::string& file_;
  const std::string& field_;
  std::vector<int> entries_;  // by unit: new_name, kOpen, or the most entries that a way from it meets
};

/// The array's size in bytes, which stands in front of it.
std::uint32_t array_bytes_of(std::string_view table) {
  std::uint32_t bytes = 0;
  for (std::size_t i = 0; i < sizeof bytes; ++i)
    bytes |= static_cast<std::uint32_t>(static_cast<unsigned char>(table[i])) << (8 * i);
  return bytes;
}

/// Longer clusters are looked up character by character only.
constexpr std::size_t longest_cluster = 5;

/// The grapheme cluster at `at`.
std::size_t cluster_length(std::string_view text, std::size_t at) {
  const auto known = [](char32_t c) { return static_cast<utf8proc_int32_t>(unicode::tables::stand_in(c)); };
  utf8proc_int32_t state = 0;
  utf8::CodePoint here = utf8::decode(text, at);
  std::size_t end = at + here.length;
  while (end < text.size()) {
    const utf8::CodePoint next = utf8::decode(text, end);
    if (utf8proc_grapheme_break_stateful(known(here.value), known(next.value), &state)) break;
    end += next.length;
    here = next;
  }
  return end - at;
}

}  // namespace

void require_safe_character_map(std::string_view table, const std::string& file, const std::string& field) {
  if (table.empty()) return;
  const auto refuse = [&](const char* problem) {
    throw Error::bad_input(file, std::string("the normalizer's table is damaged, ") + problem)
        .field(field)
        .remedy("download the file again");
  };
  if (table.size() <= sizeof(std::uint32_t)) refuse("it is too short");
  const std::uint32_t array_bytes = array_bytes_of(table);
  table.remove_prefix(sizeof array_bytes);
  if (array_bytes >= table.size() || array_bytes % sizeof(Unit) != 0) refuse("its sizes are wrong");
  if (table.back() != '\0') refuse("its last replacement is not terminated");
  std::vector<Unit> units(array_bytes / sizeof(Unit));
  std::memcpy(units.data(), table.data(), array_bytes);  // little-endian, as the library itself reads it
  Walk(std::move(units), table.size() - array_bytes, file, field).run();
}

CharacterMap::CharacterMap(std::string_view table, const std::string& file, const std::string& field) {
  require_safe_character_map(table, file, field);
  if (table.empty()) throw Error::bad_input(file, "the normalizer's table is empty").field(field);
  const std::uint32_t array_bytes = array_bytes_of(table);
  table.remove_prefix(sizeof array_bytes);
  units_.resize(array_bytes / sizeof(std::uint32_t));
  std::memcpy(units_.data(), table.data(), array_bytes);
  replacements_ = table.substr(array_bytes);
  if (utf8::find_invalid(replacements_) != std::string::npos)
    throw Error::bad_input(file, "the normalizer's table is damaged, a replacement is not UTF-8")
        .field(field);
}

std::optional<std::string_view> CharacterMap::replacement(std::string_view piece) const {
  std::uint32_t at = Unit{units_[0]}.offset();
  for (const char byte : piece) {
    if (byte == '\0') return std::nullopt;
    const auto label = static_cast<unsigned char>(byte);
    at ^= label;
    const Unit unit{units_[at]};
    if (unit.label() != label) return std::nullopt;
    at ^= unit.offset();
    if (unit.has_leaf()) return replacements_.c_str() + Unit{units_[at]}.value();
  }
  return std::nullopt;
}

std::string CharacterMap::apply(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view cluster = text.substr(at, cluster_length(text, at));
    at += cluster.size();
    const auto whole = cluster.size() <= longest_cluster ? replacement(cluster) : std::nullopt;
    if (whole) {
      out += *whole;
      continue;
    }
    for (std::size_t i = 0; i < cluster.size();) {
      const std::string_view character = cluster.substr(i, utf8::decode(cluster, i).length);
      out += replacement(character).value_or(character);
      i += character.size();
    }
  }
  return out;
}

}  // namespace tauscope
