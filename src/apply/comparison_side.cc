#include "apply/comparison_side.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "apply/clock_values.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

using changeset::Op;

bool within(const Drawn& drawn, std::int64_t number) {
  return std::min(drawn.first, drawn.last) <= number && number <= std::max(drawn.first, drawn.last);
}

// Random ones say in a digit which function made them; a digest or a name's does not look like that.
bool is_random_version(std::string_view uuid) {
  return uuid.size() == 36 && std::string_view("1467").find(uuid[14]) != std::string_view::npos &&
         std::string_view("89abAB").find(uuid[19]) != std::string_view::npos;
}

bool is_timed(const Vocabulary::Entry& entry, const Place& place) {
  return !entry.timed.empty() && entry.timed.contains({place.index, std::string(place.name)});
}

}  // namespace

std::optional<std::string> token_by_clock(const Place& place, const RunWindow& run) {
  if (place.kind == PlaceKind::time) return clock_distance_token(place.type, place.text, run);
  return epoch_token(place.text, run);
}

bool is_strict(const Place& place) {
  return place.kind == PlaceKind::uuid || (place.column && !place.column->sequences.empty());
}

std::optional<MadeValues::Key> key_at(const Place& place) {
  if (place.kind == PlaceKind::uuid) return MadeValues::of_uuid(place.text);
  if (place.kind != PlaceKind::number) return std::nullopt;
  const std::optional<std::int64_t> number = whole_number(place.text);
  return number ? std::optional(MadeValues::of_number(*number)) : std::nullopt;
}

Vocabulary::Vocabulary(const Shapes& shapes, const RunWindow& one, const RunWindow& other) : shapes_(shapes) {
  for (const auto& [name, drawn] : one.sequences) {
    if (other.sequences.contains(name)) names_.push_back(name);
  }
  names_.emplace_back();
}

std::uint32_t Vocabulary::add(const changeset::Relation& relation) {
  std::vector<std::uint32_t>& of_table = by_table_[relation.qualified()];
  for (const std::uint32_t index : of_table) {
    const changeset::Relation& known = entries_[index]->relation;
    if (known.columns == relation.columns && known.key == relation.key) return index;
  }
  of_table.push_back(static_cast<std::uint32_t>(entries_.size()));
  entries_.push_back(std::make_unique<Entry>(
      Entry{.relation = relation, .places = Places(shapes_, relation), .of_client = {}, .minted = {}}));
  return of_table.back();
}

std::optional<Maker> Vocabulary::maker(const std::string& sequence) const {
  const auto end = names_.end() - 1;
  const auto found = std::find(names_.begin(), end, sequence);
  return found == end ? std::nullopt : std::optional(static_cast<Maker>(found - names_.begin()));
}

Side::Side(const Compared& what, Vocabulary& vocabulary, Which which)
    : what_(what),
      vocabulary_(vocabulary),
      which_(which),
      run_(which == Which::planned ? what.rehearsal : what.production),
      made_(vocabulary.makers()) {}

void Side::each_change(const Visit& visit) const {
  const auto each_of = [&](const changeset::Reader& changes, bool settled, bool all) {
    std::vector<std::uint32_t> entries;
    std::vector<bool> listed;
    for (const changeset::Relation& relation : changes.relations()) {
      entries.push_back(vocabulary_.add(relation));
      listed.push_back(what_.tables.contains(relation.qualified()));
    }
    changes.for_each([&](const changeset::Change& change, changeset::Position) {
      const bool is_listed = listed.at(change.relation);
      if (all || is_listed != settled) visit(entries.at(change.relation), change, !is_listed);
    });
  };
  if (which_ == Which::planned) return each_of(what_.planned, false, true);
  each_of(what_.actual, false, false);
  each_of(what_.planned, true, false);
}

bool Side::drew(Maker maker, std::int64_t number) const {
  const Drawn& drawn = run_.sequences.at(vocabulary_.name(maker));
  return within(drawn, number) || (number < 0 && number != INT64_MIN && within(drawn, -number));
}

std::vector<Maker> Side::makers_at(const Vocabulary::Entry& entry, const Place& place) const {
  if (place.kind == PlaceKind::uuid) return {vocabulary_.uuids()};
  std::vector<Maker> makers;
  if (place.column && !place.column->sequences.empty()) {
    for (const std::string& sequence : place.column->sequences) {
      if (const std::optional<Maker> maker = vocabulary_.maker(sequence)) makers.push_back(*maker);
    }
    return makers;
  }
  if (place.column && place.column->bears()) {
    const auto minted = entry.minted.find(place.index);
    if (minted != entry.minted.end()) return {minted->second};
  }
  for (Maker maker = 0; maker < vocabulary_.uuids(); ++maker) {
    const bool refers = place.column && place.column->refers;
    if (refers || what_.shapes.may_mean(std::string(place.name), vocabulary_.name(maker))) makers.push_back(maker);
  }
  return makers;
}

std::vector<Token> Side::tokens_at(const Vocabulary::Entry& entry, const Place& place) const {
  std::vector<Token> tokens;
  const std::optional<MadeValues::Key> key = made_.size() > 0 ? key_at(place) : std::nullopt;
  if (!key) return tokens;
  for (const Maker maker : makers_at(entry, place)) {
    if (const std::optional<Token> token = made_.find(maker, *key)) tokens.push_back(*token);
  }
  return tokens;
}

Maker Side::maker_of(Token token) const {
  Maker maker = 0;
  while (made_.first(maker + 1) <= token) ++maker;
  return maker;
}

std::optional<std::string> Side::session_mask(const Vocabulary::Entry& entry, const Place& place) const {
  switch (place.kind) {
    case PlaceKind::time:
      return is_timed(entry, place) ? token_by_clock(place, run_) : clock_token(place.type, place.text, run_);
    case PlaceKind::absent:
      if (which_ == Which::planned && entry.of_client.contains(place.index)) return "(client)";
      return std::nullopt;
    case PlaceKind::address:
      if (!run_.client.empty() && place.text == run_.client) return "(client)";
      return std::nullopt;
    case PlaceKind::number:
      break;
    case PlaceKind::uuid:
    case PlaceKind::word:
      return std::nullopt;
  }
  if (is_strict(place)) return std::nullopt;
  if (run_.backends.contains(std::string(place.text))) return "(backend)";
  if (!run_.port.empty() && place.text == run_.port && entry.of_client.contains(place.index)) return "(client)";
  const std::optional<std::int64_t> number = run_.next_xid > 0 ? whole_number(place.text) : std::nullopt;
  if (number && run_.first_xid <= *number && *number < run_.next_xid) return "(transaction)";
  return is_timed(entry, place) ? token_by_clock(place, run_) : std::nullopt;
}

std::optional<std::string> Side::mask(const Vocabulary::Entry& entry, const Place& place) const {
  std::string mask;
  for (const Token token : tokens_at(entry, place)) {
    if (labels_.empty() || labels_.at(token) == 0) continue;
    const std::string& name = vocabulary_.name(maker_of(token));
    mask += name.empty()
                ? fmt::format("(random #{})", labels_.at(token))
                : fmt::format("(drawn from {}{} #{})", place.text.starts_with('-') ? "-" : "", name, labels_.at(token));
  }
  return mask.empty() ? session_mask(entry, place) : std::optional(mask);
}

namespace {

// Finds what both runs made.
class Finder {
 public:
  Finder(const Compared& what, Vocabulary& vocabulary, Side& planned, Side& actual)
      : what_(what), vocabulary_(vocabulary), sides_{&planned, &actual} {}

  void find() {
    for (Side* side : sides_) {
      side->each_change(
          [&](std::uint32_t index, const changeset::Change& change, bool) { guess(*side, index, change); });
    }
    choose();
    for (Side* side : sides_) collect(*side);
    if (no_uuids()) return seal();
    for (Side* side : sides_) side->made().seal();  // to look them up
    for (Side* side : sides_) drop_known_uuids(*side);
    drop_held_uuids();
    seal();
  }

 private:
  void guess(const Side& side, std::uint32_t index, const changeset::Change& change);
  void choose();
  void collect(Side& side);
  void note(Side& side, const Vocabulary::Entry& entry, const Place& place, bool made_row, bool settled);
  void drop_known_uuids(Side& side);
  void drop_held_uuids();
  void drop_held_numbers();
  std::set<std::string> rows_made_again(const Side& side) const;
  bool no_uuids() const {
    return std::all_of(sides_.begin(), sides_.end(),
                       [&](const Side* side) { return side->made().of(vocabulary_.uuids()).empty(); });
  }
  void seal() {
    drop_held_numbers();
    for (Side* side : sides_) {
      for (const auto& [maker, key] : settled_) side->made().remove(maker, key);
      side->made().seal();
    }
  }

  const Compared& what_;
  Vocabulary& vocabulary_;
  std::array<Side*, 2> sides_;
  std::map<std::pair<std::uint32_t, std::size_t>, std::map<Maker, std::int64_t>> guesses_;
  std::vector<std::pair<Maker, MadeValues::Key>> settled_;
  std::map<Maker, std::set<std::int64_t>> unsure_;  // of production
};

// An integer key without a default is fed by the sequence that most of its new values can be of.
void Finder::guess(const Side& side, std::uint32_t index, const changeset::Change& change) {
  if (change.op == Op::erase) return;
  Vocabulary::Entry& entry = vocabulary_.at(index);
  const RunWindow& run = side.run();
  entry.places.reshaped(change.before, change.after, [&](const Place& place) -> std::optional<std::string> {
    const bool client = place.kind == PlaceKind::address ? place.text == run.client : place.text == run.port;
    if (client && &side == sides_[1] && !place.text.empty()) entry.of_client.insert(place.index);
    if (!place.column || place.kind != PlaceKind::number || !place.column->bears() || !place.column->sequences.empty())
      return {};
    const std::optional<std::int64_t> number = whole_number(place.text);
    for (Maker maker = 0; number && maker < vocabulary_.uuids(); ++maker) {
      if (what_.shapes.feeds_a_column(vocabulary_.name(maker))) continue;  // it looks so by chance
      if (side.drew(maker, *number)) ++guesses_[{index, place.index}][maker];
    }
    return {};
  });
}

void Finder::choose() {
  for (const auto& [column, makers] : guesses_) {
    const auto best = std::max_element(makers.begin(), makers.end(),
                                       [](const auto& one, const auto& other) { return one.second < other.second; });
    vocabulary_.at(column.first).minted[column.second] = best->first;
  }
}

// Tables in which every row that changed and has another UUID can have been deleted and inserted again: so many more
// rows were inserted than are new. Otherwise an UPDATE may have copied the UUID from somewhere.
std::set<std::string> Finder::rows_made_again(const Side& side) const {
  std::map<std::string, std::int64_t> left;
  std::set<std::string> found;
  side.each_change([&](std::uint32_t index, const changeset::Change& change, bool) {
    if (change.op == Op::erase) return;
    const Vocabulary::Entry& entry = vocabulary_.at(index);
    bool another = change.op == Op::insert;
    if (!another) {
      entry.places.reshaped(change.before, change.after, [&](const Place& place) -> std::optional<std::string> {
        another = another || (place.kind == PlaceKind::uuid && place.column && place.column->by_default);
        return {};
      });
      if (!another) return;
      found.insert(entry.relation.qualified());
    }
    const std::string table = entry.relation.qualified();
    const auto inserted = side.run().inserted.find(table);
    --left.try_emplace(table, inserted == side.run().inserted.end() ? 0 : inserted->second).first->second;
  });
  std::erase_if(found, [&](const std::string& table) { return left.at(table) < 0; });
  return found;
}

void Finder::collect(Side& side) {
  const std::set<std::string> again = rows_made_again(side);
  side.each_change([&](std::uint32_t index, const changeset::Change& change, bool settled) {
    if (change.op == Op::erase) return;
    const Vocabulary::Entry& entry = vocabulary_.at(index);
    const bool made_row = change.op == Op::insert || again.contains(entry.relation.qualified());
    entry.places.reshaped(change.before, change.after, [&](const Place& place) -> std::optional<std::string> {
      if (place.column && place.column->bears()) note(side, entry, place, made_row, settled);
      return {};
    });
  });
}

void Finder::note(Side& side, const Vocabulary::Entry& entry, const Place& place, bool made_row, bool settled) {
  const std::optional<MadeValues::Key> key = key_at(place);
  if (!key) return;
  if (place.kind == PlaceKind::uuid) {
    if (!made_row || (place.column->versioned && !is_random_version(place.text))) return;
    side.made().add(vocabulary_.uuids(), *key);
    if (settled) settled_.emplace_back(vocabulary_.uuids(), *key);
    return;
  }
  if (place.column->sequences.empty() && (settled || !entry.minted.contains(place.index))) return;
  const std::int64_t number = *whole_number(place.text);
  for (const Maker maker : side.makers_at(entry, place)) {
    if (!side.drew(maker, number)) continue;
    side.made().add(maker, *key);
    if (settled) settled_.emplace_back(maker, *key);
    const bool sure = place.column->by_default && place.column->alone_in_key;
    if (!sure && &side == sides_[1]) unsure_[maker].insert(std::abs(number));
  }
}

// What stood in a row before was not made by the run.
void Finder::drop_known_uuids(Side& side) {
  std::vector<MadeValues::Key> known;
  side.each_change([&](std::uint32_t index, const changeset::Change& change, bool) {
    if (change.op == Op::insert) return;
    vocabulary_.at(index).places.reshaped({}, change.before, [&](const Place& place) -> std::optional<std::string> {
      if (place.kind != PlaceKind::uuid) return {};
      const std::optional<MadeValues::Key> key = key_at(place);
      if (key && side.made().find(vocabulary_.uuids(), *key)) known.push_back(*key);
      return {};
    });
  });
  for (const MadeValues::Key& key : known) side.made().remove(vocabulary_.uuids(), key);
}

// Nor what others hold: neither side's is random then.
void Finder::drop_held_uuids() {
  const auto spelt = [](const MadeValues::Key& key) {
    const std::string digits = fmt::format("{:016x}{:016x}", key.first, key.second);
    return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4),
                       digits.substr(16, 4), digits.substr(20));
  };
  std::vector<std::string> all;
  for (const Side* side : sides_) {
    for (const MadeValues::Key& key : side->made().of(vocabulary_.uuids())) all.push_back(spelt(key));
  }
  for (const std::string& uuid : what_.elsewhere("", all)) {
    for (Side* side : sides_) side->made().remove(vocabulary_.uuids(), *MadeValues::of_uuid(uuid));
  }
}

// A number that stands where it need not have been drawn by us may be another's.
void Finder::drop_held_numbers() {
  for (const auto& [maker, numbers] : unsure_) {
    std::vector<std::string> values;
    for (const std::int64_t number : numbers) values.push_back(std::to_string(number));
    for (const std::string& held : what_.elsewhere(vocabulary_.name(maker), values)) {
      sides_[1]->made().remove(maker, MadeValues::of_number(*whole_number(held)));
    }
  }
}

}  // namespace

void find_made_values(const Compared& what, Vocabulary& vocabulary, Side& planned, Side& actual) {
  Finder(what, vocabulary, planned, actual).find();
}

}  // namespace apply
