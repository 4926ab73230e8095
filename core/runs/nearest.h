// The name that somebody who wrote another one may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

/// The candidate with the fewest insertions, deletions, replacements and swaps of neighbours from `name`; ""
/// where none is near. Of dotted names, one whose last part is `name`'s last part is nearer than any other.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace tauscope
