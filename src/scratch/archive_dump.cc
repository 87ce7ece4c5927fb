// Archives: pg_dump's custom, tar and directory formats, read by pg_restore.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "scratch/archive_header.h"
#include "scratch/dump_scan.h"
#include "scratch/dump_source.h"
#include "scratch/finish.h"
#include "scratch/restore.h"
#include "scratch/roles.h"
#include "scratch/tool.h"
#include "sys/account.h"
#include "sys/file.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

// An archive as pg_restore gets it. A file is opened by us and is its standard input, so that it needs no permission of
// its own; of a directory it gets a copy that the server's account may read.
class ArchiveInput {
 public:
  ArchiveInput(const fs::path& archive, const fs::path& copy, bool table_of_contents_only) {
    if (fs::is_directory(archive)) {
      directory_ = copy;
      table_of_contents_only ? copy_contents(archive)
                             : static_cast<void>(sys::clone_tree(archive, copy, sys::server_account()));
    } else {
      file_ = sys::Fd(open(archive.c_str(), O_RDONLY | O_CLOEXEC));
      if (!file_) throw Error(Code::storage, fmt::format("cannot read {}", archive.string()));
    }
  }

  int fd() const { return file_.get(); }
  std::vector<std::string> arguments() const {
    return directory_.empty() ? std::vector<std::string>() : std::vector<std::string>{directory_.string()};
  }
  std::vector<fs::path> readable() const {
    return directory_.empty() ? std::vector<fs::path>() : std::vector<fs::path>{directory_};
  }

 private:
  void copy_contents(const fs::path& archive) const {
    sys::make_private_directory(directory_, sys::server_account());
    const auto contents = sys::read_file(archive / "toc.dat");
    sys::AtomicFile file(directory_ / "toc.dat", 0600);
    const auto account = sys::server_account();
    if (geteuid() == 0 && fchown(file.fd(), account.uid, account.gid) != 0)
      throw Error(Code::storage, fmt::format("cannot give a file to account {}", account.name));
    file.write(contents);
    file.commit();
  }

  sys::Fd file_;
  fs::path directory_;
};

class ArchiveDump : public DumpSource {
 public:
  ArchiveDump(fs::path path, const SourceOptions& options) : DumpSource(std::move(path), options) {
    const sys::TemporaryDirectory temporary({}, sys::server_account());
    const auto listing = temporary.path() / "list";
    read_with_pg_restore({"--list"}, listing, temporary.path(), options.isolation);
    const auto header = base::in_context(this->path().string(), [&] { return parse_listing(sys::read_file(listing)); });
    database_ = header.database;
    choose_binaries(header.major);
  }

  Image build(const fs::path& draft, const fs::path& temporary, const SourceOptions& options) override {
    Image image = describe("pg_restore", database_);
    create_cluster(draft / "data", binaries(), superuser(), "C.UTF-8");
    auto server = start_draft(draft / "data", binaries(), {superuser(), {}}, options.isolation, image.notes);
    make_roles(server, temporary, options.isolation);
    const ArchiveInput input(path(), temporary / "dump", false);
    base::in_context(fmt::format("restoring {}", path().string()), [&] {
      restore_database(
          server, database_, {input.arguments(), input.readable()},
          [&](const sys::Command& restore) {
            rewind(input);
            run_tool(restore, {.in = input.fd(), .out = -1}, temporary, Code::input);
          },
          image.notes);
    });
    disarm(server, image.notes);
    finish(server, image, options);
    return image;
  }

 protected:
  std::string superuser() const override { return "postgres"; }

 private:
  static void rewind(const ArchiveInput& input) {
    if (input.fd() >= 0) lseek(input.fd(), 0, SEEK_SET);
  }

  // Writes to `out` what pg_restore says about the archive, in a sandbox with nothing else in it.
  void read_with_pg_restore(std::vector<std::string> arguments, const fs::path& out, const fs::path& temporary,
                            Isolation isolation) const {
    const ArchiveInput input(path(), temporary / "contents", true);
    for (const auto& argument : input.arguments()) arguments.push_back(argument);
    const auto command = archive_reader(std::move(arguments), isolation, input.readable());
    const sys::Fd file(open(out.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) throw Error(Code::storage, fmt::format("cannot write {}", out.string()));
    base::in_context(fmt::format("reading {}", path().string()),
                     [&] { run_tool(command, {.in = input.fd(), .out = file.get()}, temporary, Code::input); });
    sys::remove_tree(temporary / "contents");
  }

  // An archive names roles and makes none.
  void make_roles(const Instance& server, const fs::path& temporary, Isolation isolation) const {
    const auto schema = temporary / "schema.sql";
    read_with_pg_restore({"--schema-only", "--create", "--file=-"}, schema, temporary, isolation);
    const auto named = scan_dump(schema).roles;
    auto connection = server.connect("template1");
    create_roles(connection, {named.begin(), named.end()});
  }

  std::string database_;
};

}  // namespace

std::unique_ptr<Source> open_archive(const fs::path& path, const SourceOptions& options) {
  return std::make_unique<ArchiveDump>(path, options);
}

}  // namespace scratch
