// Porter's stemmer (Porter 1980, "An algorithm for suffix stripping") with the departures of NLTK's
// NLTK_EXTENSIONS mode, which is the one that the `rouge_score` package stems with.
#pragma once

#include <string>
#include <string_view>

namespace tauscope {

/// The stem of a word of a-z and 0-9 (digits count as consonants). Words of one or two characters are their
/// own stems.
std::string porter_stem(std::string_view word);

/// The same in place.
void porter_stem_in_place(std::string& word);

}  // namespace tauscope
