#include "pg/base_backup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "pg/exchange.h"
#include "pg/unpack.h"
#include "sys/account.h"
#include "sys/file.h"
#include "sys/signals.h"

namespace pg {
namespace {

namespace fs = std::filesystem;
using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

// The map is asked for so that the archive holds no links to tablespaces, and left out because recovery would make them
// from it: they lead to the source's own files. Pages are checked by whoever reads them, not twice.
constexpr const char* kBaseBackup =
    "BASE_BACKUP (LABEL 'pgrehearse', CHECKPOINT 'fast', WAL true, WAIT false, PROGRESS true, TABLESPACE_MAP true, "
    "MANIFEST 'no', VERIFY_CHECKSUMS false)";
const std::set<std::string> kLeftOut = {"tablespace_map", "standby.signal", "recovery.signal"};

base::Error malformed(std::string_view what) {
  return base::Error(base::Code::server, fmt::format("the server's base backup cannot be understood: {}", what));
}

std::uint64_t number(const PGresult* result, int row, int column) {
  const std::string_view text = PQgetvalue(result, row, column);
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) throw malformed("a size is not a number");
  return value;
}

// A string up to its zero byte; `bytes` goes on after it.
std::string take_string(std::string_view& bytes) {
  const std::size_t end = bytes.find('\0');
  if (end == std::string_view::npos) throw malformed("a name does not end");
  std::string text(bytes.substr(0, end));
  bytes.remove_prefix(end + 1);
  return text;
}

std::uint64_t take_uint64(std::string_view bytes) {
  if (bytes.size() != 8) throw malformed("a progress report has the wrong size");
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// One archive of the backup: of a tablespace, or of the data directory itself, which has no location.
struct Archive {
  std::string name;  // "base.tar", or "OID.tar"
  std::string location;
};

// The one COPY that carries all archives, taken apart: 'n' a new archive, 'd' its bytes, 'p' how far the server is.
class ArchiveStream {
 public:
  ArchiveStream(Exchange& exchange, std::uint64_t total, const Progress& progress)
      : exchange_(exchange), total_(total), progress_(progress) {
    advance();
  }

  // The next archive, after what is left of this one; nullopt after the last.
  std::optional<Archive> next_archive() {
    while (chunk_ && kind() == 'd') advance();
    if (!chunk_) return std::nullopt;
    std::string_view bytes = body();
    Archive archive;
    archive.name = take_string(bytes);
    archive.location = take_string(bytes);
    advance();
    return archive;
  }

  // The next piece of this archive; empty at its end.
  std::string_view next_bytes() {
    if (handed_out_) advance();
    handed_out_ = chunk_ && kind() == 'd';
    return handed_out_ ? body() : std::string_view();
  }

 private:
  char kind() const { return chunk_->bytes().front(); }
  std::string_view body() const { return chunk_->bytes().substr(1); }

  // To the next message that is about an archive.
  void advance() {
    handed_out_ = false;
    for (;;) {
      sys::check_interrupted();
      chunk_ = exchange_.copy_chunk();
      if (!chunk_) return;
      if (chunk_->bytes().empty()) throw malformed("an empty message");
      if (kind() == 'n') return;
      if (kind() == 'd') {
        if (!body().empty()) return;
      } else if (kind() == 'p') {
        const std::uint64_t done = take_uint64(body());
        progress_(done, std::max(done, total_));
      } else {
        throw malformed(fmt::format("a message of kind {:#04x}", static_cast<unsigned char>(kind())));
      }
    }
  }

  Exchange& exchange_;
  std::uint64_t total_;
  const Progress& progress_;
  std::optional<CopyChunk> chunk_;
  bool handed_out_ = false;  // chunk_ is one that next_bytes() has given away
};

// Keeps the WAL since now, so that a long copy of a busy server does not lose what it needs. Where the server has no
// slot left, nothing is held.
void hold_wal(const Connection& connection) {
  const std::string name = "pgrehearse_" + base::random_hex(8);
  Exchange exchange(connection.raw(), "CREATE_REPLICATION_SLOT " + name + " TEMPORARY PHYSICAL (RESERVE_WAL)");
  while (exchange.next()) {
  }
}

base::Lsn read_position(const PGresult* result) {
  if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1 || PQnfields(result) < 1) {
    throw malformed("no WAL position");
  }
  return base::Lsn::parse(PQgetvalue(result, 0, 0));
}

// The server's estimate of all archives, in bytes.
std::uint64_t read_total(const PGresult* tablespaces) {
  if (PQresultStatus(tablespaces) != PGRES_TUPLES_OK || PQnfields(tablespaces) < 3) throw malformed("no tablespaces");
  std::uint64_t kibibytes = 0;
  for (int row = 0; row < PQntuples(tablespaces); ++row) {
    if (PQgetisnull(tablespaces, row, 2) == 0) kibibytes += number(tablespaces, row, 2);
  }
  return kibibytes * 1024;
}

void check_room(const fs::path& to, std::uint64_t total) {
  const std::uint64_t available = sys::free_bytes(to);
  if (total <= available) return;
  throw base::Error(base::Code::storage,
                    fmt::format("no space left for a copy of {} in {}: {} are free", base::human_bytes(total),
                                to.string(), base::human_bytes(available)),
                    "free some space, or set PGREHEARSE_HOME to a directory on a larger disk");
}

void make_directory(const fs::path& path, const std::optional<sys::Account>& owner) {
  if (!fs::exists(path)) sys::make_private_directory(path, owner);
}

// Where an archive's files belong. The directory is there afterwards.
fs::path place_of(const Archive& archive, const fs::path& to, const std::optional<sys::Account>& owner) {
  if (archive.location.empty()) return to;
  const std::string oid = archive.name.substr(0, archive.name.find('.'));
  if (oid.empty() || oid.find_first_not_of("0123456789") != std::string::npos || archive.name != oid + ".tar") {
    throw malformed(fmt::format("an archive {}", base::one_line(archive.name, 100)));
  }
  make_directory(to / "pg_tblspc", owner);
  make_directory(to / "pg_tblspc" / oid, owner);
  return to / "pg_tblspc" / oid;
}

std::optional<sys::Account> owner_of_copies() {
  if (geteuid() != 0) return std::nullopt;
  return sys::server_account();
}

BaseBackup receive(const Connection& connection, const fs::path& to, const Progress& progress) {
  Exchange exchange(connection.raw(), kBaseBackup);
  BaseBackup backup;
  backup.start = read_position(exchange.next_good().get());
  const std::uint64_t total = read_total(exchange.next_good().get());
  check_room(to, total);
  if (PQresultStatus(exchange.next_good().get()) != PGRES_COPY_OUT) throw malformed("no archives");

  const UnpackOptions options{.leave_out = kLeftOut, .owner = owner_of_copies()};
  ArchiveStream stream(exchange, total, progress);
  while (const auto archive = stream.next_archive()) {
    const fs::path place = place_of(*archive, to, options.owner);
    backup.bytes += unpack_tar([&] { return stream.next_bytes(); }, place, options);
  }
  backup.end = read_position(exchange.next_good().get());
  while (exchange.next()) {
  }
  return backup;
}

}  // namespace

BaseBackup take_base_backup(const Parameters& source, const fs::path& to, const Progress& progress) {
  Parameters replication = source;
  replication["replication"] = "true";
  const Connection connection = Connection::open(replication);
  hold_wal(connection);
  return base::in_context("while copying " + describe(source), [&] { return receive(connection, to, progress); });
}

bool refused_replication(const base::Error& error) {
  constexpr std::array<std::string_view, 5> kRefusals = {"42501", "28000", "08P01", "53300", "55000"};
  return error.code() == base::Code::server &&
         std::find(kRefusals.begin(), kRefusals.end(), error.sqlstate()) != kRefusals.end();
}

}  // namespace pg
