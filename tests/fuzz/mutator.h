// Damages valid input, the same way each time for one seed, on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tauscope::fuzz {

class Mutator {
 public:
  /// `corpus`: valid inputs; `dictionary`: pieces of text that mean something to the reader.
  Mutator(std::uint64_t seed, std::vector<std::string> corpus, std::vector<std::string> dictionary);

  /// A member of the corpus after one to four edits: flips, cuts, insertions, repeats, numbers replaced by
  /// awkward ones, splices with another member.
  std::string next();

  /// The same for safetensors files: mostly header and data are damaged apart, and the header's length is
  /// made right again, so that what lies behind the first check is reached.
  std::string next_safetensors();

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  const std::string& any_of(const std::vector<std::string>& list) { return list[below(list.size())]; }
  void edit(std::string& text);
  void replace_number(std::string& text);

  std::mt19937_64 random_;
  std::vector<std::string> corpus_, dictionary_;
};

}  // namespace tauscope::fuzz
