#include "apply/made_values.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace apply {

namespace {

constexpr int rounds_at_most = 24;
constexpr int choices_at_most = 12;

std::uint64_t mixed(std::uint64_t one, std::uint64_t other) {
  std::uint64_t x = one ^ (other + 0x9e3779b97f4a7c15u + (one << 6) + (one >> 2));
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

MadeValues::Key MadeValues::of_number(std::int64_t number) {
  return {0, number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number)};
}

std::optional<MadeValues::Key> MadeValues::of_uuid(std::string_view text) {
  Key key;
  int digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0 || digits == 32) return std::nullopt;
    std::uint64_t& half = digits++ < 16 ? key.first : key.second;
    half = half << 4 | static_cast<std::uint64_t>(digit);
  }
  return digits == 32 ? std::optional(key) : std::nullopt;
}

void MadeValues::seal() {
  std::sort(removed_.begin(), removed_.end());
  for (Maker maker = 0; maker < values_.size(); ++maker) {
    std::vector<Key>& keys = values_[maker];
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::erase_if(keys, [&](const Key& key) {
      return std::binary_search(removed_.begin(), removed_.end(), std::pair(maker, key));
    });
    keys.shrink_to_fit();
    first_[maker + 1] = first_[maker] + static_cast<Token>(keys.size());
  }
}

std::optional<Token> MadeValues::find(Maker maker, const Key& key) const {
  const std::vector<Key>& keys = values_.at(maker);
  const auto found = std::lower_bound(keys.begin(), keys.end(), key);
  if (found == keys.end() || *found != key) return std::nullopt;
  return first_[maker] + static_cast<Token>(found - keys.begin());
}

void HoldingRows::add(std::uint64_t contents, const std::vector<Held>& held) {
  contents_.push_back(contents);
  held_.insert(held_.end(), held.begin(), held.end());
  first_.push_back(held_.size());
}

// Of one side's tokens: equal ones look alike, as far as was looked.
class Colours {
 public:
  Colours(const MadeValues& values, const HoldingRows& holders) : holders_(holders), of_(values.size()) {
    for (Maker maker = 0; maker < values.makers(); ++maker) {
      std::fill_n(of_.begin() + values.first(maker), values.of(maker).size(), maker + 1);
    }
  }

  void look(bool own_rows_only) {
    std::vector<std::uint64_t> seen(of_.size());
    for (std::size_t row = 0; row < holders_.contents_.size(); ++row) {
      const std::size_t begin = holders_.first_[row];
      const std::size_t end = holders_.first_[row + 1];
      std::uint64_t whole = holders_.contents_[row];
      for (std::size_t i = begin; i < end && !own_rows_only; ++i) whole = mixed(whole, of_[holders_.held_[i].token]);
      for (std::size_t i = begin; i < end; ++i) {
        const HoldingRows::Held& held = holders_.held_[i];
        if (held.born || !own_rows_only) seen[held.token] += mixed(whole, i - begin);
      }
    }
    for (std::size_t token = 0; token < of_.size(); ++token) of_[token] = mixed(of_[token], seen[token]);
  }

  std::size_t classes() const {
    std::vector<std::uint64_t> sorted = of_;
    std::sort(sorted.begin(), sorted.end());
    return static_cast<std::size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
  }

  // Tokens of each colour, in their order.
  std::map<std::uint64_t, std::vector<Token>> by_colour() const {
    std::map<std::uint64_t, std::vector<Token>> tokens;
    for (Token token = 0; token < of_.size(); ++token) tokens[of_[token]].push_back(token);
    return tokens;
  }

  std::uint64_t& operator[](Token token) { return of_[token]; }
  std::vector<Token> in_order() const {
    std::vector<Token> tokens(of_.size());
    std::iota(tokens.begin(), tokens.end(), 0);
    std::stable_sort(tokens.begin(), tokens.end(), [this](Token one, Token other) { return of_[one] < of_[other]; });
    return tokens;
  }

 private:
  const HoldingRows& holders_;
  std::vector<std::uint64_t> of_;
};

namespace {

void look_until_nothing_is_learnt(Colours& planned, Colours& actual) {
  std::size_t known = 0;
  for (int round = 0; round < rounds_at_most; ++round) {
    planned.look(false);
    actual.look(false);
    const std::size_t classes = planned.classes() + actual.classes();
    if (classes == known) return;
    known = classes;
  }
}

// What looks alike to the end may be chosen freely, but all that hangs on it has to follow: the smallest class first,
// because children are no fewer than their parents.
bool choose(Colours& planned, Colours& actual) {
  const auto by_plan = planned.by_colour();
  const auto in_fact = actual.by_colour();
  const std::vector<Token>* smallest = nullptr;
  const std::vector<Token>* same = nullptr;
  for (const auto& [colour, tokens] : by_plan) {
    const auto other = in_fact.find(colour);
    if (tokens.size() < 2 || other == in_fact.end() || other->second.size() != tokens.size()) continue;
    if (smallest && smallest->size() <= tokens.size()) continue;
    smallest = &tokens;
    same = &other->second;
  }
  if (!smallest) return false;
  for (std::size_t i = 0; i < smallest->size(); ++i) {
    std::uint64_t& one = planned[smallest->at(i)];
    std::uint64_t& other = actual[same->at(i)];
    one = mixed(one, i);
    other = mixed(other, i);
  }
  return true;
}

// In their order, so that what came out otherwise is told of one row and not as two.
void bind_the_rest(const MadeValues& planned, const MadeValues& actual, std::uint32_t label, Binding& binding) {
  for (Maker maker = 0; maker < planned.makers(); ++maker) {
    Token other = actual.first(maker);
    for (Token one = planned.first(maker); one < planned.first(maker + 1); ++one) {
      if (binding.planned[one] != 0) continue;
      while (other < actual.first(maker + 1) && binding.actual[other] != 0) ++other;
      if (other == actual.first(maker + 1)) break;
      binding.planned[one] = binding.actual[other] = ++label;
    }
  }
}

}  // namespace

Binding bind(const MadeValues& planned, const HoldingRows& by_plan, const MadeValues& actual,
             const HoldingRows& in_fact, Look look) {
  Colours ours(planned, by_plan);
  Colours theirs(actual, in_fact);
  if (look == Look::own_rows) {
    ours.look(true);
    theirs.look(true);
  } else if (look == Look::all_rows) {
    look_until_nothing_is_learnt(ours, theirs);
    for (int i = 0; i < choices_at_most && choose(ours, theirs); ++i) look_until_nothing_is_learnt(ours, theirs);
  }
  Binding binding{.planned = Labels(planned.size()), .actual = Labels(actual.size())};
  const std::vector<Token> one = ours.in_order();
  const std::vector<Token> other = theirs.in_order();
  std::uint32_t label = 0;
  for (std::size_t i = 0, j = 0; i < one.size() && j < other.size();) {
    const std::uint64_t here = ours[one[i]];
    const std::uint64_t there = theirs[other[j]];
    if (here == there) binding.planned[one[i]] = binding.actual[other[j]] = ++label;
    i += here <= there;
    j += there <= here;
  }
  if (look == Look::own_rows) bind_the_rest(planned, actual, label, binding);
  return binding;
}

}  // namespace apply
