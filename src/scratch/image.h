// Images: stopped data directories that scratches are cloned from, made from a source once and kept while fresh.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "pg/connection.h"
#include "scratch/binaries.h"
#include "scratch/instance.h"
#include "sys/file.h"

namespace scratch {

struct Image {
  std::string name;       // "shop-3f2a91": database and a hash of where it comes from
  std::string source;     // for people, no secrets: "app@db:5432/shop", "dump:/backups/shop.dump"
  std::string method;     // "base backup", "pg_dump", "pg_restore", "psql"
  std::string database;   // the database to rehearse in
  std::string role;       // who runs scripts on the source: the URL's user; for a dump the superuser
  std::string superuser;  // bootstrap superuser of the cluster
  int major = 0;
  std::string system_identifier;  // of the source cluster; empty for dumps
  std::string state;              // what the source's state was: equal text means that nothing was written since
  base::Instant taken{};
  std::uint64_t bytes = 0;
  std::map<std::string, std::string> settings;  // the source's settings that change what SQL means
  std::vector<std::string> notes;               // what the image lacks, a sentence each
  std::filesystem::path data;                   // its data directory
};

class Source;
struct SourceOptions;

// A kind of source that other modules know how to open: SCHEME, or SCHEME:REST.
struct SourceKind {
  std::string scheme;
  std::function<std::unique_ptr<Source>(const std::string& rest, const SourceOptions& options)> open;
};

struct SourceOptions {
  std::optional<base::Seconds> max_age;  // accept an image this old though the source has changed since
  std::string role;                      // --role: who would run it
  Isolation isolation = Isolation::required;
  // Called once on every new image, as superuser in the image's database, before it is kept. A change to what it does
  // wants a new `preparation`: images prepared otherwise are not re-used.
  std::function<void(pg::Connection&)> prepare;
  int preparation = 0;
  std::vector<SourceKind> kinds;  // besides those that obtain_image() knows
};

// Whether obtain_image() takes `source` for a live database.
bool is_live(const std::string& source, const std::vector<SourceKind>& kinds);

// Turns SOURCE into an image: `image:NAME`, `dump:PATH`, one of the other kinds that the options name, or a libpq URI
// or conninfo (empty: the PG* environment). A cached image is used while the source's state is the one it was taken at.
// The source is only read: a read-only transaction, or the replication protocol. Holding the returned object keeps the
// image from being purged. Errors: server, tool (no binaries for that major, no pg_dump), input (unreadable dump),
// storage (disk full), and a missing extension by name.
class ImageHold {
 public:
  const Image& image() const { return image_; }
  bool reused() const { return reused_; }
  ImageHold(Image image, sys::FileLock lock, bool reused);

 private:
  Image image_;
  sys::FileLock lock_;
  bool reused_ = false;
};
ImageHold obtain_image(const std::string& source, const SourceOptions& options);

// Makes sure that `role` can log in on a scratch (no password is asked for there), whatever its attributes are on the
// source. Error(usage): there is no such role.
void ensure_login(pg::Connection& superuser, const std::string& role);

std::vector<Image> list_images();
struct RunningInstance {
  std::string id;
  base::Instant started{};
  std::uint64_t bytes = 0;
  bool alive = false;  // its owner lives
};
std::vector<RunningInstance> list_instances();
// Removes images that nobody holds (all, or the named one) and dead instances. Returns bytes freed. Error(usage): no
// such image; Error(refused): it is in use.
std::uint64_t purge(const std::string& name);

}  // namespace scratch
