#include "restore/choice.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "repository/lines.h"
#include "repository/point_id.h"
#include "repository/retention.h"

namespace restore {

using base::Code;
using base::Error;
using repository::Point;

namespace {

constexpr std::string_view latest = "latest";

// How good a copy it is to read from.
int worth(const Point& point) {
  return point.trusted() ? 2 : point.complete() ? 1 : 0;
}

std::string manifest_hash(store::ObjectStore& store, const std::string& id) {
  return base::sha256_hex(store::read_object(store, repository::object_key(id, repository::manifest_name)));
}

}  // namespace

Shelves::Shelves(const repository::Repository& repository)
    : keys_(repository.keys), allow_unsealed_(repository.allow_unsealed) {
  std::optional<Error> failure;
  for (const repository::Target& target : repository.stores) {
    try {
      shelves_.push_back({target, repository::read_contents(*target.store, repository.trust())});
    } catch (const Error& error) {
      if (error.code() != Code::storage) throw;
      notes_.push_back(fmt::format("store {} was passed over: {}", target.name, error.message()));
      if (!failure) failure = error;
    }
  }
  if (shelves_.empty() && failure) throw Error(*failure);
}

Choice Shelves::choose(const Shelf& shelf, const Point& point) const {
  Choice choice{.point = point,
                .manifest_sha256 = manifest_hash(*shelf.target.store, point.id),
                .from = shelf.target,
                .holders = {shelf.target}};
  for (const Shelf& other : shelves_) {
    const auto same = [&](const Point& candidate) { return candidate.id == point.id && candidate.has_manifest; };
    const bool holds = std::any_of(other.contents.points.begin(), other.contents.points.end(), same);
    if (&other == &shelf || !holds) continue;
    if (manifest_hash(*other.target.store, point.id) == choice.manifest_sha256) choice.holders.push_back(other.target);
  }
  return choice;
}

Choice Shelves::by_id(const std::string& beginning) const {
  std::set<std::string> ids;
  const Shelf* shelf = nullptr;
  const Point* best = nullptr;
  for (const Shelf& candidate : shelves_) {
    for (const Point& point : candidate.contents.points) {
      if (!point.has_manifest || !point.id.starts_with(beginning)) continue;
      ids.insert(point.id);
      if (best && worth(point) <= worth(*best)) continue;
      best = &point;
      shelf = &candidate;
    }
  }
  if (ids.size() > 1) {
    throw Error(Code::usage, fmt::format("several recovery points begin with {}", base::one_line(beginning, 80)),
                "give more of the id: pgrehearse backups");
  }
  if (best) return choose(*shelf, *best);
  throw Error(Code::usage,
              fmt::format("there is no recovery point {}{}", base::one_line(beginning, 80),
                          notes_.empty() ? "" : fmt::format(" in the stores that answer ({})", notes_.front())),
              "see: pgrehearse backups");
}

std::optional<Choice> Shelves::newest(const std::string& tier, base::Instant now) const {
  const Shelf* shelf = nullptr;
  const Point* best = nullptr;
  for (const Shelf& candidate : shelves_) {
    const Point* point = repository::newest_good(candidate.contents, tier, now);
    if (!point || (best && point->manifest->taken <= best->manifest->taken)) continue;
    best = point;
    shelf = &candidate;
  }
  if (!best) return std::nullopt;
  return choose(*shelf, *best);
}

std::vector<std::string> Shelves::databases(const std::vector<std::string>& tiers, base::Instant now) const {
  repository::Lines lines;
  for (const Shelf& shelf : shelves_) lines.add(shelf.contents);
  std::map<repository::Source, const Point*> newest;
  for (const Shelf& shelf : shelves_) {
    for (const std::string& tier : tiers) {
      for (const Point* point : repository::newest_of_lines(shelf.contents, lines, tier, now)) {
        const Point*& known = newest[lines.of(*point->manifest)];
        if (!known || point->manifest->taken > known->manifest->taken) known = point;
      }
    }
  }
  std::vector<std::string> phrases;
  if (newest.size() < 2) return phrases;
  for (const auto& [source, point] : newest)
    phrases.push_back(fmt::format("{} ({})", repository::describe_source(*point->manifest), point->id));
  return phrases;
}

std::optional<Shelves::PassedOver> Shelves::passed_over(const std::vector<std::string>& tiers, const Choice* choice,
                                                        base::Instant now) const {
  const auto made = [](const std::string& id) { return repository::parse_point_id(id)->taken; };
  const Shelf* shelf = nullptr;
  const Point* newest = nullptr;
  for (const Shelf& candidate : shelves_) {
    for (const Point& point : candidate.contents.points) {
      const bool of_tiers =
          std::find(tiers.begin(), tiers.end(), repository::parse_point_id(point.id)->tier) != tiers.end();
      if (!of_tiers || !point.exists() || repository::is_of_the_future(point, now)) continue;
      if (choice && made(point.id) <= made(choice->point.id)) continue;
      if (newest && made(point.id) <= made(newest->id)) continue;
      newest = &point;
      shelf = &candidate;
    }
  }
  if (!newest) return std::nullopt;
  if (newest->problem.empty()) return PassedOver{newest->id, "its last proof did not pass"};
  return PassedOver{newest->id, fmt::format("in store {} {}", shelf->target.name, newest->problem)};
}

std::optional<base::Instant> Shelves::last_passed_drill(const std::string& tier) const {
  std::optional<base::Instant> last;
  for (const Shelf& shelf : shelves_) {
    for (const repository::EvidenceKey& evidence : shelf.contents.evidence) {
      if (evidence.proof != repository::Proof::drill || !evidence.passed()) continue;
      const auto id = repository::parse_point_id(evidence.point);
      if (id && id->tier == tier && (!last || evidence.started > *last)) last = evidence.started;
    }
  }
  return last;
}

void Shelves::require_sealed(const Choice& choice) const {
  if (!keys_ || allow_unsealed_ || !choice.point.manifest) return;
  const repository::Manifest& manifest = *choice.point.manifest;
  switch (repository::seal_of(manifest.mac, manifest.sha256, *keys_)) {
    case repository::Seal::none:
      throw Error(
          Code::refused,
          fmt::format("the manifest of {} in store {} cannot be relied on: {}", choice.point.id, choice.from.name,
                      repository::no_seal),
          "nothing was restored; where you know that it was written before there was a key, say --allow-unsealed");
    case repository::Seal::unknown:
      throw Error(
          Code::contract,
          fmt::format("the manifest of {} in store {} is sealed with key {}, which is not in {}", choice.point.id,
                      choice.from.name, base::one_line(manifest.mac->key_id, 40), keys_->origin()),
          "nothing was restored; put that key back as a further line");
    case repository::Seal::wrong:  // was not believed: there is no manifest
    case repository::Seal::right:
      return;
  }
}

std::vector<std::string> tiers_meant(const contract::Backups& contract, const std::string& wish) {
  if (wish == latest) return repository::tiers_of(contract, contract::What::dump);
  const std::string mark = std::string(latest) + ":";
  if (!wish.starts_with(mark)) return {};
  const std::string tier = wish.substr(mark.size());
  const bool known = std::any_of(contract.tiers.begin(), contract.tiers.end(),
                                 [&](const contract::Tier& declared) { return declared.name == tier; });
  if (known) return {tier};
  throw Error(Code::usage, fmt::format("the contract has no tier {}", base::one_line(tier, 60)),
              "its tiers are the [tiers.NAME] of pgrehearse.toml");
}

Choice find_choice(const Shelves& shelves, const contract::Backups& contract, const std::string& wish,
                   base::Instant now) {
  const auto sealed = [&](Choice choice) {
    shelves.require_sealed(choice);
    return choice;
  };
  const auto tiers = tiers_meant(contract, wish);
  if (tiers.empty() && wish != latest) return sealed(shelves.by_id(wish));
  if (const auto databases = shelves.databases(tiers, now); !databases.empty()) {
    throw Error(Code::refused,
                fmt::format("{} may be of {} databases: {}", wish, databases.size(), fmt::join(databases, "; ")),
                "name the recovery point by its id: pgrehearse backups");
  }
  std::optional<Choice> found;
  for (const std::string& tier : tiers) {
    auto choice = shelves.newest(tier, now);
    if (choice && (!found || choice->point.manifest->taken > found->point.manifest->taken)) found = std::move(choice);
  }
  if (found) return sealed(std::move(*found));
  std::vector<std::string> told = shelves.notes();
  if (const auto bad = shelves.passed_over(tiers, nullptr, now))
    told.push_back(fmt::format("{}: {}", bad->id, bad->why));
  throw Error(Code::refused,
              fmt::format("there is no good recovery point{}{}", wish == latest ? "" : " of tier " + tiers.front(),
                          told.empty() ? "" : fmt::format(" ({})", fmt::join(told, "; "))),
              "see what there is: pgrehearse backups; one that is known to be bad can be named by its id");
}

void require_complete(const Choice& choice) {
  if (choice.point.complete()) return;
  throw Error(
      Code::storage,
      fmt::format("{} in store {} is not complete: {}", choice.point.id, choice.from.name, choice.point.problem),
      "restore from another store (--store) or another point: pgrehearse backups");
}

const repository::StoredObject& object_of(const Choice& choice, std::string_view name) {
  if (const auto* object = choice.point.manifest->find(name)) return *object;
  throw Error(Code::storage, fmt::format("the manifest of {} names no {}", choice.point.id, name));
}

std::string read_small(const Choice& choice, const repository::StoredObject& object, const repository::KeyRing* keys) {
  constexpr std::uint64_t limit = 64U << 20U;
  if (object.content_bytes > limit)
    throw Error(Code::storage, fmt::format("{} of {} is too large", object.name, choice.point.id));
  std::string content;
  repository::read_content(*choice.from.store, choice.point.id, object, keys,
                           [&](std::string_view part) { content.append(part); });
  return content;
}

}  // namespace restore
