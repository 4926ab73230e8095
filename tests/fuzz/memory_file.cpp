#include "tests/fuzz/memory_file.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/fuzz/fuzz_target.h"

namespace tauscope::fuzz {

MemoryFile::MemoryFile(std::string_view bytes) : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
  if (descriptor_ < 0 || write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("no file in memory");
}

MemoryFile::~MemoryFile() {
  close(descriptor_);
}

std::filesystem::path MemoryFile::path() const {
  return "/proc/self/fd/" + std::to_string(descriptor_);
}

ScratchFolder::ScratchFolder(const std::function<void(const ScratchFolder&)>& fill) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path memory = "/dev/shm";
  std::string name =
      ((fs::is_directory(memory, ignored) ? memory : fs::temp_directory_path()) / "tauscope-fuzz-XXXXXX")
          .string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no scratch folder");
  path_ = name;
  if (fill) fill(*this);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ScratchFolder::write(const std::string& name, std::string_view bytes) const {
  std::ofstream out(path_ / name, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error("a scratch file cannot be written");
}

void promise(bool ok, const char* what) {
  if (!ok) throw std::logic_error(std::string("broken promise: ") + what);
}

}  // namespace tauscope::fuzz
