#include "repository/claim.h"

#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "repository/hashed_json.h"
#include "repository/point_id.h"
#include "store/retry.h"
#include "sys/account.h"
#include "sys/file.h"
#include "sys/signals.h"

namespace repository {

namespace {

using nlohmann::json;

constexpr std::string_view body_name = "claim";
constexpr int format_version = 1;
constexpr std::chrono::minutes renewal{5};
// Of those who came at one moment: drawn apart by chance, in a time that is nothing beside a backup's.
constexpr store::RetryPolicy together{
    .attempts = 10, .first = std::chrono::milliseconds(400), .longest = std::chrono::milliseconds(5000)};

// Within what a process's number means something: this boot of this machine (random(4)), and its namespace of process
// numbers (pid_namespaces(7)), of which containers have one each.
std::string process_space() {
  std::string id = sys::read_file("/proc/sys/kernel/random/boot_id");
  id.erase(id.find_last_not_of(" \n") + 1);
  return id + " " + std::filesystem::read_symlink("/proc/self/ns/pid").string();
}

// "PID:START" of a process, or "" where there is none: a number alone may have been given away since (proc(5), stat).
std::string process_identity(int pid) {
  try {
    const std::string stat = sys::read_file(fmt::format("/proc/{}/stat", pid));
    std::size_t at = stat.rfind(')');  // the name before it may hold anything
    constexpr int fields_to_start = 20;
    for (int field = 0; field < fields_to_start && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
    if (at == std::string::npos) return {};
    return fmt::format("{}:{}", pid, stat.substr(at + 1, stat.find(' ', at + 1) - at - 1));
  } catch (const base::Error&) {
    return {};
  }
}

std::string key_prefix(const std::string& tier) {
  return fmt::format("{}{}/", claims_prefix, tier);
}

struct Read {
  ClaimInfo info;
  std::string space;
  int pid = 0;
  std::string process;
};

// nullopt where it is gone by now. One that cannot be believed lives until its lease ends.
std::optional<Read> read_claim(store::ObjectStore& store, const store::ObjectInfo& object) {
  Read read;
  read.info.key = object.key;
  read.info.renewed = object.modified;
  const std::string_view rest = std::string_view(object.key).substr(claims_prefix.size());
  read.info.tier = rest.substr(0, rest.find('/'));
  if (!store.stat(object.key)) return std::nullopt;
  try {
    const json body = from_hashed_json(body_name, format_version, store::read_object(store, object.key, 1U << 16U));
    body.at("point").get_to(read.info.point);
    body.at("holder").get_to(read.info.holder);
    body.at("space").get_to(read.space);
    body.at("pid").get_to(read.pid);
    body.at("process").get_to(read.process);
  } catch (const json::exception&) {
    read.info.holder = "somebody who wrote no name";
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) throw;
    if (!store.stat(object.key)) return std::nullopt;
    read.info.holder = "somebody who wrote no name";
  }
  return read;
}

bool ended_here(const Read& read) {
  return !read.space.empty() && read.space == process_space() && process_identity(read.pid) != read.process;
}

std::vector<ClaimInfo> claims_under(store::ObjectStore& store, const std::string& prefix, base::Instant store_now) {
  std::vector<store::ObjectInfo> objects;
  store.list(prefix, [&](const store::ObjectInfo& object) { objects.push_back(object); });
  std::vector<ClaimInfo> claims;
  for (const store::ObjectInfo& object : objects) {
    auto read = read_claim(store, object);
    if (!read) continue;
    read->info.living = store_now - object.modified < Claim::lease && !ended_here(*read);
    claims.push_back(std::move(read->info));
  }
  return claims;
}

}  // namespace

Claim::Claim(store::ObjectStore& store, std::string tier, std::string point)
    : store_(&store), tier_(std::move(tier)), point_(std::move(point)) {}

Claim::Claim(Claim&& other) noexcept
    : store_(other.store_),
      tier_(std::move(other.tier_)),
      point_(std::move(other.point_)),
      key_(std::exchange(other.key_, {})),
      renewed_(other.renewed_),
      renewed_there_(other.renewed_there_) {}

Claim::~Claim() {
  give_back();
}

void Claim::give_back() {
  if (key_.empty()) return;
  const sys::InterruptShield shield;
  try {
    store_->remove(std::exchange(key_, {}));
  } catch (const base::Error&) {
    // It dies by itself when its lease ends.
  }
}

void Claim::write() {
  const std::string key = fmt::format("{}{}.json", key_prefix(tier_), base::random_hex(8));
  const json body = {{"point", point_},
                     {"holder", fmt::format("{}, process {}", sys::person(), ::getpid())},
                     {"space", process_space()},
                     {"pid", ::getpid()},
                     {"process", process_identity(::getpid())}};
  renewed_ = std::chrono::steady_clock::now();
  store::write_object(*store_, key, to_hashed_json(body_name, format_version, body));
  const std::string before = std::exchange(key_, key);
  const auto written = store_->stat(key);
  if (!written) throw base::Error(base::Code::storage, fmt::format("a claim in {} vanished", store_->description()));
  renewed_there_ = written->modified;
  if (!before.empty()) store_->remove(before);
}

std::variant<Claim, ClaimInfo> Claim::take(store::ObjectStore& store, const std::string& tier,
                                           const std::string& point) {
  std::set<std::string> seen;
  store::Retries retries(together);
  while (true) {
    Claim claim(store, tier, point);
    claim.write();
    std::vector<ClaimInfo> others = claim.living_others();
    if (others.empty()) return claim;
    for (ClaimInfo& other : others) {
      // Who merely came at the same moment takes its claim back, and writes another one when it comes again.
      if (!seen.insert(other.key).second) return std::move(other);
    }
    claim.give_back();
    if (!retries.wait({}, nullptr)) return std::move(others.front());
  }
}

std::vector<ClaimInfo> Claim::living_others() {
  std::vector<ClaimInfo> living;
  for (ClaimInfo& other : claims_under(*store_, key_prefix(tier_), renewed_there_)) {
    if (other.key == key_) continue;
    if (other.living) {
      living.push_back(std::move(other));
    } else {
      store_->remove(other.key);
    }
  }
  return living;
}

void Claim::keep() {
  if (std::chrono::steady_clock::now() - renewed_ < renewal) return;
  require();
  write();
}

void Claim::require() {
  if (std::chrono::steady_clock::now() - renewed_ < lease && store_->stat(key_)) return;
  throw base::Error(base::Code::refused,
                    fmt::format("the claim on tier {} in {} has ended", tier_, store_->description()),
                    "the machine slept, or the store was out of reach: nothing was finished; run it again");
}

std::vector<ClaimInfo> read_claims(store::ObjectStore& store, base::Instant now) {
  return claims_under(store, std::string(claims_prefix), now);
}

}  // namespace repository
