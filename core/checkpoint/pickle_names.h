// The names in a pickle: opcodes for messages, and the globals that a state dict is made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/checkpoint/pickle.h"

namespace tauscope {

/// "GLOBAL (0x63)"; the name of every opcode of protocols 0 to 5.
std::string pickle_opcode_text(unsigned char opcode);

/// Nothing for whatever is not on the list.
std::optional<PickleGlobal> pickle_global(std::string_view module, std::string_view name);

}  // namespace tauscope
