#include "core/tokenizer/sentencepiece_model.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <unordered_set>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/tokenizer/character_map.h"
#include "core/tokenizer/protobuf_reader.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

using Field = ProtobufReader::Field;

constexpr std::size_t max_pieces = std::size_t{1} << 22;
constexpr std::size_t max_piece_bytes = 4096;

// Field numbers of sentencepiece_model.proto.
enum : std::uint32_t { kPieces = 1, kTrainer = 2, kNormalizer = 3, kSelfTest = 4, kDenormalizer = 5 };
enum : std::uint32_t { kPieceText = 1, kPieceScore = 2, kPieceType = 3 };
enum : std::uint32_t { kModelType = 3, kByteFallback = 35, kBosPiece = 46, kEosPiece = 47 };
enum : std::uint32_t { kCharacterMap = 2, kAddDummyPrefix = 3, kRemoveExtraWhitespaces = 4 };

Error broken(const std::string& file, const std::string& field, const std::string& problem) {
  return Error::bad_input(file, "is not a sentencepiece model: " + problem)
      .field(field)
      .remedy("download the file again");
}

bool is_byte_name(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return false;
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return is_hex(text[3]) && is_hex(text[4]);
}

SentencepieceModel::Piece read_piece(std::string_view message, const std::string& file,
                                     const std::string& name) {
  SentencepieceModel::Piece piece;
  float score = 0;
  std::uint64_t type = 1;
  ProtobufReader reader(message, file, name);
  for (Field field; reader.next(field);) {
    if (field.number == kPieceText) piece.text = reader.text(field);
    if (field.number == kPieceScore) score = reader.real(field);
    if (field.number == kPieceType) type = reader.number(field);
  }
  if (type < 1 || type > 6) throw broken(file, name, "a piece has no known type");
  piece.type = static_cast<SentencepieceModel::Type>(type);
  const std::string& text = piece.text;
  if (text.empty() || text.size() > max_piece_bytes || utf8::find_invalid(text) != std::string::npos ||
      text.find('\0') != std::string::npos)
    throw broken(file, name, "a piece is empty, too long or not UTF-8");
  if (!std::isfinite(score)) throw broken(file, name, "a piece's score is not a finite number");
  if (piece.type == SentencepieceModel::Type::byte && !is_byte_name(text))
    throw broken(file, name, "a byte's piece is not named <0xNN>");
  return piece;
}

void read_trainer(std::string_view message, const std::string& file, SentencepieceModel& model) {
  ProtobufReader reader(message, file, "trainer_spec");
  for (Field field; reader.next(field);) {
    if (field.number == kModelType) {
      if (reader.number(field) < 1 || reader.number(field) > 4)
        throw broken(file, "trainer_spec.model_type", "there is no such model type");
      model.algorithm = static_cast<int>(field.value);
    }
    if (field.number == kByteFallback) model.byte_fallback = reader.boolean(field);
    if (field.number == kBosPiece) model.bos_piece = reader.text(field);
    if (field.number == kEosPiece) model.eos_piece = reader.text(field);
  }
}

void read_normalizer(std::string_view message, const std::string& file, SentencepieceModel& model) {
  ProtobufReader reader(message, file, "normalizer_spec");
  for (Field field; reader.next(field);) {
    if (field.number == kCharacterMap) require_safe_character_map(reader.text(field), file);
    if (field.number == kAddDummyPrefix) model.add_dummy_prefix = reader.boolean(field);
    if (field.number == kRemoveExtraWhitespaces) model.remove_extra_whitespaces = reader.boolean(field);
  }
}

void read_denormalizer(std::string_view message, const std::string& file) {
  ProtobufReader reader(message, file, "denormalizer_spec");
  for (Field field; reader.next(field);)
    if (field.number == kCharacterMap && !reader.text(field).empty())
      throw Error::bad_input(file, "the model has a property that is not supported")
          .field("denormalizer_spec");
}

void check_pieces(const SentencepieceModel& model, const std::string& file) {
  std::array<std::unordered_set<std::string_view>, 2>
      seen;  // the library keeps text and reserved names apart
  std::array<bool, 256> bytes{};
  int unknown = 0;
  bool usable = false;
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    const auto& [text, type] = model.pieces[id];
    const bool reserved = type == SentencepieceModel::Type::unknown ||
                          type == SentencepieceModel::Type::control || type == SentencepieceModel::Type::byte;
    if (!seen[reserved].insert(text).second)
      throw broken(file, fmt::format("pieces[{}]", id),
                   "a piece stands twice: \"" + printable_utf8(text) + "\"");
    if (type == SentencepieceModel::Type::byte) bytes[std::stoul(text.substr(3, 2), nullptr, 16)] = true;
    unknown += type == SentencepieceModel::Type::unknown;
    usable = usable || type == SentencepieceModel::Type::normal;
  }
  if (unknown != 1) throw broken(file, "pieces", fmt::format("{} pieces are the unknown one", unknown));
  if (!usable) throw broken(file, "pieces", "there are no normal pieces");
  std::size_t byte_count = 0;
  for (const bool found : bytes)
    byte_count += found;
  if (byte_count != (model.byte_fallback ? 256 : 0))
    throw broken(file, "pieces", fmt::format("{} of the 256 bytes have a piece", byte_count));
}

}  // namespace

const char* SentencepieceModel::algorithm_name() const {
  constexpr std::array names{"unigram", "BPE", "word", "character"};
  return names[static_cast<std::size_t>(algorithm - 1)];
}

SentencepieceModel read_sentencepiece_model(std::string_view bytes, const std::string& file) {
  SentencepieceModel model;
  std::array<int, 6> seen{};
  ProtobufReader reader(bytes, file, "model");
  for (Field field; reader.next(field);) {
    const bool once = field.number >= kTrainer && field.number <= kDenormalizer;
    if (once && ++seen[field.number] > 1) throw broken(file, "model", "a part stands twice");
    if (field.number == kPieces) {
      if (model.pieces.size() == max_pieces) throw broken(file, "pieces", "there are too many");
      model.pieces.push_back(
          read_piece(reader.text(field), file, fmt::format("pieces[{}]", model.pieces.size())));
    }
    if (field.number == kTrainer) read_trainer(reader.text(field), file, model);
    if (field.number == kNormalizer) read_normalizer(reader.text(field), file, model);
    if (field.number == kDenormalizer) read_denormalizer(reader.text(field), file);
  }
  if (model.pieces.empty() || seen[kTrainer] == 0 || seen[kNormalizer] == 0)
    throw broken(file, "model", "pieces, trainer_spec or normalizer_spec are missing");
  check_pieces(model, file);
  return model;
}

}  // namespace tauscope
