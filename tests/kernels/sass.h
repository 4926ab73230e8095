// Machine code of CUDA kernels, as far as counting goes: the loops of each kernel in a cubin, and how many
// instructions of which kind they hold. Reads the ELF file and the few encodings that it needs (16 bytes an
// instruction, the same from sm_70 on), so that no disassembler has to be there.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tauscope::test {

/// One innermost loop: the instructions from the target of a branch back to the branch itself.
struct SassLoop {
  int instructions = 0;
  int exponentials = 0;  ///< MUFU.EX2
  int doubles = 0;       ///< DADD, DMUL, DFMA, DSETP
  int stores = 0;        ///< STG
  int shared_loads = 0;  ///< LDS
};

/// Innermost loops of every kernel, by mangled name, in the order of the code. Throws std::runtime_error on a
/// file that is no cubin.
std::map<std::string, std::vector<SassLoop>> sass_loops(const std::filesystem::path& cubin);

}  // namespace tauscope::test
