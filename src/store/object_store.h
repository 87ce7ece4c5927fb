// Where backups lie: a directory, a bucket of an S3-compatible service, or memory, behind one narrow interface.
//
// Keys are relative paths of UTF-8 segments ("points/20260511T030007Z-a1b2/manifest.json"): at most 900 bytes, each
// segment at most 200, none of them empty, "." or "..", and none that begins with ".pgrehearse-", the mark of temporary
// files. A key never is another one's directory ("a" and "a/b"): a directory cannot hold both. Objects are written once
// and never overwritten: whoever creates a key that exists is refused, and of several that create it at once one
// commits. An object that was committed is durable, and every later list() and open() of anybody sees it whole; one
// that was not committed is never seen. A store may be used by several threads at once, its writers and readers by one
// each, and it outlives them. Errors: storage, with what to do next; interrupted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace store {

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;
  base::Instant modified{};  // by the store's own clock
};

// An object on its way. Destroyed without commit(): nothing of it is seen, and what it left behind is in unfinished()
// at worst. After an error only destruction is left.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual void write(std::string_view bytes) = 0;
  // Once. Throws Error(refused) where the key exists by now; the object that is there is left as it is.
  virtual void commit() = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;
  // Fills `buffer` from the front; fewer bytes than asked for, down to none, only at the object's end.
  virtual std::size_t read(char* buffer, std::size_t size) = 0;
};

// What an ended process left of objects that it never committed: temporary files, multipart uploads. A directory knows
// those that a living process still writes, and leaves them out; a bucket does not know, so go by their age there.
struct Unfinished {
  std::string key;        // of the object it would have become
  std::string id;         // of the attempt, the store's own
  base::Instant begun{};  // in a directory: when it was last written to
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // For people, without secrets: "/var/backups/app", "s3://bucket/prefix at https://s3.example.com".
  virtual std::string description() const = 0;

  virtual std::unique_ptr<Writer> create(const std::string& key) = 0;
  // From byte `offset` on. Throws Error(storage) where there is no such object.
  virtual std::unique_ptr<Reader> open(const std::string& key, std::uint64_t offset = 0) = 0;
  virtual std::optional<ObjectInfo> stat(const std::string& key) = 0;
  // Every object whose key begins with `prefix`, in byte order of the keys.
  virtual void list(const std::string& prefix, const std::function<void(const ObjectInfo&)>& each) = 0;
  // No error where it is gone already.
  virtual void remove(const std::string& key) = 0;

  // Those whose key begins with `prefix`, in no order.
  virtual std::vector<Unfinished> unfinished(const std::string& prefix) = 0;
  // No error where it is gone already.
  virtual void discard(const Unfinished& attempt) = 0;
};

inline constexpr std::string_view temporary_mark = ".pgrehearse-";

bool is_key(std::string_view key);
// Throws Error(internal) where `key` is none.
void require_key(const std::string& key);

// What open() and commit() throw.
base::Error no_such_object(const std::string& key, const ObjectStore& store);
base::Error object_exists(const std::string& key, const ObjectStore& store);

// A small object, whole. read_object throws Error(storage) beyond `limit` bytes.
void write_object(ObjectStore& store, const std::string& key, std::string_view bytes);
std::string read_object(ObjectStore& store, const std::string& key, std::uint64_t limit = 64U << 20U);

}  // namespace store
