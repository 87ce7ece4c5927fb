#include "apply/comparison.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "apply/change_table.h"
#include "apply/clock_places.h"
#include "apply/comparison_side.h"
#include "apply/leftovers.h"

namespace apply {

namespace {

constexpr std::size_t tokens_to_look_at = 1'000'000;  // of one side; beyond, order alone binds them
constexpr std::size_t rows_to_pair = 20'000;          // that look otherwise when masked, and may be the same
constexpr std::size_t rows_of_a_kind = 300;
constexpr std::string_view in_no_text("\0", 1);

class Comparison {
 public:
  explicit Comparison(const Compared& what)
      : what_(what),
        vocabulary_(what.shapes, what.rehearsal, what.production),
        sides_{Side(what, vocabulary_, Side::Which::planned), Side(what, vocabulary_, Side::Which::actual)},
        rest_(what.directory / "compared") {}

  std::vector<Difference> run();

 private:
  // A place whose mask may be wrong: what stands there may be what it looks like by chance.
  struct Loose {
    std::string stands;
    std::string mask;
    std::vector<std::pair<Maker, std::string>> taken_for;
    std::string refers_to;  // of a foreign key to a plain one: which (Shapes::Column::key); else empty
  };
  using NamedKey = std::pair<std::string, std::string>;  // of a row: which, and its value
  using OwnKeys = std::array<std::set<NamedKey>, 2>;     // by side
  struct Row {
    std::uint32_t number = 0;
    bool actual = false;
    std::string skeleton;
    std::vector<Loose> loose;
  };

  // Rows of rest_ that are not the same with these labels.
  struct Unequal {
    std::array<Labels, 2> labels;
    std::vector<std::uint32_t> numbers;  // in order
  };

  bool keep_what_differs();
  void find_clock_places();
  bool is_made_anywhere(const Vocabulary::Entry& entry, const Place& place) const;
  bool is_of_a_session(const Vocabulary::Entry& entry, const Place& place) const;
  void hold();
  Unequal compare(Look look);
  std::vector<std::uint32_t> unequal_masked();
  template <typename Visit>
  void each_of(const std::vector<std::uint32_t>& numbers, Visit visit) const;
  std::string masked(bool actual, std::uint32_t entry, const Images& images, std::string_view mark) const;
  Row read_row(std::uint32_t number, std::uint32_t entry, bool actual, const std::string& raw) const;
  void pair(std::vector<std::uint32_t>& numbers) const;
  OwnKeys referred_to_of_own(const std::vector<Row>& rows) const;
  bool is_same(const Row& planned, const Row& actual, const OwnKeys& own) const;
  std::vector<Difference> told(Unequal unequal);

  const Compared& what_;
  Vocabulary vocabulary_;
  std::array<Side, 2> sides_;
  ChangeTable rest_;
  std::array<HoldingRows, 2> holders_;
};

std::vector<Difference> Comparison::run() {
  if (!keep_what_differs()) return {};
  find_clock_places();
  const std::size_t tokens = std::max(sides_[0].made().size(), sides_[1].made().size());
  if (tokens == 0 || tokens > tokens_to_look_at) return told(compare(Look::order));
  hold();
  Unequal first = compare(Look::own_rows);
  if (first.numbers.empty() || compare(Look::all_rows).numbers.empty()) return {};
  return told(std::move(first));
}

// What is equal as it stands needs no mask, unless it holds what one of the runs made: that may be another row's by
// now.
bool Comparison::keep_what_differs() {
  ChangeTable as_they_are(what_.directory / "compared as they are");
  for (const bool actual : {false, true}) {
    sides_[actual].each_change([&](std::uint32_t entry, const changeset::Change& change, bool settled) {
      if (!settled) as_they_are.add(vocabulary_.at(entry).relation, actual, entry, Images::row_of(change));
    });
  }
  bool differs = false;
  ChangeTable different(what_.directory / "compared and different");
  as_they_are.each_left_over(what_.directory, [&](bool actual, std::uint32_t entry, const std::string& row) {
    differs = true;
    different.add(vocabulary_.at(entry).relation, actual, entry, row);
  });
  different.close();
  if (!differs) return false;
  find_made_values(what_, vocabulary_, sides_[0], sides_[1]);
  const auto holds_made = [&](std::uint32_t index, std::string_view before, std::string_view after) {
    const Vocabulary::Entry& entry = vocabulary_.at(index);
    bool holds = false;
    if (after.empty()) return false;
    entry.places.reshaped(before, after, [&](const Place& place) -> std::optional<std::string> {
      holds = holds || is_made_anywhere(entry, place);
      return {};
    });
    return holds;
  };
  different.each([&](bool actual, std::uint32_t entry, const std::string& row) {
    const Images images(row);
    if (!holds_made(entry, images.before, images.after)) rest_.add(vocabulary_.at(entry).relation, actual, entry, row);
  });
  const bool made_any = sides_[0].made().size() + sides_[1].made().size() > 0;
  for (const bool actual : {false, true}) {
    if (!made_any) break;
    sides_[actual].each_change([&](std::uint32_t entry, const changeset::Change& change, bool) {
      if (!holds_made(entry, change.before, change.after)) return;
      rest_.add(vocabulary_.at(entry).relation, actual, entry, Images::row_of(change));
    });
  }
  rest_.close();
  return true;
}

void Comparison::find_clock_places() {
  ClockPlaces places(vocabulary_, sides_[0], sides_[1]);
  rest_.each([&](bool actual, std::uint32_t entry, const std::string& row) {
    const Images images(row);
    if (!images.after.empty()) places.see(actual, entry, images.before, images.after);
  });
  places.settle();
}

bool Comparison::is_made_anywhere(const Vocabulary::Entry& entry, const Place& place) const {
  return std::any_of(sides_.begin(), sides_.end(),
                     [&](const Side& side) { return !side.tokens_at(entry, place).empty(); });
}

bool Comparison::is_of_a_session(const Vocabulary::Entry& entry, const Place& place) const {
  return std::any_of(sides_.begin(), sides_.end(),
                     [&](const Side& side) { return side.session_mask(entry, place).has_value(); });
}

// Rows by what they hold, alike on both sides whatever a number looks like by chance.
void Comparison::hold() {
  rest_.each([&](bool actual, std::uint32_t index, const std::string& row) {
    const Images images(row);
    if (images.after.empty()) return;
    const Vocabulary::Entry& entry = vocabulary_.at(index);
    std::vector<HoldingRows::Held> held;
    const std::string blank =
        entry.places.reshaped(images.before, images.after, [&](const Place& place) -> std::optional<std::string> {
          if (!is_made_anywhere(entry, place)) {
            return is_of_a_session(entry, place) ? std::optional<std::string>("(session)") : std::nullopt;
          }
          const std::vector<Token> tokens = sides_[actual].tokens_at(entry, place);
          if (tokens.size() == 1) held.push_back({tokens[0], place.column && place.column->bears()});
          return place.kind == PlaceKind::uuid ? "(random)" : "(drawn)";
        });
    const std::size_t contents =
        std::hash<std::string>()(images.with_after(blank)) ^ std::hash<std::string>()(entry.relation.qualified());
    holders_[actual].add(contents, held);
  });
}

Comparison::Unequal Comparison::compare(Look look) {
  Binding binding = bind(sides_[0].made(), holders_[0], sides_[1].made(), holders_[1], look);
  sides_[0].labels() = binding.planned;
  sides_[1].labels() = binding.actual;
  Unequal unequal{.labels = {std::move(binding.planned), std::move(binding.actual)}, .numbers = unequal_masked()};
  pair(unequal.numbers);
  return unequal;
}

std::vector<std::uint32_t> Comparison::unequal_masked() {
  ChangeTable by_shape(what_.directory / "compared by shape");
  std::uint32_t count = 0;
  rest_.each([&](bool actual, std::uint32_t entry, const std::string& row) {
    const Images images(row);
    by_shape.add(vocabulary_.at(entry).relation, actual, count++,
                 images.with_after(masked(actual, entry, images, in_no_text)));
  });
  std::vector<std::uint32_t> numbers;
  by_shape.each_left_over(what_.directory,
                          [&](bool, std::uint32_t number, const std::string&) { numbers.push_back(number); });
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Rows of rest_ by their numbers, in order.
template <typename Visit>
void Comparison::each_of(const std::vector<std::uint32_t>& numbers, Visit visit) const {
  std::uint32_t number = 0;
  auto next = numbers.begin();
  if (numbers.empty()) return;
  rest_.each([&](bool actual, std::uint32_t entry, const std::string& row) {
    if (next != numbers.end() && *next == number) {
      visit(number, actual, entry, row);
      ++next;
    }
    ++number;
  });
}

// The image after. `mark` stands before each mask, so that no text looks like one.
std::string Comparison::masked(bool actual, std::uint32_t index, const Images& images, std::string_view mark) const {
  if (images.after.empty()) return "";
  const Vocabulary::Entry& entry = vocabulary_.at(index);
  return entry.places.reshaped(images.before, images.after, [&](const Place& place) {
    std::optional<std::string> mask = sides_[actual].mask(entry, place);
    if (mask) mask->insert(0, mark);
    return mask;
  });
}

Comparison::Row Comparison::read_row(std::uint32_t number, std::uint32_t index, bool actual,
                                     const std::string& raw) const {
  Row row{.number = number, .actual = actual, .skeleton = {}, .loose = {}};
  const Images images(raw);
  const Vocabulary::Entry& entry = vocabulary_.at(index);
  const auto see = [&](const Place& place) -> std::optional<std::string> {
    const bool made = is_made_anywhere(entry, place);
    if (!made && !is_of_a_session(entry, place)) return {};
    const Side& side = sides_[actual];
    const std::string mask = side.mask(entry, place).value_or("");
    if (is_strict(place) && !mask.empty()) return std::string(in_no_text) + mask;
    Loose loose{.stands = std::string(place.text), .mask = mask, .taken_for = {}, .refers_to = {}};
    if (place.column && place.column->refers) loose.refers_to = place.column->key;
    if (made && !loose.mask.empty() && place.kind == PlaceKind::number && !place.column) {
      const std::int64_t value = whole_number(place.text).value_or(0);
      for (const Maker maker : side.makers_at(entry, place)) {
        loose.taken_for.emplace_back(maker, std::to_string(std::abs(value)));
      }
    }
    row.loose.push_back(std::move(loose));
    return std::string(in_no_text);
  };
  std::string after = images.after.empty() ? "" : entry.places.reshaped(images.before, images.after, see);
  row.skeleton = entry.relation.qualified() + "\n" + images.with_after(after);
  return row;
}

// Of the plain keys that `rows` refer to, those of rows that the sides inserted.
Comparison::OwnKeys Comparison::referred_to_of_own(const std::vector<Row>& rows) const {
  std::set<NamedKey> wanted;
  for (const Row& row : rows) {
    for (const Loose& loose : row.loose) {
      if (!loose.refers_to.empty()) wanted.emplace(loose.refers_to, loose.stands);
    }
  }
  OwnKeys own;
  if (wanted.empty()) return own;
  rest_.each([&](bool actual, std::uint32_t entry, const std::string& row) {
    const Images images(row);
    if (!images.before.empty()) return;
    vocabulary_.at(entry).places.reshaped({}, images.after, [&](const Place& place) -> std::optional<std::string> {
      if (!place.column || !place.column->bears()) return {};
      NamedKey key(place.column->key, place.text);
      if (wanted.contains(key)) own.at(actual).insert(std::move(key));
      return {};
    });
  });
  return own;
}

// The same, or bound to one another. A number that looks bound and is the same may be a constant; or another's row that
// has the number now that ours had in the rehearsal, if there is one. Not a plain key, nor what refers to one: its row
// is called so; but that row has to be one that the run made itself on both sides, or on neither.
bool Comparison::is_same(const Row& planned, const Row& actual, const OwnKeys& own) const {
  std::vector<const Loose*> believed;
  for (std::size_t i = 0; i < planned.loose.size(); ++i) {
    const Loose& one = planned.loose[i];
    const Loose& other = actual.loose.at(i);
    if (one.mask == other.mask && !one.mask.empty()) continue;
    if (one.stands != other.stands) return false;
    const NamedKey key(one.refers_to, one.stands);
    if (own[0].contains(key) != own[1].contains(key)) return false;
    believed.push_back(&one);
  }
  return std::none_of(believed.begin(), believed.end(), [&](const Loose* loose) {
    return std::any_of(loose->taken_for.begin(), loose->taken_for.end(), [&](const auto& value) {
      return !what_.elsewhere(vocabulary_.name(value.first), {value.second}).empty();
    });
  });
}

void Comparison::pair(std::vector<std::uint32_t>& numbers) const {
  if (numbers.size() > rows_to_pair) return;
  std::vector<Row> rows;
  each_of(numbers, [&](std::uint32_t number, bool actual, std::uint32_t entry, const std::string& row) {
    rows.push_back(read_row(number, entry, actual, row));
  });
  const OwnKeys own = referred_to_of_own(rows);
  std::map<std::string_view, std::array<std::vector<const Row*>, 2>> kinds;
  for (const Row& row : rows) kinds[row.skeleton][row.actual].push_back(&row);
  std::set<std::uint32_t> paired;
  for (auto& [skeleton, kind] : kinds) {
    auto& [planned, actual] = kind;
    if (std::max(planned.size(), actual.size()) > rows_of_a_kind) continue;
    for (const Row* one : planned) {
      const auto other =
          std::find_if(actual.begin(), actual.end(), [&](const Row* row) { return is_same(*one, *row, own); });
      if (other == actual.end()) continue;
      paired.insert({one->number, (*other)->number});
      actual.erase(other);
    }
  }
  std::erase_if(numbers, [&](std::uint32_t number) { return paired.contains(number); });
}

std::vector<Difference> Comparison::told(Unequal unequal) {
  for (const bool actual : {false, true}) sides_[actual].labels() = std::move(unequal.labels.at(actual));
  Leftovers leftovers;
  each_of(unequal.numbers, [&](std::uint32_t, bool actual, std::uint32_t entry, const std::string& row) {
    const Images images(row);
    leftovers.see(vocabulary_.at(entry).relation, actual, images.before, images.after,
                  masked(actual, entry, images, ""));
  });
  return leftovers.differences();
}

}  // namespace

std::vector<Difference> compare(const Compared& what) {
  return Comparison(what).run();
}

}  // namespace apply
