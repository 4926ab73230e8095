#include "core/diagnostics/temporary_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "core/base/error.h"

namespace tauscope {
namespace {

Error file_error(const std::filesystem::path& folder, const char* what, int code) {
  const auto problem = std::string(what) + ": " + std::strerror(code);
  if (code == ENOSPC || code == EDQUOT || code == EFBIG || code == ENOMEM) {
    return Error::exhausted(folder.string(), problem)
        .remedy("free space there, or choose another output folder");
  }
  return Error::failed(folder.string(), problem);
}

}  // namespace

TemporaryFile::TemporaryFile(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::string name = (folder_ / ".tauscope-XXXXXX").string();
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) throw file_error(folder_, "a temporary file cannot be made", errno);
  ::unlink(name.c_str());
}

TemporaryFile::~TemporaryFile() {
  unmap();
  ::close(descriptor_);
}

void TemporaryFile::append(std::span<const std::byte> bytes) {
  unmap();
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      throw file_error(folder_, "a temporary file cannot be written", written == 0 ? ENOSPC : errno);
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void TemporaryFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw file_error(folder_, "a temporary file cannot be read", got == 0 ? EIO : errno);
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::span<const std::byte> TemporaryFile::map() {
  if (!mapping_ && size_ > 0) {
    void* const start = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_, 0);
    if (start == MAP_FAILED) throw file_error(folder_, "a temporary file cannot be mapped", errno);
    mapping_ = start;
    mapped_size_ = size_;
  }
  return {static_cast<const std::byte*>(mapping_), size_};
}

void TemporaryFile::clear() {
  unmap();
  if (::ftruncate(descriptor_, 0) != 0)
    throw file_error(folder_, "a temporary file cannot be emptied", errno);
  size_ = 0;
}

void TemporaryFile::unmap() {
  if (mapping_) ::munmap(mapping_, mapped_size_);
  mapping_ = nullptr;
}

}  // namespace tauscope
