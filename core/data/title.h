// What an example is called in lists.
#pragma once

#include <string>
#include <string_view>

#include "core/data/data_file.h"

namespace tauscope {

/// One line for a list: white space joined, cut at the end of a character to some 100 bytes.
std::string short_title(std::string_view text);

/// Of its instruction, or where there is none of its prompt.
std::string title_of(const Example& example);

}  // namespace tauscope
