#include "eval/metrics/porter_stemmer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace tauscope {
namespace {

bool is_vowel_letter(char c) {
  return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

/// A y is a consonant unless it follows one; in a run of them they take turns.
bool is_consonant(std::string_view word, std::size_t at) {
  std::size_t first = at;
  while (first > 0 && word[first] == 'y')
    --first;
  const bool turned = (at - first) % 2 == 1;
  return is_vowel_letter(word[first]) == turned;
}

/// Porter's m: how often a consonant follows a vowel.
int measure(std::string_view word) {
  int count = 0;
  bool vowel_before = false, consonant_before = false;
  for (const char c : word) {
    const bool consonant = c == 'y' ? !consonant_before : !is_vowel_letter(c);
    count += consonant && vowel_before;
    vowel_before = !consonant;
    consonant_before = consonant;
  }
  return count;
}

bool has_vowel(std::string_view word) {
  bool consonant_before = false;
  for (const char c : word) {
    const bool consonant = c == 'y' ? !consonant_before : !is_vowel_letter(c);
    if (!consonant) return true;
    consonant_before = true;
  }
  return false;
}

bool ends_in_double_consonant(std::string_view word) {
  const std::size_t n = word.size();
  return n >= 2 && word[n - 1] == word[n - 2] && is_consonant(word, n - 1);
}

/// Porter's *o (consonant, vowel, consonant other than w, x, y); NLTK adds a vowel and a consonant alone.
bool ends_short(std::string_view word) {
  const std::size_t n = word.size();
  if (n == 2) return !is_consonant(word, 0) && is_consonant(word, 1);
  return n >= 3 && is_consonant(word, n - 3) && !is_consonant(word, n - 2) && is_consonant(word, n - 1) &&
         word[n - 1] != 'w' && word[n - 1] != 'x' && word[n - 1] != 'y';
}

struct Rule {
  std::string_view suffix, replacement;
};

std::string_view without(std::string_view word, std::size_t letters) {
  return word.substr(0, word.size() - letters);
}

/// Of the rules the first one whose suffix is there decides; it applies if the rest's measure exceeds
/// `above`.
void apply_first(std::string& word, std::span<const Rule> rules, int above) {
  for (const Rule& rule : rules) {
    if (!word.ends_with(rule.suffix)) continue;
    if (measure(without(word, rule.suffix.size())) > above)
      word.replace(word.size() - rule.suffix.size(), std::string::npos, rule.replacement);
    return;
  }
}

void step_1a(std::string& word) {
  if (!word.ends_with('s')) return;
  if (word.ends_with("ies")) {
    word.resize(word.size() - (word.size() == 4 ? 1 : 2));  // NLTK: dies, die; flies, fli
  } else if (word.ends_with("sses")) {
    word.resize(word.size() - 2);
  } else if (!word.ends_with("ss")) {
    word.pop_back();
  }
}

/// What follows where "ed" or "ing" was taken off.
void mend_1b(std::string& word) {
  const char last = word.back();
  if (word.ends_with("at") || word.ends_with("bl") || word.ends_with("iz")) {
    word += 'e';
  } else if (ends_in_double_consonant(word)) {
    if (last != 'l' && last != 's' && last != 'z') word.pop_back();
  } else if (measure(word) == 1 && ends_short(word)) {
    word += 'e';
  }
}

void step_1b(std::string& word) {
  if (word.ends_with("ied")) {
    word.resize(word.size() - (word.size() == 4 ? 1 : 2));  // NLTK: died, die; spied, spi
    return;
  }
  if (word.ends_with("eed")) {
    if (measure(without(word, 3)) > 0) word.pop_back();
    return;
  }
  for (const std::string_view suffix : {std::string_view("ed"), std::string_view("ing")}) {
    if (!word.ends_with(suffix) || !has_vowel(without(word, suffix.size()))) continue;
    word.resize(word.size() - suffix.size());
    return mend_1b(word);
  }
}

/// NLTK: y becomes i behind a consonant that is not the whole stem (spy, spi; enjoy; by).
void step_1c(std::string& word) {
  if (word.size() > 2 && word.back() == 'y' && is_consonant(word, word.size() - 2)) word.back() = 'i';
}

constexpr auto rules_2 = std::to_array<Rule>(
    {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
     {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
     {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
     {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
     {"fulli", "ful"}});

void step_2(std::string& word) {
  // NLTK takes the step again behind "alli": conditionalli, conditional, condition.
  while (word.ends_with("alli") && measure(without(word, 4)) > 0)
    word.resize(word.size() - 2);
  if (word.ends_with("logi")) {  // NLTK: the l counts as the stem's, so that geologi is one
    if (measure(without(word, 3)) > 0) word.pop_back();
    return;
  }
  apply_first(word, rules_2, 0);
}

constexpr auto rules_3 = std::to_array<Rule>({{"icate", "ic"},
                                              {"ative", ""},
                                              {"alize", "al"},
                                              {"iciti", "ic"},
                                              {"ical", "ic"},
                                              {"ful", ""},
                                              {"ness", ""}});

constexpr auto rules_4 = std::to_array<Rule>({{"al", ""},
                                              {"ance", ""},
                                              {"ence", ""},
                                              {"er", ""},
                                              {"ic", ""},
                                              {"able", ""},
                                              {"ible", ""},
                                              {"ant", ""},
                                              {"ement", ""},
                                              {"ment", ""},
                                              {"ent", ""},
                                              {"ou", ""},
                                              {"ism", ""},
                                              {"ate", ""},
                                              {"iti", ""},
                                              {"ous", ""},
                                              {"ive", ""},
                                              {"ize", ""}});

void step_4(std::string& word) {
  if (word.ends_with("ion")) {
    const std::string_view rest = without(word, 3);
    if (measure(rest) > 1 && (rest.back() == 's' || rest.back() == 't')) word.resize(rest.size());
    return;
  }
  apply_first(word, rules_4, 1);
}

void step_5(std::string& word) {
  if (word.ends_with('e')) {
    const std::string_view rest = without(word, 1);
    const int m = measure(rest);
    if (m > 1 || (m == 1 && !ends_short(rest))) word.pop_back();
  }
  if (word.ends_with("ll") && measure(without(word, 1)) > 1) word.pop_back();
}

/// NLTK's words whose stems are known beforehand.
constexpr auto irregular = std::to_array<Rule>({{"sky", "sky"},
                                                {"skies", "sky"},
                                                {"dying", "die"},
                                                {"lying", "lie"},
                                                {"tying", "tie"},
                                                {"news", "news"},
                                                {"innings", "inning"},
                                                {"inning", "inning"},
                                                {"outings", "outing"},
                                                {"outing", "outing"},
                                                {"cannings", "canning"},
                                                {"canning", "canning"},
                                                {"howe", "howe"},
                                                {"proceed", "proceed"},
                                                {"exceed", "exceed"},
                                                {"succeed", "succeed"}});

}  // namespace

void porter_stem_in_place(std::string& word) {
  if (word.size() <= 2) return;
  const auto* known =
      std::find_if(irregular.begin(), irregular.end(), [&](const Rule& rule) { return rule.suffix == word; });
  if (known != irregular.end()) {
    word = known->replacement;
    return;
  }
  step_1a(word);
  step_1b(word);
  step_1c(word);
  step_2(word);
  apply_first(word, rules_3, 0);
  step_4(word);
  step_5(word);
}

std::string porter_stem(std::string_view word) {
  std::string stem(word);
  porter_stem_in_place(stem);
  return stem;
}

}  // namespace tauscope
