#include "repository/recognised_store.h"

#include <fmt/core.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "repository/hashed_json.h"
#include "sys/clock.h"
#include "sys/file.h"

namespace repository {

namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using nlohmann::json;

constexpr const char* body_name = "repository";
constexpr int format_version = 1;
constexpr std::size_t id_bytes = 16;
constexpr std::uint64_t identity_limit = 64U << 10U;

std::string identity_of(std::string_view text) {
  const json id = from_hashed_json(body_name, format_version, text).value("id", json());
  if (!id.is_string()) throw Error(Code::storage, "it names no id");
  return id.get<std::string>();
}

// What this machine remembers of one store.
class Memory {
 public:
  struct Seen {
    std::string id;
    std::string at;
  };

  Memory(const fs::path& directory, const std::string& description)
      : file_(directory / (base::sha256_hex(description).substr(0, 2 * id_bytes) + ".json")),
        description_(description) {}

  const fs::path& file() const { return file_; }

  // What cannot be read is not remembered.
  std::optional<Seen> read() const {
    try {
      const json body = from_hashed_json(body_name, format_version, sys::read_file(file_, identity_limit));
      return Seen{body.at("id").get<std::string>(), body.at("seen").get<std::string>()};
    } catch (const Error& error) {
      if (error.code() == Code::interrupted) throw;
    } catch (const json::exception&) {  // no file of ours
    }
    return std::nullopt;
  }

  void write(const std::string& id) const {
    try {
      sys::make_private_directory(file_.parent_path());
      const json body = {{"id", id}, {"store", description_}, {"seen", base::to_rfc3339(sys::now())}};
      sys::write_file(file_, to_hashed_json(body_name, format_version, body), 0600);
    } catch (const Error& error) {
      if (error.code() == Code::interrupted) throw;
      // An account without a place to write backs up nevertheless.
    }
  }

 private:
  fs::path file_;
  std::string description_;
};

class RecognisedStore : public store::ObjectStore {
 public:
  RecognisedStore(std::unique_ptr<store::ObjectStore> inner, const fs::path& memory)
      : inner_(std::move(inner)), memory_(memory, inner_->description()) {}

  std::string description() const override { return inner_->description(); }
  std::unique_ptr<store::Writer> create(const std::string& key) override {
    look(true);
    return inner_->create(key);
  }
  std::unique_ptr<store::Reader> open(const std::string& key, std::uint64_t offset) override {
    return looked_at().open(key, offset);
  }
  std::optional<store::ObjectInfo> stat(const std::string& key) override { return looked_at().stat(key); }
  void list(const std::string& prefix, const std::function<void(const store::ObjectInfo&)>& each) override {
    looked_at().list(prefix, each);
  }
  void remove(const std::string& key) override { looked_at().remove(key); }
  std::vector<store::Unfinished> unfinished(const std::string& prefix) override {
    return looked_at().unfinished(prefix);
  }
  void discard(const store::Unfinished& attempt) override { looked_at().discard(attempt); }

 private:
  enum class Found { nothing, empty, ours };

  store::ObjectStore& looked_at() {
    look(false);
    return *inner_;
  }

  void look(bool to_write) {
    const std::lock_guard lock(mutex_);
    if (found_ == Found::nothing) found_ = compare();
    if (found_ == Found::empty && to_write) {
      found_ = Found::ours;
      mark();
    }
  }

  Found compare() {
    const auto seen = memory_.read();
    if (!inner_->stat(std::string(identity_key))) {
      if (seen) throw unknown(fmt::format("there is no repository in {}, and there was one", description()), *seen);
      return Found::empty;
    }
    std::string id;
    try {
      id = identity_of(store::read_object(*inner_, std::string(identity_key), identity_limit));
    } catch (const Error& error) {
      // Damaged, but there: that is what it is for. What it stood for has hashes of its own.
      if (error.code() != Code::storage) throw;
      return Found::ours;
    }
    if (seen && seen->id != id) throw unknown(fmt::format("{} holds another repository than", description()), *seen);
    if (!seen) memory_.write(id);
    return Found::ours;
  }

  void mark() {
    const std::string id = base::random_hex(id_bytes);
    const json body = {{"id", id}, {"made", base::to_rfc3339(sys::now())}};
    try {
      store::write_object(*inner_, std::string(identity_key), to_hashed_json(body_name, format_version, body));
      memory_.write(id);
    } catch (const Error& error) {
      // Somebody else was first: theirs it is.
      if (error.code() != Code::refused) throw;
      compare();
    }
  }

  Error unknown(const std::string& what, const Memory::Seen& seen) const {
    return {Code::storage, fmt::format("{} on {} (id {})", what, seen.at, base::one_line(seen.id, 2 * id_bytes)),
            fmt::format("nothing was read or written there: is it mounted, and the right one? Where it was emptied or "
                        "replaced on purpose, remove {}",
                        memory_.file().string())};
  }

  std::unique_ptr<store::ObjectStore> inner_;
  Memory memory_;
  std::mutex mutex_;
  Found found_ = Found::nothing;
};

}  // namespace

std::unique_ptr<store::ObjectStore> recognise(std::unique_ptr<store::ObjectStore> store, fs::path memory) {
  return std::make_unique<RecognisedStore>(std::move(store), memory);
}

std::optional<fs::path> store_around(const fs::path& path) {
  std::error_code ignored;  // a path that cannot be followed is looked at as it is written
  const fs::path followed = fs::weakly_canonical(path, ignored);
  for (fs::path at = ignored ? path : followed;; at = at.parent_path()) {
    try {
      identity_of(sys::read_file(at / identity_key, identity_limit));
      return at;
    } catch (const Error& error) {
      if (error.code() == Code::interrupted) throw;
    }
    if (at == at.parent_path()) return std::nullopt;
  }
}

}  // namespace repository
