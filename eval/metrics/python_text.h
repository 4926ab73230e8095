// What Python's strings do, where the field's scores are defined by Python programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tauscope::python_text {

/// str.lower(): Unicode's full mapping, a capital sigma at a word's end as its final form. (Whether a sigma
/// ends a word is told from the letters, marks and apostrophes around it.)
std::string lower(std::string_view text);

/// str.split(): the pieces between white space, none of them empty.
std::vector<std::string> split(std::string_view text);

/// str.rstrip().
std::string_view rstrip(std::string_view text);

/// re's \w: letters, numbers and the underscore.
bool is_word(char32_t character);

}  // namespace tauscope::python_text
