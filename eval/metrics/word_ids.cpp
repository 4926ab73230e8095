#include "eval/metrics/word_ids.h"

namespace tauscope {

std::vector<std::uint32_t> WordIds::ids(std::span<const std::string> words) {
  std::vector<std::uint32_t> out;
  out.reserve(words.size());
  of_.reserve(of_.size() + words.size());
  for (const std::string& word : words)
    out.push_back(of_.try_emplace(word, size()).first->second);
  return out;
}

std::vector<std::uint32_t> NgramIds::ids(std::span<const std::uint32_t> words) {
  std::vector<std::uint32_t> out(words.begin(), words.end());
  for (std::size_t k = 0; k < lengthened_.size(); ++k) {
    auto& known = lengthened_[k];
    if (words.size() < k + 2) return {};
    out.resize(words.size() - k - 1);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t key = std::uint64_t{out[i]} << 32 | words[i + k + 1];
      out[i] = known.try_emplace(key, static_cast<std::uint32_t>(known.size())).first->second;
    }
  }
  return out;
}

}  // namespace tauscope
