// Dumps in SQL, fed to psql. It runs confined: such a file can hold \! commands.
#include <fcntl.h>
#include <fmt/format.h>

#include "base/error.h"
#include "scratch/dump_scan.h"
#include "scratch/dump_source.h"
#include "scratch/finish.h"
#include "scratch/restore.h"
#include "scratch/roles.h"
#include "scratch/tool.h"
#include "sys/file.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

class PlainDump : public DumpSource {
 public:
  PlainDump(fs::path path, const SourceOptions& options)
      : DumpSource(std::move(path), options), scan_(scan_dump(this->path())) {
    if (scan_.by_pg_dump && !scan_.complete) {
      throw Error(Code::input, fmt::format("{} is cut off: pg_dump's last line is missing", this->path().string()),
                  "take the dump again, or copy it whole");
    }
    choose_binaries(scan_.major.value_or(0));
    if (!binaries().psql) {
      throw Error(Code::tool, fmt::format("there is no psql of PostgreSQL {} or newer here", binaries().major),
                  fmt::format("install it (Debian: apt install postgresql-client-{})", binaries().major));
    }
  }

  Image build(const fs::path& draft, const fs::path& temporary, const SourceOptions& options) override {
    const auto database = target();
    Image image = describe("psql", database);
    create_cluster(draft / "data", binaries(), superuser(), "C.UTF-8");
    auto server = start_draft(draft / "data", binaries(), {superuser(), {}}, options.isolation, image.notes);
    {
      auto connection = server.connect("template1");
      make_roles(connection);
      if (scan_.database.empty() && database != "postgres")
        connection.none("create database " + pg::quote_identifier(database) + " template template0");
      if (scan_.made_databases.contains("postgres")) connection.none("drop database postgres");
    }
    run_psql(server, scan_.database.empty() ? database : "template1", temporary);
    disarm(server, image.notes);
    finish(server, image, options);
    return image;
  }

 protected:
  // A dump of a whole cluster makes its own superuser, whose name has to be free.
  std::string superuser() const override { return scan_.made_roles.contains("postgres") ? "pgrehearse" : "postgres"; }

 private:
  // The database the dump is of: the one it connects to, else one called like the file.
  std::string target() const {
    if (!scan_.database.empty()) return scan_.database;
    const auto stem = path().stem().string();
    return stem.empty() || stem.starts_with("template") ? "restored" : stem;
  }

  void make_roles(pg::Connection& connection) const {
    std::vector<std::string> missing;
    for (const auto& role : scan_.roles) {
      if (!scan_.made_roles.contains(role)) missing.push_back(role);
    }
    create_roles(connection, missing);
  }

  void run_psql(const Instance& server, const std::string& database, const fs::path& temporary) const {
    const sys::Fd file(open(path().c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw Error(Code::storage, fmt::format("cannot read {}", path().string()));
    const auto psql = confined_tool(server,
                                    {binaries().psql->string(), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
                                     "--file=-", "--dbname=" + database},
                                    database);
    base::in_context(fmt::format("restoring {}", path().string()),
                     [&] { run_tool(psql, {.in = file.get(), .out = -1}, temporary, Code::input); });
  }

  DumpScan scan_;
};

}  // namespace

std::unique_ptr<Source> open_plain_dump(const fs::path& path, const SourceOptions& options) {
  return std::make_unique<PlainDump>(path, options);
}

}  // namespace scratch
