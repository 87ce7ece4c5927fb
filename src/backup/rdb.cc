#include "backup/rdb.h"

#include "redis/address.h"
#include "redis/rdb.h"
#include "redis/snapshot.h"
#include "repository/object_writer.h"
#include "repository/point_id.h"
#include "sys/clock.h"
#include "sys/terminal.h"

namespace backup {

void snapshot_redis(const std::string& url, repository::Targets& targets, const repository::KeyRing* keys,
                    const std::function<void()>& beat, repository::Manifest& manifest) {
  const redis::Address address = redis::parse_address(url);
  manifest.source = address.description();
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
  manifest.redis = to_facts(reader.finish().census, snapshot.server_version);
  manifest.objects.push_back(object.finish());
}

repository::RedisFacts to_facts(const redis::Census& census, std::string version) {
  repository::RedisFacts facts{.version = std::move(version)};
  for (const auto& [index, counted] : census.databases) {
    repository::RedisDatabase& database = facts.databases.emplace_back();
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
