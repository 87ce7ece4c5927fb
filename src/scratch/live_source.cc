// A live database: which way its data comes here, and the physical way.
#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "pg/base_backup.h"
#include "scratch/facts.h"
#include "scratch/finish.h"
#include "scratch/logical_copy.h"
#include "scratch/recovered.h"
#include "scratch/source.h"
#include "sys/file.h"
#include "sys/terminal.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

class LiveSource : public Source {
 public:
  LiveSource(pg::Parameters parameters, const SourceOptions& options) : parameters_(std::move(parameters)) {
    auto connection = open_source(parameters_);
    facts_ = read_facts(connection);
    role_ = options.role.empty() ? facts_.role : options.role;
    require_role(connection, role_);
  }

  std::string key() const override {
    return fmt::format("live\n{}\n{}\n{}", facts_.place, facts_.system_identifier, facts_.database);
  }

  std::string state() override {
    auto connection = open_source(parameters_);
    return read_state(connection, read_facts(connection));
  }

  int major() const override { return facts_.major; }
  std::string role() const override { return role_; }

  Image build(const fs::path& draft, const fs::path& temporary, const SourceOptions& options) override {
    const auto& binaries = binaries_for(facts_.major);
    Image image = describe();
    if (!facts_.preloaded.empty()) {
      image.notes.push_back(
          fmt::format("libraries that the source preloads do not run in a scratch: {}", facts_.preloaded));
    }
    if (facts_.may_replicate) {
      try {
        copy_physically(binaries, draft, temporary, options, image);
        return image;
      } catch (const base::Error& error) {
        if (!pg::refused_replication(error) || !binaries.pg_dump) throw;
        image.notes.push_back("the source gave no base backup, so its data came by pg_dump: " + error.message());
        sys::remove_tree(draft / "data");
      }
    }
    copy_logically(parameters_, facts_, binaries, draft, temporary, options, image);
    return image;
  }

 private:
  Image describe() const {
    Image image;
    image.source = pg::describe(parameters_);
    image.database = facts_.database;
    image.role = role_;
    image.superuser = facts_.superuser;
    image.major = facts_.major;
    image.system_identifier = facts_.system_identifier;
    return image;
  }

  // A missing extension is found out before gigabytes are copied.
  void require_offered(const Binaries& binaries, const SourceOptions& options) const {
    if (facts_.extensions == std::vector<std::string>{"plpgsql"}) return;
    const auto empty = Instance::create(binaries, {.settings = {}, .isolation = options.isolation});
    auto connection = empty.connect("postgres");
    require_extensions(connection, binaries, facts_.extensions);
  }

  void copy_physically(const Binaries& binaries, const fs::path& draft, const fs::path& temporary,
                       const SourceOptions& options, Image& image) const {
    require_offered(binaries, options);
    const auto data = draft / "data";
    sys::make_private_directory(data, sys::server_account());
    {
      sys::Progress progress("copying " + image.source);
      pg::take_base_backup(parameters_, data,
                           [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total, "bytes"); });
    }
    image.method = "base backup";
    auto server = start_draft(data, binaries, {facts_.superuser, facts_.settings}, options.isolation, image.notes);
    disarm(server, image.notes);
    fetch_lost(server, temporary, image);
    finish(server, image, options);
  }

  void fetch_lost(Instance& server, const fs::path& temporary, Image& image) const {
    auto source = open_source(parameters_);
    auto copy = server.connect(image.database);
    fill_unlogged_tables(source, copy, temporary, image.notes);
    correct_sequences(source, copy);
  }

  pg::Parameters parameters_;
  SourceFacts facts_;
  std::string role_;
};

}  // namespace

std::unique_ptr<Source> open_live_source(const std::string& conninfo, const SourceOptions& options) {
  auto source = std::make_unique<LiveSource>(pg::parse_conninfo(conninfo), options);
  binaries_for(source->major());
  return source;
}

}  // namespace scratch
