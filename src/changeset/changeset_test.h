// What the tests of this module share: a directory of their own, small tables, and files made of chosen bytes.
#pragma once

#include <stdlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "changeset/change.h"
#include "changeset/file.h"
#include "changeset/format.h"
#include "changeset/tuple.h"

namespace changeset {

class TestDirectory {
 public:
  TestDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "changeset-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory for the test");
    path_ = name;
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A table whose columns are all text.
inline Relation relation_of(std::string name, const std::vector<std::string>& columns, std::vector<std::uint32_t> key,
                            std::uint32_t oid = 16384) {
  Relation relation{.oid = oid, .schema = "public", .name = std::move(name), .columns = {}, .key = std::move(key)};
  for (const std::string& column : columns) relation.columns.push_back({column, "text"});
  return relation;
}

struct Recorded {
  Change change;
  Position position;
};

inline std::vector<Recorded> changes_of(const Reader& reader) {
  std::vector<Recorded> all;
  reader.for_each([&](const Change& change, Position position) { all.push_back({change, position}); });
  return all;
}

inline bool same(const Change& a, const Change& b) {
  return a.relation == b.relation && a.statement == b.statement && a.op == b.op && a.before == b.before &&
         a.after == b.after;
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::remove(path);  // overwriting in place can make the file system wait for the disk
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string compressed(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1));
  return out;
}

// A file whose seal is right, whatever stands in it.
inline std::string sealed(std::string_view frames, std::string_view index_frame, std::uint64_t index_size) {
  std::string bytes(format::magic);
  format::put_fixed(bytes, format::version, 4);
  bytes.append(frames);
  const std::uint64_t index_at = bytes.size();
  bytes.append(index_frame);
  format::put_fixed(bytes, index_at, 8);
  format::put_fixed(bytes, index_size, 8);
  bytes.append(base::sha256_hex(bytes));
  return bytes.append(format::end_magic);
}

// The code of the error that `body` ends with.
template <typename Body>
std::optional<base::Code> failure_of(Body&& body) {
  try {
    body();
  } catch (const base::Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace changeset
