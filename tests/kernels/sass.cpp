#include "tests/kernels/sass.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tauscope::test {
namespace {

class ElfFile {
 public:
  explicit ElfFile(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    if (bytes_.size() < 64 || std::memcmp(bytes_.data(), "\177ELF\2", 5) != 0)
      throw std::runtime_error(path.string() + " is no 64-bit ELF file");
  }

  template <typename T>
  T at(std::size_t offset) const {
    if (offset + sizeof(T) > bytes_.size())
      throw std::runtime_error("an ELF file ends before its contents do");
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  struct Section {
    std::string name;
    std::size_t offset, size;
  };

  std::vector<Section> sections() const {
    const auto headers = at<std::uint64_t>(40);
    const auto count = at<std::uint16_t>(60), names = at<std::uint16_t>(62);
    const auto name_table = at<std::uint64_t>(headers + 64U * names + 24);
    std::vector<Section> result;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t header = headers + 64 * i;
      std::string name;
      for (std::size_t c = name_table + at<std::uint32_t>(header); at<char>(c) != 0; ++c)
        name += at<char>(c);
      result.push_back({name, at<std::uint64_t>(header + 24), at<std::uint64_t>(header + 32)});
    }
    return result;
  }

 private:
  std::vector<char> bytes_;
};

struct Instruction {
  std::uint64_t low, high;
  unsigned opcode() const { return low & 0xFFFU; }
  bool branch() const { return opcode() == 0x947; }
  bool exponential() const { return opcode() == 0x308 && (high >> 10 & 0xFU) == 2; }
  bool store() const { return opcode() == 0x986; }
  bool shared_load() const { return opcode() == 0x984; }
  bool in_double() const {
    constexpr std::array<unsigned, 4> kinds = {0x28, 0x29, 0x2A,
                                               0x2B};  // DMUL, DADD, DSETP, DFMA, whatever the operands
    return opcode() < 0x1000 && (opcode() & 0x100U) == 0 &&
           std::find(kinds.begin(), kinds.end(), opcode() & 0xFFU) != kinds.end();
  }
  /// Relative to the next instruction, in instructions.
  std::int64_t distance() const {
    const std::uint64_t upper = low >> 34 | (high & 0x3FFFFU) << 30;  // 48 bits
    const auto words = static_cast<std::int64_t>((upper << 8 | (low >> 16 & 0xFFU)) << 8) >> 8;
    return words / 4;
  }
};

std::vector<SassLoop> loops_of(const ElfFile& file, const ElfFile::Section& section) {
  std::vector<Instruction> code;
  for (std::size_t at = 0; at + 16 <= section.size; at += 16)
    code.push_back(
        {file.at<std::uint64_t>(section.offset + at), file.at<std::uint64_t>(section.offset + at + 8)});
  struct Range {
    std::int64_t first, last;
  };
  std::vector<Range> all;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const auto here = static_cast<std::int64_t>(i);
    if (!code[i].branch()) continue;
    const std::int64_t target = here + 1 + code[i].distance();
    if (target < here && target >= 0) all.push_back({target, here});
  }
  std::vector<SassLoop> loops;
  for (const Range& range : all) {
    const bool innermost = std::none_of(all.begin(), all.end(), [&](const Range& other) {
      return other.first >= range.first && other.last <= range.last &&
             (other.first != range.first || other.last != range.last);
    });
    if (!innermost) continue;
    SassLoop loop;
    for (auto i = static_cast<std::size_t>(range.first); i <= static_cast<std::size_t>(range.last); ++i) {
      ++loop.instructions;
      loop.exponentials += code[i].exponential() ? 1 : 0;
      loop.doubles += code[i].in_double() ? 1 : 0;
      loop.stores += code[i].store() ? 1 : 0;
      loop.shared_loads += code[i].shared_load() ? 1 : 0;
    }
    loops.push_back(loop);
  }
  return loops;
}

}  // namespace

std::map<std::string, std::vector<SassLoop>> sass_loops(const std::filesystem::path& cubin) {
  const ElfFile file(cubin);
  std::map<std::string, std::vector<SassLoop>> kernels;
  for (const ElfFile::Section& section : file.sections()) {
    if (section.name.rfind(".text.", 0) == 0) kernels[section.name.substr(6)] = loops_of(file, section);
  }
  return kernels;
}

}  // namespace tauscope::test
