#include "core/tokenizer/unigram_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

/// How much worse an unknown character is than the worst piece (sentencepiece's kUnkPenalty).
constexpr double unknown_penalty = 10.0;

}  // namespace

UnigramModel::UnigramModel(const std::vector<UnigramPiece>& pieces, std::optional<std::int32_t> unknown,
                           bool byte_fallback, const std::string& file, const std::string& field)
    : unknown_(unknown) {
  const auto refuse = [&](std::size_t i, const char* problem) {
    return Error::bad_input(file, problem)
        .field(fmt::format("{}[{}]", field, i))
        .found(fmt::format("\"{}\"", printable_utf8(pieces[i].text.substr(0, 80))));
  };
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!std::isfinite(pieces[i].score)) throw refuse(i, "a piece's score is not a finite number");
    if (vocabulary_.find(pieces[i].text)) throw refuse(i, "a piece stands twice");
    vocabulary_.add(pieces[i].text, static_cast<std::int32_t>(i));
    scores_.push_back(pieces[i].score);
    lowest = std::min(lowest, pieces[i].score);
  }
  if (unknown_ && (*unknown_ < 0 || *unknown_ >= vocabulary_.end_id()))
    throw Error::bad_input(file, "the unknown token is not in the vocabulary")
        .field("unk_id")
        .found(fmt::format("{}", *unknown_))
        .expected(fmt::format("less than {}", vocabulary_.end_id()));
  unknown_score_ = lowest - unknown_penalty;
  for (unsigned byte = 0; byte < 256; ++byte)
    byte_ids_[byte] = byte_fallback ? vocabulary_.find(fmt::format("<0x{:02X}>", byte)).value_or(-1) : -1;
  build_tree();
}

// Breadth first over the sorted pieces: the children of a node are the distinct next bytes of its range.
void UnigramModel::build_tree() {
  std::vector<std::int32_t> sorted;
  for (std::int32_t id = 0; id < vocabulary_.end_id(); ++id)
    if (!vocabulary_.token(id)->empty()) sorted.push_back(id);
  std::sort(sorted.begin(), sorted.end(),
            [&](std::int32_t a, std::int32_t b) { return *vocabulary_.token(a) < *vocabulary_.token(b); });
  struct Range {
    std::size_t begin, end, depth;
  };
  std::vector<Range> ranges{{0, sorted.size(), 0}};
  nodes_.assign(1, Node());
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    const Range range = ranges[node];
    const auto byte_at = [&](std::size_t i) {
      return static_cast<unsigned char>((*vocabulary_.token(sorted[i]))[range.depth]);
    };
    std::size_t begin = range.begin;
    if (begin < range.end && vocabulary_.token(sorted[begin])->size() == range.depth)
      nodes_[node].id = sorted[begin++];
    nodes_[node].first_child = static_cast<std::int32_t>(nodes_.size());
    while (begin < range.end) {
      std::size_t end = begin;
      while (end < range.end && byte_at(end) == byte_at(begin))
        ++end;
      Node next;
      next.byte = byte_at(begin);
      nodes_.push_back(next);
      ranges.push_back({begin, end, range.depth + 1});
      ++nodes_[node].children;
      begin = end;
    }
  }
  roots_.fill(-1);
  for (std::int32_t i = 0; i < nodes_[0].children; ++i)
    roots_[nodes_[nodes_[0].first_child + i].byte] = nodes_[0].first_child + i;
}

std::int32_t UnigramModel::child(std::int32_t node, unsigned char byte) const {
  const auto begin = nodes_.begin() + nodes_[node].first_child;
  const auto end = begin + nodes_[node].children;
  const auto at =
      std::lower_bound(begin, end, byte, [](const Node& n, unsigned char b) { return n.byte < b; });
  return at == end || at->byte != byte ? -1 : static_cast<std::int32_t>(at - nodes_.begin());
}

void UnigramModel::find_best(std::string_view word, Scratch& scratch) const {
  auto& best = scratch.best;
  best.assign(word.size() + 1, {});
  std::size_t character = 0;
  for (std::size_t begin = 0; begin < word.size(); begin += character) {
    const double before = best[begin].score;
    character = utf8::decode(word, begin).length;
    const auto offer = [&](std::size_t end, double score, std::int32_t id) {
      auto& at = best[end];
      if (at.begin == Scratch::npos || score + before > at.score) at = {score + before, begin, id};
    };
    bool alone = false;  // is the character a piece by itself?
    std::int32_t node = roots_[static_cast<unsigned char>(word[begin])];
    for (std::size_t end = begin + 1; node >= 0; ++end) {
      if (const std::int32_t id = nodes_[node].id; id >= 0) {
        offer(end, scores_[id], id);
        alone = alone || end == begin + character;
      }
      if (end == word.size()) break;
      node = child(node, static_cast<unsigned char>(word[end]));
    }
    if (alone) continue;
    if (!unknown_)
      throw Error::failed(
          "", "the text has a character that the vocabulary lacks, and the model has no token for it")
          .found(printable_utf8(word.substr(begin, character)))
          .remedy("leave the character out of the text, or give the model an unknown token (unk_id)");
    offer(begin + character, unknown_score_, *unknown_);
  }
}

/// From the end of the word to its beginning; unknown neighbours become one part.
void UnigramModel::collect_parts(std::size_t size, Scratch& scratch) const {
  scratch.parts.clear();
  bool unknown_after = false;
  for (std::size_t end = size; end > 0; end = scratch.best[end].begin) {
    const bool is_unknown = unknown_ && scratch.best[end].id == *unknown_;
    if (is_unknown && unknown_after)
      scratch.parts.back().first = scratch.best[end].begin;
    else
      scratch.parts.emplace_back(scratch.best[end].begin, end);
    unknown_after = is_unknown;
  }
}

void UnigramModel::put(std::string_view part, std::vector<std::int32_t>& ids) const {
  if (const auto id = vocabulary_.find(part)) {
    ids.push_back(*id);
    return;
  }
  const auto id_of = [&](char byte) { return byte_ids_[static_cast<unsigned char>(byte)]; };
  if (std::any_of(part.begin(), part.end(), [&](char byte) { return id_of(byte) < 0; })) {
    ids.push_back(*unknown_);
    return;
  }
  for (const char byte : part)
    ids.push_back(id_of(byte));
}

void UnigramModel::encode(std::string_view word, std::vector<std::int32_t>& ids, Scratch& scratch) const {
  find_best(word, scratch);
  collect_parts(word.size(), scratch);
  for (auto part = scratch.parts.rbegin(); part != scratch.parts.rend(); ++part)
    put(word.substr(part->first, part->second - part->first), ids);
}

}  // namespace tauscope
