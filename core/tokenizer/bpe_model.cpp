#include "core/tokenizer/bpe_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) |
         static_cast<std::uint32_t>(right);
}

using Scratch = BpeModel::Scratch;

void push_symbol(Scratch& scratch, std::int32_t id) {
  const auto at = static_cast<std::int32_t>(scratch.symbols.size());
  if (at > 0) scratch.symbols.back().next = at;
  scratch.symbols.push_back({id, at - 1, -1});
}

/// For a heap with the lowest rank on top, and the leftmost of equals.
bool comes_later(const Scratch::Candidate& a, const Scratch::Candidate& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;
}

}  // namespace

std::size_t BpeModel::PairHash::operator()(std::uint64_t pair) const {
  pair ^= pair >> 32;
  pair *= 0x9E3779B97F4A7C15u;  // 2^64 / golden ratio: spreads consecutive ids
  return static_cast<std::size_t>(pair ^ (pair >> 29));
}

BpeModel::BpeModel(Vocabulary vocabulary, const MergeList& merges, BpeOptions options,
                   const std::string& file, const std::string& merges_field)
    : vocabulary_(std::move(vocabulary)), options_(std::move(options)) {
  for (unsigned byte = 0; byte < 256; ++byte)
    byte_ids_[byte] =
        vocabulary_
            .find(options_.byte_level ? byte_alphabet::characters()[byte] : fmt::format("<0x{:02X}>", byte))
            .value_or(-1);
  takes_bytes_ = options_.byte_level && options_.continuing_prefix.empty() && options_.end_suffix.empty() &&
                 std::all_of(byte_ids_.begin(), byte_ids_.end(), [](std::int32_t id) { return id >= 0; });
  if (options_.byte_level && options_.byte_fallback && !takes_bytes_)
    for (unsigned byte = 0; byte < 256; ++byte)
      byte_ids_[byte] = vocabulary_.find(fmt::format("<0x{:02X}>", byte)).value_or(-1);
  merges_.reserve(merges.size());
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto id_of = [&](const std::string& token) {
      if (const auto id = vocabulary_.find(token)) return *id;
      throw Error::bad_input(file, "a merge uses a token that is not in the vocabulary")
          .field(fmt::format("{}[{}]", merges_field, i))
          .found(fmt::format("\"{}\"", printable_utf8(token)))
          .remedy("take vocabulary and merges from one and the same tokenizer");
    };
    const auto& [left, right] = merges[i];
    const std::uint64_t key = pair_key(id_of(left), id_of(right));
    const std::size_t cut = std::min(options_.continuing_prefix.size(), right.size());
    merges_.insert_or_assign(key, Merge{static_cast<std::uint32_t>(i), id_of(left + right.substr(cut))});
  }
}

const BpeModel::Merge* BpeModel::merge_of(std::int32_t left, std::int32_t right) const {
  const auto at = merges_.find(pair_key(left, right));
  return at == merges_.end() ? nullptr : &at->second;
}

void BpeModel::split_bytes(std::string_view word, Scratch& scratch) const {
  for (const char byte : word)
    push_symbol(scratch, byte_ids_[static_cast<unsigned char>(byte)]);
}

bool BpeModel::fall_back_to_bytes(std::string_view character, Scratch& scratch) const {
  const auto id_of = [&](char byte) { return byte_ids_[static_cast<unsigned char>(byte)]; };
  if (std::any_of(character.begin(), character.end(), [&](char byte) { return id_of(byte) < 0; }))
    return false;
  for (const char byte : character)
    push_symbol(scratch, id_of(byte));
  return true;
}

// An unknown character is written when the next known one (or the end) is reached, and bytes do not count as
// known: where both kinds mix, the order is the Hugging Face library's.
void BpeModel::split_characters(std::string_view word, Scratch& scratch) const {
  bool pending = false;
  const bool dressed = !options_.continuing_prefix.empty() || !options_.end_suffix.empty();
  std::string storage;
  for (std::size_t at = 0; at < word.size();) {
    std::string_view character = word.substr(at, utf8::decode(word, at).length);
    const bool is_first = at == 0;
    at += character.size();
    if (dressed) {
      storage = (is_first ? "" : options_.continuing_prefix) + std::string(character);
      if (at == word.size()) storage += options_.end_suffix;
      character = storage;
    }
    if (const auto id = vocabulary_.find(character)) {
      if (pending) push_symbol(scratch, *options_.unknown);
      pending = false;
      push_symbol(scratch, *id);
      continue;
    }
    if (options_.byte_fallback && fall_back_to_bytes(character, scratch)) continue;
    if (!options_.unknown) continue;
    if (pending && !options_.fuse_unknown) push_symbol(scratch, *options_.unknown);
    pending = true;
  }
  if (pending) push_symbol(scratch, *options_.unknown);
}

void BpeModel::merge(Scratch& scratch) const {
  auto& symbols = scratch.symbols;
  auto& heap = scratch.heap;
  heap.clear();
  const auto consider = [&](std::int32_t at) {
    if (at < 0 || symbols[at].next < 0) return false;
    const Merge* merge = merge_of(symbols[at].id, symbols[symbols[at].next].id);
    if (merge) heap.push_back({merge->rank, at, merge->id});
    return merge != nullptr;
  };
  const auto consider_later = [&](std::int32_t at) {
    if (consider(at)) std::push_heap(heap.begin(), heap.end(), comes_later);
  };
  for (std::int32_t at = 0; at + 1 < static_cast<std::int32_t>(symbols.size()); ++at)
    consider(at);
  std::make_heap(heap.begin(), heap.end(), comes_later);

  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), comes_later);
    const Scratch::Candidate best = heap.back();
    heap.pop_back();
    auto& left = symbols[best.at];
    if (left.id < 0 || left.next < 0) continue;
    auto& right = symbols[left.next];
    const Merge* merge = merge_of(left.id, right.id);
    if (!merge || merge->id != best.id) continue;  // one of the two has changed since
    left.id = merge->id;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) symbols[left.next].previous = best.at;
    consider_later(left.previous);
    consider_later(best.at);
  }
}

void BpeModel::encode(std::string_view word, std::vector<std::int32_t>& ids, Scratch& scratch) const {
  std::string alphabet;
  std::string_view characters = word;
  if (options_.byte_level && (options_.ignore_merges || !takes_bytes_))
    characters = alphabet = byte_alphabet::from_bytes(word);
  if (options_.ignore_merges) {
    if (const auto id = vocabulary_.find(characters)) {
      ids.push_back(*id);
      return;
    }
  }
  scratch.symbols.clear();
  if (takes_bytes_)
    split_bytes(word, scratch);
  else
    split_characters(characters, scratch);
  if (scratch.symbols.size() > 1) merge(scratch);
  if (scratch.symbols.empty()) return;
  for (std::int32_t at = 0; at >= 0; at = scratch.symbols[at].next)
    ids.push_back(scratch.symbols[at].id);
}

}  // namespace tauscope
