#include "backup/rdb.h"

#include <fmt/core.h>

#include "redis/address.h"
#include "redis/rdb.h"
#include "redis/snapshot.h"
#include "repository/object_writer.h"
#include "repository/point_id.h"
#include "sys/account.h"
#include "sys/clock.h"
#include "sys/terminal.h"

namespace backup {

namespace {

// What tells it from every other one: of a server of this machine, by the machine's name.
std::string identity_of(const redis::Address& address) {
  return address.is_local() ? fmt::format("{} on {}", address.description(), sys::host_name()) : address.description();
}

}  // namespace

void snapshot_redis(const std::string& url, repository::Targets& targets, const repository::KeyRing* keys,
                    const std::function<void()>& beat, repository::Manifest& manifest,
                    const std::function<void()>& admit) {
  const redis::Address address = redis::parse_address(url);
  manifest.source = address.description();
  manifest.redis.emplace().server = identity_of(address);
  admit();
  // What the server forks off is as of a moment between now and the first byte: the earlier one promises less.
  manifest.taken = sys::now();
  redis::RdbReader reader;
  repository::ObjectWriter object(targets, manifest.id, std::string(repository::rdb_object), keys);
  sys::Progress progress("reading the snapshot of Redis");
  std::uint64_t done = 0;
  const redis::Snapshot snapshot = redis::take_snapshot(address, {}, [&](std::string_view bytes) {
    reader.feed(bytes);
    object.write(bytes);
    beat();
    done += bytes.size();
    progress.update(done, 0, "bytes");
  });
  manifest.redis->version = snapshot.server_version;
  manifest.redis->databases = to_facts(reader.finish().census);
  manifest.objects.push_back(object.finish());
}

std::vector<repository::RedisDatabase> to_facts(const redis::Census& census) {
  std::vector<repository::RedisDatabase> facts;
  for (const auto& [index, counted] : census.databases) {
    repository::RedisDatabase& database = facts.emplace_back();
    database.index = static_cast<int>(index);
    for (std::size_t kind = 0; kind < counted.keys.size(); ++kind) {
      if (counted.keys[kind] > 0) database.keys[std::string(redis::kind_names[kind])] = counted.keys[kind];
    }
    database.expiring = counted.expiring;
    database.names = counted.names.hex();
    database.expiries = counted.expiries.hex();
  }
  return facts;
}

}  // namespace backup
