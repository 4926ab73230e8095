// Text of unknown origin and length, made fit for one line of an error message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tauscope {

/// Valid UTF-8 of at most about `max_bytes` bytes; what is cut off is shown as "...", control characters as
/// escapes ("\x1b").
std::string shown(std::string_view text, std::size_t max_bytes = 60);
/// The same, between double quotes.
std::string in_quotes(std::string_view text, std::size_t max_bytes = 120);

/// Control characters (C0, DEL, and C1 in its two bytes of UTF-8) as escapes: a terminal would obey them.
/// `keep_lines` leaves line ends and tabs.
std::string without_controls(std::string_view text, bool keep_lines);

}  // namespace tauscope
