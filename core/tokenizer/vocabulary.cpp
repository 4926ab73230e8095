#include "core/tokenizer/vocabulary.h"

#include <fmt/format.h>

#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope {

Vocabulary::Vocabulary(const Json& object, const std::string& file, const std::string& field) {
  const JsonFields fields(object, file, field);
  if (object.empty())
    throw Error::bad_input(file, "the vocabulary is empty")
        .field(field)
        .expected("tokens and their ids")
        .remedy("download the file again");
  ids_.reserve(object.size());
  for (const auto& [token, value] : object.items()) {
    const std::int64_t id = fields.integer(token, 0, max_id);
    if (id < end_id() && tokens_[id] != nullptr)
      throw Error::bad_input(file, "two tokens have the same id")
          .field(field)
          .found(fmt::format("\"{}\" and \"{}\", both {}", printable_utf8(*tokens_[id]),
                             printable_utf8(token), id));
    add(token, static_cast<std::int32_t>(id));
  }
}

std::optional<std::int32_t> Vocabulary::find(std::string_view token) const {
  const auto at = ids_.find(token);
  if (at == ids_.end()) return std::nullopt;
  return at->second;
}

const std::string* Vocabulary::token(std::int32_t id) const {
  return id >= 0 && id < end_id() ? tokens_[id] : nullptr;
}

void Vocabulary::add(std::string token, std::int32_t id) {
  const auto at = ids_.emplace(std::move(token), id).first;
  if (id >= end_id()) tokens_.resize(static_cast<std::size_t>(id) + 1, nullptr);
  tokens_[id] = &at->first;
}

}  // namespace tauscope
