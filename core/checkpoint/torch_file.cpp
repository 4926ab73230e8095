#include "core/checkpoint/torch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/checkpoint/foreign_file.h"
#include "core/checkpoint/pickle.h"
#include "core/checkpoint/torch_remedies.h"
#include "core/checkpoint/torch_tensor.h"

namespace tauscope {
namespace {

constexpr int newest_version = 10;  // of PyTorch's file format; torch.save writes 3

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The file is no zip archive: says what it is instead.
Error not_zip(const std::string& file, std::string_view content) {
  const auto is = [&](std::string problem, std::string remedy) {
    return Error::bad_input(file, std::move(problem))
        .expected("a file that torch.save of PyTorch 1.6 or newer wrote")
        .remedy(std::move(remedy));
  };
  if (content.empty()) return is("the file is empty", download_again);
  if (looks_like_pickle(content))
    return is("this is PyTorch's format from before version 1.6, a bare pickle, which is not read here",
              save_torch_file_again);
  if (content.size() > 262 && content.substr(257, 5) == "ustar")
    return is("this is PyTorch's oldest format, a tar archive, which is not read here",
              save_torch_file_again);
  if (looks_like_safetensors(content))
    return is("this is a safetensors file, whatever its name says", "give it the name model.safetensors");
  if (const auto kind = foreign_kind(content)) return is(kind->problem, kind->remedy);
  return is("is not a PyTorch file", download_again);
}

Error torchscript(const std::string& file, const std::string& entry) {
  return Error::bad_input(file, "this is a TorchScript archive, which holds code, and is not read here")
      .field("zip entry " + in_quotes(entry))
      .remedy(
          "save its weights alone: python -c \"import torch; "
          "torch.save(torch.jit.load('FILE').state_dict(), 'pytorch_model.bin')\"");
}

}  // namespace

std::shared_ptr<const TorchFile> TorchFile::open(const std::filesystem::path& path) {
  return std::shared_ptr<const TorchFile>(new TorchFile(path));
}

TorchFile::TorchFile(const std::filesystem::path& path) : TensorFile(path) {
  const std::string file = path.string();
  if (!looks_like_zip(text_of(content()))) throw not_zip(file, text_of(content()));
  entries_ = read_stored_zip(content(), file, [&](const std::string& name) {
    if (name.ends_with("/constants.pkl")) throw torchscript(file, name);
  });
  std::sort(entries_.begin(), entries_.end(),
            [](const ZipEntry& a, const ZipEntry& b) { return a.name < b.name; });
  check_archive();
  read_state_dict();
}

const ZipEntry* TorchFile::find_entry(std::string_view name) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const ZipEntry& entry, std::string_view wanted) { return entry.name < wanted; });
  return at != entries_.end() && at->name == name ? &*at : nullptr;
}

bool TorchFile::has_checksums() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const ZipEntry& entry) { return entry.crc != 0; });
}

void TorchFile::verify(const ZipEntry& entry) const {
  if (!has_checksums()) return;
  if (const std::uint32_t crc = crc32_of(entry.bytes); crc != entry.crc)
    throw Error::bad_input(path().string(),
                           "the file is damaged: its bytes do not have the checksum that stands beside them")
        .field("zip entry " + in_quotes(entry.name))
        .found(fmt::format("CRC {:08x}", crc))
        .expected(fmt::format("CRC {:08x}", entry.crc))
        .remedy(download_again);
}

void TorchFile::verify_checksums() const {
  for (const ZipEntry& entry : entries_)
    verify(entry);
}

/// All entries lie in one folder, among them the pickle, the version, and, in files of PyTorch 2, the order
/// of bytes.
void TorchFile::check_archive() {
  const std::string file = path().string();
  const auto wrong = [&](std::string problem) { return Error::bad_input(file, std::move(problem)); };
  if (entries_.empty()) throw wrong("the zip archive is empty").remedy(download_again);
  root_ = entries_.front().name.substr(0, entries_.front().name.find('/') + 1);
  for (const ZipEntry& entry : entries_)
    if (root_.empty() || !entry.name.starts_with(root_))
      throw wrong(
          "this is a zip archive, but not one that torch.save wrote: its entries do not lie in one folder")
          .field("zip entry " + in_quotes(entry.name))
          .expected(root_.empty() ? "FOLDER/data.pkl and so on"
                                  : "a name that begins with " + in_quotes(root_))
          .remedy(download_again);
  const ZipEntry* const version = find_entry(root_ + "version");
  if (!find_entry(root_ + "data.pkl") || !version)
    throw wrong("this is a zip archive, but not one that torch.save wrote")
        .field("zip entry " + in_quotes(root_ + (version ? "data.pkl" : "version")))
        .found("no such entry")
        .remedy(download_again);
  check_version(*version);
  if (const ZipEntry* const order = find_entry(root_ + "byteorder")) {
    verify(*order);
    if (text_of(order->bytes) != "little")
      throw wrong("the numbers are not stored little-endian")
          .field("zip entry " + in_quotes(order->name))
          .found(in_quotes(text_of(order->bytes)))
          .expected("\"little\"")
          .remedy(convert_torch_file);
  }
}

void TorchFile::check_version(const ZipEntry& entry) const {
  verify(entry);
  const std::string_view text = text_of(entry.bytes);
  int number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = code == std::errc{} && (end == text.data() + text.size() ||
                                                 (end + 1 == text.data() + text.size() && *end == '\n'));
  if (!is_number || number < 1 || number > newest_version)
    throw Error::bad_input(path().string(), "the version of the file's format is not known")
        .field("zip entry " + in_quotes(entry.name))
        .found(in_quotes(text))
        .expected(fmt::format("from 1 to {}", newest_version))
        .remedy(convert_torch_file);
}

void TorchFile::read_state_dict() {
  const std::string file = path().string();
  const ZipEntry& pickle = *find_entry(root_ + "data.pkl");
  verify(pickle);
  const PickleTree tree(pickle.bytes, file, "data.pkl");
  const auto* const root = std::get_if<const PickleNode*>(&tree.root());
  if (!root || (*root)->kind != PickleNode::Kind::dict)
    throw Error::bad_input(file, "the file does not hold a state dict")
        .field("data.pkl")
        .found(described(tree.root()))
        .expected("a dict of names and tensors")
        .remedy("save the model's own state dict: torch.save(model.state_dict(), 'pytorch_model.bin')");

  TorchTensorReader reader(file, [&](std::string_view key) -> std::optional<std::span<const std::byte>> {
    const ZipEntry* const entry = find_entry(root_ + "data/" + std::string(key));
    if (!entry) return std::nullopt;
    return entry->bytes;
  });
  std::vector<TensorEntry> tensors;
  const std::vector<PickleValue>& items = (*root)->values;
  for (std::size_t i = 0; i < items.size(); i += 2) {
    const auto* const name = std::get_if<std::string_view>(&items[i]);
    if (!name)
      throw Error::bad_input(file, "a tensor's name is not text")
          .field("data.pkl")
          .found(described(items[i]))
          .remedy(convert_torch_file);
    tensors.push_back(map_or_copy(*name, reader.read(*name, items[i + 1])));
  }
  check_names(tensors);
  set_tensors(std::move(tensors));
}

void TorchFile::check_names(const std::vector<TensorEntry>& tensors) const {
  std::vector<std::string_view> names;
  for (const TensorEntry& tensor : tensors)
    names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    throw Error::bad_input(path().string(), "two tensors have this name")
        .field(in_quotes(*twice))
        .remedy(convert_torch_file);
}

TensorEntry TorchFile::map_or_copy(std::string_view name, const TorchTensor& tensor) {
  const StridedLayout& layout = tensor.layout;
  const std::size_t width = tensor_type_bytes(tensor.type);
  TensorEntry entry{std::string(name), tensor.type, layout.shape, {}};
  if (layout.is_empty()) return entry;
  const std::uint64_t bytes = *tensor_bytes(tensor.type, layout.shape);
  if (layout.is_contiguous()) {
    entry.bytes = tensor.storage.subspan(static_cast<std::size_t>(layout.offset) * width, bytes);
    return entry;
  }
  // Views of one storage may be many, each as large as it: a small file could ask for any amount of memory.
  copied_bytes_ += bytes;
  if (copied_bytes_ > 2 * content().size())
    throw Error::bad_input(path().string(),
                           "the tensors that are not stored row by row come to more than the file could hold")
        .field(in_quotes(name))
        .found(fmt::format("{} bytes up to here", copied_bytes_))
        .expected(fmt::format("at most {}", 2 * content().size()))
        .remedy(convert_torch_file);
  copies_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes));
  const std::span<std::byte> copy(copies_.back().get(), bytes);
  copy_row_major(layout, width, tensor.storage, copy);
  entry.bytes = copy;
  return entry;
}

}  // namespace tauscope
