// One of the two runs that are compared: what it made anew, and how its rows look with that masked.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apply/comparison.h"
#include "apply/made_values.h"
#include "apply/places.h"

namespace apply {

// The relations of both sides, each once, with the places in them. Sequences that both runs drew from, and what makes
// UUIDs, as makers.
class Vocabulary {
 public:
  struct Entry {
    changeset::Relation relation;
    Places places;
    std::set<std::size_t> of_client;                      // columns that hold production's session's address or port
    std::map<std::size_t, Maker> minted;                  // integer keys without a default: what seems to feed them
    std::set<std::pair<std::size_t, std::string>> timed;  // by column and name: counted from the clock (clock_places.h)
  };

  Vocabulary(const Shapes& shapes, const RunWindow& one, const RunWindow& other);

  std::uint32_t add(const changeset::Relation& relation);
  Entry& at(std::uint32_t index) const { return *entries_.at(index); }

  std::size_t makers() const { return names_.size(); }
  Maker uuids() const { return static_cast<Maker>(names_.size() - 1); }
  const std::string& name(Maker maker) const { return names_.at(maker); }  // empty: UUIDs
  std::optional<Maker> maker(const std::string& sequence) const;

 private:
  const Shapes& shapes_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::map<std::string, std::vector<std::uint32_t>> by_table_;
};

class Side {
 public:
  // A change of this side. Settled ones are of tables that came out as planned to the byte.
  using Visit = std::function<void(std::uint32_t entry, const changeset::Change&, bool settled)>;
  enum class Which { planned, actual };

  Side(const Compared& what, Vocabulary& vocabulary, Which which);

  void each_change(const Visit& visit) const;

  const RunWindow& run() const { return run_; }
  MadeValues& made() { return made_; }
  const MadeValues& made() const { return made_; }
  Labels& labels() { return labels_; }

  // The makers that the value at a place may be of.
  std::vector<Maker> makers_at(const Vocabulary::Entry& entry, const Place& place) const;
  // Those of the run's values that stand at a place.
  std::vector<Token> tokens_at(const Vocabulary::Entry& entry, const Place& place) const;
  // What everybody sees instead of it: "(drawn from public.users_id_seq #2)", "(now)"; nullopt: what stands there.
  std::optional<std::string> mask(const Vocabulary::Entry& entry, const Place& place) const;
  // Of what is the session's own: "(transaction)", "(backend)", "(client)"; the time counts, too.
  std::optional<std::string> session_mask(const Vocabulary::Entry& entry, const Place& place) const;
  // Whether the run drew `number`, as far as the sequence's window tells.
  bool drew(Maker maker, std::int64_t number) const;

 private:
  Maker maker_of(Token token) const;

  const Compared& what_;
  Vocabulary& vocabulary_;
  Which which_;
  const RunWindow& run_;
  MadeValues made_;
  Labels labels_;
};

// What a time, or a number that may count the time, at a place is by the clock of the run; nullopt: nothing.
std::optional<std::string> token_by_clock(const Place& place, const RunWindow& run);

// Whether a place holds nothing but what its column's maker made, so that what is equal there by chance is wrong.
bool is_strict(const Place& place);
// As MadeValues knows it; nullopt: no value that a maker makes.
std::optional<MadeValues::Key> key_at(const Place& place);

// Fills in the values that both sides made: what rows of their own bear, and nobody else's hold.
void find_made_values(const Compared& what, Vocabulary& vocabulary, Side& planned, Side& actual);

}  // namespace apply
