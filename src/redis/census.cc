#include "redis/census.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <set>

#include "base/text.h"

namespace redis {
namespace {

static_assert(std::endian::native == std::endian::little, "integers are hashed as they lie in memory");

using Hash = std::array<std::uint64_t, 4>;

template <typename Value>
void hash_value(crypto_generichash_state& state, const Value& value) {
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&value), sizeof value);
}

void begin_hash(crypto_generichash_state& state) {
  crypto_generichash_init(&state, nullptr, 0, sizeof(Hash));
}

Hash end_hash(crypto_generichash_state& state) {
  Hash hash{};
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(hash.data()), sizeof hash);
  return hash;
}

std::string moment(const std::optional<base::Instant>& instant) {
  return instant ? base::to_rfc3339(*instant) : "none";
}

// The differences of one database. Where the counts agree and a digest does not, keys were renamed or swapped.
class Comparison {
 public:
  Comparison(std::uint64_t number, std::vector<std::string>& differences) : number_(number), told_(differences) {}

  void compare(const DatabaseCensus& expected, const DatabaseCensus& found, bool exact) {
    const std::size_t before = told_.size();
    for (std::size_t kind = 0; kind < kind_names.size(); ++kind)
      count(fmt::format("{} keys", kind_names[kind]), expected.keys[kind], found.keys[kind]);
    count("keys that expire", expected.expiring, found.expiring);
    if (told_.size() == before && expected.names != found.names)
      tell("as many keys of every type as expected, but not the same names");
    if (!exact || told_.size() != before || expected.expiries == found.expiries) return;
    tell(fmt::format(
        "the same keys, but they expire at other times (earliest {} instead of {}, latest {} instead of {})",
        moment(found.earliest), moment(expected.earliest), moment(found.latest), moment(expected.latest)));
  }

 private:
  void count(const std::string& what, std::uint64_t expected, std::uint64_t found) {
    if (expected == found) return;
    tell(fmt::format("{} {} instead of {}", base::with_commas(static_cast<std::int64_t>(found)), what,
                     base::with_commas(static_cast<std::int64_t>(expected))));
  }
  void tell(const std::string& what) { told_.push_back(fmt::format("database {}: {}", number_, what)); }

  std::uint64_t number_;
  std::vector<std::string>& told_;
};

}  // namespace

void Digest::add(const Hash& hash) {
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane] += hash[lane];
}

std::string Digest::hex() const {
  return fmt::format("{:016x}", fmt::join(lanes, ""));
}

std::uint64_t DatabaseCensus::total() const {
  return std::accumulate(keys.begin(), keys.end(), std::uint64_t{0});
}

std::uint64_t Census::total() const {
  std::uint64_t sum = 0;
  for (const auto& [number, database] : databases) sum += database.total();
  return sum;
}

std::vector<std::string> differences(const Census& expected, const Census& found) {
  std::set<std::uint64_t> numbers;
  for (const Census* census : {&expected, &found}) {
    for (const auto& [number, database] : census->databases) numbers.insert(number);
  }
  const auto of = [](const Census& census, std::uint64_t number) {
    const auto at = census.databases.find(number);
    return at == census.databases.end() ? DatabaseCensus{} : at->second;
  };
  std::vector<std::string> told;
  for (const std::uint64_t number : numbers) {
    Comparison(number, told)
        .compare(of(expected, number), of(found, number), expected.exact_expiries && found.exact_expiries);
  }
  return told;
}

void Tally::begin(std::uint64_t database, Kind kind, std::optional<base::Instant> expiry) {
  database_ = &census_.databases[database];
  kind_ = kind;
  expiry_ = expiry;
  passed_ = expiry && horizon_ && *expiry <= *horizon_;
  begin_hash(hash_);
  hash_value(hash_, database);
  hash_value(hash_, static_cast<std::uint8_t>(kind));
  hash_value(hash_, static_cast<std::uint8_t>(expiry ? 1 : 0));
}

void Tally::name(std::string_view part) {
  crypto_generichash_update(&hash_, reinterpret_cast<const unsigned char*>(part.data()), part.size());
}

void Tally::end() {
  if (passed_) {
    ++database_->passed;
    return;
  }
  ++database_->keys[static_cast<std::size_t>(kind_)];
  const Hash hash = end_hash(hash_);
  database_->names.add(hash);
  if (!expiry_) return;
  ++database_->expiring;
  database_->earliest = std::min(database_->earliest.value_or(*expiry_), *expiry_);
  database_->latest = std::max(database_->latest.value_or(*expiry_), *expiry_);
  begin_hash(hash_);
  hash_value(hash_, hash);
  hash_value(hash_, static_cast<std::int64_t>(expiry_->time_since_epoch().count()));
  database_->expiries.add(end_hash(hash_));
}

}  // namespace redis
