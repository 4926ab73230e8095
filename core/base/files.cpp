#include "core/base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

/// Closes what it holds; release() where the result of close() matters.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

Error cannot_read(const fs::path& path, int code) {
  const std::string name = path.string();
  if (code == ENOENT || code == ENOTDIR) return Error::bad_input(name, "there is no such file");
  if (code == EISDIR) return Error::bad_input(name, "is a folder").expected("a file");
  if (code == EACCES || code == EPERM)
    return Error::bad_input(name, "may not be read")
        .remedy("check the permissions of the file and of its folders");
  return Error::bad_input(name, fmt::format("cannot be read: {}", std::strerror(code)));
}

Error cannot_write(const fs::path& path, int code) {
  const std::string name = path.string();
  if (code == ENOSPC)
    return Error::exhausted(name, "the disk is full").remedy("free some space and try again");
  if (code == EDQUOT)
    return Error::exhausted(name, "the disk quota is used up").remedy("free some space and try again");
  if (code == EFBIG) return Error::exhausted(name, "the file would be larger than the system allows");
  if (code == ENOENT || code == ENOTDIR)
    return Error::failed(name, "its folder does not exist").remedy("make the folder first");
  if (code == EACCES || code == EPERM || code == EROFS)
    return Error::failed(name, "may not be written").remedy("choose another place, or check the permissions");
  return Error::failed(name, fmt::format("cannot be written: {}", std::strerror(code)));
}

int open_for_reading(const fs::path& path, int flags = 0) {
  int descriptor;
  do
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) throw cannot_read(path, errno);
  return descriptor;
}

/// Fills `buffer` as far as the file goes; returns the number of bytes.
std::size_t read_some(int descriptor, const fs::path& path, char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw cannot_read(path, errno);
  }
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const fs::path& path) {
  // O_NONBLOCK: opening a pipe must fail below, not wait for a writer.
  const Descriptor file(open_for_reading(path, O_NONBLOCK));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw cannot_read(path, errno);
  if (S_ISDIR(status.st_mode)) throw cannot_read(path, EISDIR);
  if (!S_ISREG(status.st_mode))
    throw Error::bad_input(path.string(), "is not an ordinary file").expected("a file that can be mapped");

  std::shared_ptr<MappedFile> mapped(new MappedFile);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return mapped;  // mmap refuses empty files
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (start == MAP_FAILED) {
    if (errno == ENOMEM) throw Error::exhausted(path.string(), "no address space to map the file");
    throw cannot_read(path, errno);
  }
  mapped->bytes_ = {static_cast<const std::byte*>(start), size};
  return mapped;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

InputFile::InputFile(const fs::path& path) : path_(path) {
  Descriptor file(open_for_reading(path));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw cannot_read(path, errno);
  if (S_ISDIR(status.st_mode)) throw cannot_read(path, EISDIR);
  if (S_ISREG(status.st_mode)) size_ = static_cast<std::uint64_t>(status.st_size);
  descriptor_ = file.release();
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

std::size_t InputFile::read(std::span<char> out) {
  std::size_t used = 0;
  while (used < out.size()) {
    const std::size_t got = read_some(descriptor_, path_, out.data() + used, out.size() - used);
    if (got == 0) break;
    used += got;
  }
  return used;
}

void InputFile::seek(std::uint64_t offset) {
  if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) throw cannot_read(path_, errno);
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)), partial_(path_) {
  partial_ += ".partial";
  std::error_code ignored;
  if (fs::is_directory(path_, ignored))
    throw Error::failed(path_.string(), "is a folder").expected("a file name");
  Descriptor file(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() < 0) throw cannot_write(path_, errno);
  // Two writers of one partial file would mix their bytes. The lock goes with the process, so that a partial
  // file that a crash left behind is no obstacle; file systems without locks are taken as they are.
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw Error::failed(path_.string(), "another process is writing this file");
  struct stat locked {
  }, named{};
  if (::fstat(file.get(), &locked) != 0) throw cannot_write(path_, errno);
  if (::stat(partial_.c_str(), &named) != 0 || named.st_ino != locked.st_ino || named.st_dev != locked.st_dev)
    throw Error::failed(path_.string(), "another process has just written this file");
  if (::ftruncate(file.get(), 0) != 0) throw cannot_write(path_, errno);
  buffer_.reserve(buffer_bytes);
  descriptor_ = file.release();
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::unlink(partial_.c_str());
  ::close(descriptor_);
}

namespace {

void write_all(int descriptor, const fs::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno != EINTR) throw cannot_write(path, errno);
    if (wrote > 0) bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

/// Makes a rename in `folder` last. File systems that cannot sync a folder say EINVAL: nothing more can be
/// done there.
void sync_folder(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0) return;  // a folder may be writable and not readable; the file itself is in place
  if (::fsync(file.get()) != 0 && errno != EINVAL) throw cannot_write(path, errno);
}

}  // namespace

void AtomicFile::flush() {
  write_all(descriptor_, path_, buffer_);
  buffer_.clear();
}

void AtomicFile::write(std::string_view bytes) {
  if (descriptor_ < 0) throw std::logic_error("write after commit: " + path_.string());
  written_ += bytes.size();
  if (buffer_.size() + bytes.size() > buffer_bytes) flush();
  if (bytes.size() >= buffer_bytes)
    write_all(descriptor_, path_, bytes);
  else
    buffer_ += bytes;
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw std::logic_error("commit after commit: " + path_.string());
  flush();
  if (::fsync(descriptor_) != 0 && errno != EINVAL) throw cannot_write(path_, errno);
  if (::rename(partial_.c_str(), path_.c_str()) != 0) throw cannot_write(path_, errno);
  // From here on the partial name is gone; closing can still report a write that was put off (NFS).
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) throw cannot_write(path_, errno);
  sync_folder(path_);
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  const Descriptor file(open_for_reading(path));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw cannot_read(path, errno);
  const auto too_large = [&](std::string found) {
    return Error::bad_input(path.string(), "the file is too large")
        .found(std::move(found))
        .expected(fmt::format("at most {} bytes", max_bytes));
  };
  const auto stated = static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0));
  if (S_ISREG(status.st_mode) && stated > max_bytes) throw too_large(fmt::format("{} bytes", stated));

  // Read to the end, whatever the stated size: pipes have none, and a file may grow meanwhile.
  std::string content;
  std::size_t used = 0;
  for (;;) {
    if (used > max_bytes) throw too_large("more than that");
    if (content.size() < used + 1)
      content.resize(std::max({static_cast<std::size_t>(stated) + 1, 2 * used, std::size_t{4096}}));
    const std::size_t got = read_some(file.get(), path, content.data() + used, content.size() - used);
    if (got == 0) break;
    used += got;
  }
  content.resize(used);
  return content;
}

namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    check(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void update(std::string_view bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1);
    std::string text;
    for (unsigned i = 0; i < size; ++i)
      fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
    return text;
  }

 private:
  static void check(bool ok) {
    if (!ok) throw Error::failed("", "libcrypto cannot compute SHA-256");
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

std::string sha256_file(const fs::path& path) {
  const Descriptor file(open_for_reading(path));
  Sha256 hash;
  std::vector<char> buffer(buffer_bytes);
  while (const std::size_t got = read_some(file.get(), path, buffer.data(), buffer.size()))
    hash.update({buffer.data(), got});
  return hash.hex();
}

}  // namespace tauscope
