#include "core/base/text_input.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {
namespace {

class PlainInput final : public TextInput {
 public:
  explicit PlainInput(const std::filesystem::path& path) : file_(path) {}

  std::size_t read(std::span<char> out) override {
    const std::size_t got = file_.read(out);
    done_ += got;
    return got;
  }
  void seek(std::uint64_t offset) override {
    file_.seek(offset);
    done_ = offset;
  }
  std::uint64_t bytes_done() const override { return done_; }
  std::uint64_t bytes_in_all() const override { return file_.size(); }

 private:
  InputFile file_;
  std::uint64_t done_ = 0;
};

constexpr int gzip_window_bits = 15 + 16;  // 16: with gzip's header and checksum
constexpr int raw_window_bits = -15;       // without
constexpr std::size_t window_bytes = 32768;
constexpr std::size_t gzip_trailer_bytes = 8;
constexpr std::uint64_t text_between_ways_in = std::uint64_t{8} << 20;

/// All members of a gzip file, one after another. On the way through, blocks of the compressed data at which
/// inflating can begin are remembered with the text before them (the idea of zlib's examples/zran.c).
class GzipInput final : public TextInput {
 public:
  explicit GzipInput(const std::filesystem::path& path) : file_(path) {
    if (inflateInit2(&stream_, gzip_window_bits) != Z_OK) throw no_memory();
    ways_in_.push_back({});
  }
  ~GzipInput() override { inflateEnd(&stream_); }

  std::size_t read(std::span<char> out) override {
    std::size_t used = 0;
    while (used < out.size()) {
      const std::size_t got = inflate_some(out.subspan(used));
      if (got == 0) break;
      used += got;
    }
    return used;
  }

  void seek(std::uint64_t offset) override {
    const auto after = [](std::uint64_t place, const WayIn& way) { return place < way.text; };
    const auto way =
        std::prev(std::upper_bound(ways_in_.begin(), ways_in_.end(), offset, after));  // the first is at 0
    if (offset < text_ || way->text > text_) enter(*way);
    std::vector<char> skipped(std::size_t{1} << 16);
    while (text_ < offset) {
      const std::uint64_t left = offset - text_;
      if (read(std::span(skipped).first(std::min<std::uint64_t>(left, skipped.size()))) == 0) break;
    }
  }

  std::uint64_t bytes_done() const override { return file_at_ - stream_.avail_in; }
  std::uint64_t bytes_in_all() const override { return file_.size(); }

 private:
  /// Where inflating can begin: at a member's header (`window` is empty), or at a block.
  struct WayIn {
    std::uint64_t text = 0;  ///< of the text that follows
    std::uint64_t file = 0;  ///< of the first whole byte
    int bits = 0;            ///< of the byte before that belong to the block
    std::vector<unsigned char> window;
  };

  Error no_memory() const { return Error::exhausted(file_.path().string(), "no memory for decompression"); }
  Error broken(const char* problem) const {
    return Error::bad_input(file_.path().string(), problem).remedy("write or copy the file again");
  }

  void fill() {
    const std::size_t got = file_.read(packed_);
    file_at_ += got;
    stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
    stream_.avail_in = static_cast<uInt>(got);
  }

  /// At least one byte, unless the text has ended.
  std::size_t inflate_some(std::span<char> out) {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), std::size_t{1} << 30));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0) fill();
      if (stream_.avail_in == 0) {
        if (in_member_) throw broken("the compressed data ends early");
        return 0;
      }
      in_member_ = true;
      const int result = inflate(&stream_, Z_BLOCK);
      if (result == Z_STREAM_END) {
        end_member();
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        throw broken("the compressed data is damaged");
      } else {
        remember_block(text_ + room - stream_.avail_out);
      }
    }
    const std::size_t got = room - stream_.avail_out;
    text_ += got;
    return got;
  }

  void end_member() {
    if (raw_) skip_trailer();
    raw_ = false;
    in_member_ = false;
    inflateReset2(&stream_, gzip_window_bits);
  }

  void skip_trailer() {
    for (std::size_t left = gzip_trailer_bytes; left > 0;) {
      if (stream_.avail_in == 0) fill();
      if (stream_.avail_in == 0) throw broken("the compressed data ends early");
      const auto step = static_cast<uInt>(std::min<std::size_t>(left, stream_.avail_in));
      stream_.next_in += step;
      stream_.avail_in -= step;
      left -= step;
    }
  }

  void remember_block(std::uint64_t text) {
    const bool at_block = (stream_.data_type & 128) != 0 && (stream_.data_type & 64) == 0;
    if (!at_block || text < ways_in_.back().text + text_between_ways_in) return;
    WayIn way{text, bytes_done(), stream_.data_type & 7, std::vector<unsigned char>(window_bytes)};
    uInt length = 0;
    if (inflateGetDictionary(&stream_, way.window.data(), &length) != Z_OK) return;
    way.window.resize(length);
    ways_in_.push_back(std::move(way));
  }

  void enter(const WayIn& way) {
    file_at_ = way.file - (way.bits > 0 ? 1 : 0);
    file_.seek(file_at_);
    stream_.avail_in = 0;
    text_ = way.text;
    raw_ = !way.window.empty();
    in_member_ = raw_;
    inflateReset2(&stream_, raw_ ? raw_window_bits : gzip_window_bits);
    if (!raw_) return;
    if (way.bits > 0) {
      fill();
      if (stream_.avail_in == 0) throw broken("the compressed data ends early");
      inflatePrime(&stream_, way.bits, *stream_.next_in >> (8 - way.bits));
      ++stream_.next_in;
      --stream_.avail_in;
    }
    inflateSetDictionary(&stream_, way.window.data(), static_cast<uInt>(way.window.size()));
  }

  InputFile file_;
  z_stream stream_{};
  std::array<char, 1 << 16> packed_;
  std::uint64_t file_at_ = 0;  ///< behind what `packed_` holds
  std::uint64_t text_ = 0;     ///< of the next byte that read() gives
  bool in_member_ = false;
  bool raw_ = false;  ///< entered at a block: header and checksum are not zlib's business
  std::vector<WayIn> ways_in_;
};

}  // namespace

std::unique_ptr<TextInput> TextInput::open(const std::filesystem::path& path) {
  std::array<char, 2> start{};
  const std::size_t got = InputFile(path).read(start);
  if (std::string_view(start.data(), got) == "\x1F\x8B") return std::make_unique<GzipInput>(path);
  return std::make_unique<PlainInput>(path);
}

}  // namespace tauscope
