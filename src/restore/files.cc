#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "repository/point_id.h"
#include "repository/recognised_store.h"
#include "restore/copies.h"
#include "restore/restore.h"
#include "sys/clock.h"
#include "sys/directory.h"
#include "sys/failure.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/terminal.h"

namespace restore {

namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

constexpr const char* lock_name = ".lock";
constexpr const char* readme_name = "README";

// "dump.pgdump" of "dump.pgdump.zst".
std::string content_name(const std::string& object) {
  constexpr std::string_view ending = ".zst";
  return object.ends_with(ending) ? object.substr(0, object.size() - ending.size()) : object;
}

void require_usable(const fs::path& directory) {
  if (const auto store = repository::store_around(directory)) {
    throw Error(Code::refused, fmt::format("{} lies inside the store {}", directory.string(), store->string()),
                "nothing was changed; name a directory where no backups are");
  }
  std::error_code error;
  const auto status = fs::symlink_status(directory, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw Error(Code::refused, fmt::format("{} is there, and is no directory", directory.string()), "name another one");
  if (!fs::is_empty(directory, error) || error) {
    throw Error(Code::refused, fmt::format("{} is not empty", directory.string()),
                "nothing was changed; name a directory that is missing or empty");
  }
}

void require_room(const fs::path& parent, const repository::Manifest& manifest) {
  std::uint64_t needed = 0;
  for (const auto& object : manifest.objects) needed += object.content_bytes;
  const std::uint64_t free = sys::free_bytes(parent);
  if (free >= needed) return;
  throw Error(Code::storage,
              fmt::format("{} has {} free, and the restored files take {}", parent.string(), base::human_bytes(free),
                          base::human_bytes(needed)),
              "nothing was written");
}

// DIRECTORY.restoring, ours alone while it lives, gone with the object unless it was published.
class Draft {
 public:
  explicit Draft(const fs::path& directory) : path_(directory.string() + ".restoring"), lock_(take(path_)) {
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.path().filename() != lock_name) sys::remove_tree(entry.path());
    }
  }
  ~Draft() {
    if (!published_) sys::discard_tree(path_);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  const fs::path& path() const { return path_; }

  void publish(const fs::path& directory) {
    sys::remove_tree(path_ / lock_name);
    const auto sync = [](const fs::path& path) {
      const sys::Fd opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!opened || ::fsync(opened.get()) != 0) throw sys::storage_error("sync", path, errno);
    };
    sync(path_);
    if (::rename(path_.c_str(), directory.c_str()) != 0) throw sys::storage_error("create", directory, errno);
    published_ = true;
    sync(sys::parent_directory(directory));
  }

 private:
  static sys::FileLock take(const fs::path& path) {
    sys::make_private_directory(path);
    auto lock = sys::FileLock::try_acquire(path / lock_name);
    if (lock) return std::move(*lock);
    throw Error(Code::refused, fmt::format("another restore is writing to {}", path.string()), "wait for its end");
  }

  fs::path path_;
  sys::FileLock lock_;
  bool published_ = false;
};

void write_object(const Choice& choice, const repository::StoredObject& object, const repository::KeyRing* keys,
                  const fs::path& path) {
  const sys::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw sys::storage_error("write", path, errno);
  sys::Progress progress(fmt::format("restoring {}", path.filename().string()));
  std::uint64_t done = 0;
  repository::read_content(
      *choice.from.store, choice.point.id, object, keys,
      [&](std::string_view part) { sys::write_all(file.get(), part, path.string()); },
      [&](std::uint64_t bytes) { progress.update(done += bytes, object.bytes, "bytes"); });
  if (::fsync(file.get()) != 0) throw sys::storage_error("write", path, errno);
}

// Names out of a database do not stand in commands: pg_restore knows them.
std::vector<std::string> commands_for(const repository::Manifest& manifest) {
  if (manifest.redis) {
    return {"redis-server --dir . --dbfilename dump.rdb --appendonly no",
            "# a server with appendonly yes reads its append-only files and not dump.rdb: start once without"};
  }
  return {"psql --dbname=postgres --file=roles.sql",
          fmt::format("{} --exit-on-error --dbname=postgres dump.pgdump", repository::pg_restore_by_hand),
          std::string(repository::about_tablespaces),
          "pg_restore --list dump.pgdump    # what is in it; --table=NAME --data-only restores one table's rows"};
}

std::string readme(const Choice& choice, const std::vector<std::string>& commands) {
  const auto& manifest = *choice.point.manifest;
  std::string text = fmt::format("Recovery point {}\nof {}\ntaken {}\n\nIn this directory:\n\n", manifest.id,
                                 base::one_line(manifest.source, 200), base::to_rfc3339(manifest.taken));
  for (const std::string& command : commands) text += "    " + command + "\n";
  text += "\nSHA-256 of every file, as it was backed up:\n\n";
  for (const auto& object : manifest.objects)
    text += fmt::format("    {}  {}\n", object.content_sha256, content_name(object.name));
  return text;
}

}  // namespace

Restored restore_files(const Choice& choice, const repository::KeyRing* keys, const fs::path& directory) {
  const sys::Stopwatch stopwatch;
  require_complete(choice);
  const auto& manifest = *choice.point.manifest;
  const fs::path target = fs::absolute(directory).lexically_normal();
  const fs::path place = target.has_filename() ? target : target.parent_path();
  require_usable(place);
  const fs::path parent = sys::parent_directory(place);
  if (!fs::is_directory(parent))
    throw Error(Code::usage, fmt::format("there is no directory {}", parent.string()), "nothing was written");
  require_room(parent, manifest);
  Restored restored{.point = choice.point.id,
                    .store = choice.from.name,
                    .into = place.string(),
                    .kept_as = {},
                    .bytes = manifest.bytes(),
                    .took = {},
                    .notes = {},
                    .commands = commands_for(manifest)};
  Draft draft(place);
  try {
    for (const auto& object : manifest.objects)
      write_object(choice, object, keys, draft.path() / content_name(object.name));
  } catch (Error& error) {
    say_untouched(error, "nothing was changed: what was written was removed again");
    throw;
  }
  const auto key = repository::object_key(choice.point.id, repository::manifest_name);
  sys::write_file(draft.path() / repository::manifest_name, store::read_object(*choice.from.store, key), 0600);
  sys::write_file(draft.path() / readme_name, readme(choice, restored.commands), 0600);
  draft.publish(place);
  restored.took = stopwatch.elapsed();
  return restored;
}

}  // namespace restore
