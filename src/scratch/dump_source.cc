#include "scratch/dump_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

// Size, time and number of the file: a dump that is written anew differs in one of them.
std::string fingerprint(const fs::path& file, const fs::path& name) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) throw Error(Code::storage, fmt::format("cannot read {}", file.string()));
  return fmt::format("{} {} {}.{} {}\n", name.string(), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                     status.st_ino);
}

enum class Format { archive, plain, compressed };

Format detect(const fs::path& path) {
  if (fs::is_directory(path)) {
    if (fs::exists(path / "toc.dat")) return Format::archive;
    throw Error(Code::input, fmt::format("{} is not a directory made by pg_dump: it has no toc.dat", path.string()));
  }
  std::ifstream file(path, std::ios::binary);
  std::array<char, 512> start{};
  file.read(start.data(), start.size());
  const std::string_view bytes(start.data(), static_cast<std::size_t>(file.gcount()));
  if (file.bad() || !file.is_open()) throw Error(Code::storage, fmt::format("cannot read {}", path.string()));
  if (bytes.empty()) throw Error(Code::input, fmt::format("{} is empty", path.string()));
  if (bytes.starts_with("PGDMP")) return Format::archive;
  if (bytes.size() == start.size() && bytes.substr(257).starts_with("ustar")) return Format::archive;
  constexpr std::array<std::string_view, 4> magics{"\x1f\x8b", "\x28\xb5\x2f\xfd", "BZh",
                                                   "\xfd"
                                                   "7zXZ"};
  const bool compressed =
      std::any_of(magics.begin(), magics.end(), [&](auto magic) { return bytes.starts_with(magic); });
  return compressed ? Format::compressed : Format::plain;
}

}  // namespace

std::unique_ptr<Source> open_dump_source(const std::string& path, const SourceOptions& options) {
  std::error_code error;
  const auto canonical = fs::canonical(path, error);
  if (error) throw Error(Code::input, fmt::format("cannot read the dump {}: {}", path, error.message()));
  switch (detect(canonical)) {
    case Format::archive:
      return open_archive(canonical, options);
    case Format::plain:
      return open_plain_dump(canonical, options);
    case Format::compressed:
      break;
  }
  throw Error(Code::input, fmt::format("{} is compressed", path), "unpack it first (gunzip, zstd -d, …)");
}

std::string DumpSource::key() const {
  return "dump\n" + path_.string();
}

std::string DumpSource::state() {
  if (!fs::is_directory(path_)) return fingerprint(path_, path_.filename());
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path_)) {
    if (entry.is_regular_file()) files.push_back(fingerprint(entry.path(), entry.path().lexically_relative(path_)));
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const auto& file : files) all += file;
  return all;
}

std::string DumpSource::role() const {
  return role_.empty() ? superuser() : role_;
}

void DumpSource::choose_binaries(int major) {
  dumped_from_ = major;
  for (const auto& found : all_binaries()) {
    const bool fits = found.major >= major;
    const bool closer = !binaries_ || (major > 0 ? found.major < binaries_->major : found.major > binaries_->major);
    if (fits && closer) binaries_ = &found;
  }
  if (binaries_) return;
  const auto wanted = std::max(major, oldest_major);
  throw Error(Code::tool,
              fmt::format("{} is a dump of PostgreSQL {}, and no server of that or a newer version is here ({})",
                          path_.string(), wanted, describe_binaries()),
              fmt::format("install it (Debian: apt install postgresql-{}), or name its directory in PGREHEARSE_PG_BIN",
                          wanted));
}

Image DumpSource::describe(const std::string& method, const std::string& database) const {
  Image image;
  image.source = "dump:" + path_.string();
  image.method = method;
  image.database = database;
  image.role = role();
  image.superuser = superuser();
  image.major = major();
  if (dumped_from_ > 0 && dumped_from_ != major())
    image.notes.push_back(
        fmt::format("the dump is of PostgreSQL {}, rehearsed on PostgreSQL {}", dumped_from_, major()));
  return image;
}

}  // namespace scratch
