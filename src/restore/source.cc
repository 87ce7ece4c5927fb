#include "restore/source.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "restore/archive.h"
#include "restore/load.h"
#include "scratch/configuration.h"
#include "scratch/finish.h"
#include "sys/clock.h"

namespace restore {

namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

constexpr const char* superuser = "postgres";

class PointSource : public scratch::Source {
 public:
  PointSource(Choice choice, std::string key, std::shared_ptr<const repository::KeyRing> keys,
              const scratch::SourceOptions& options)
      : choice_(std::move(choice)), key_(std::move(key)), keys_(std::move(keys)), role_(options.role) {
    require_complete(choice_);
    if (!choice_.point.manifest->database) {
      throw Error(Code::usage, fmt::format("{} holds no database", choice_.point.id),
                  "scripts are rehearsed on points of tiers with what = \"dump\"");
    }
    binaries_of(choice_);
  }

  std::string key() const override { return key_; }
  std::string state() override { return choice_.point.id + " " + choice_.manifest_sha256; }
  int major() const override { return choice_.point.manifest->database->major; }
  std::string role() const override { return role_.empty() ? superuser : role_; }

  scratch::Image build(const fs::path& draft, const fs::path& temporary,
                       const scratch::SourceOptions& options) override {
    const auto header = read_header(choice_, keys_.get(), options.isolation);
    scratch::Image image;
    image.source = fmt::format("repository:{} in {}", choice_.point.id, choice_.from.name);
    image.method = "pg_restore";
    image.database = header.database;
    image.role = role();
    image.superuser = superuser;
    image.major = major();
    image.system_identifier = choice_.point.manifest->database->system_identifier;
    const auto& binaries = binaries_of(choice_);
    scratch::create_cluster(draft / "data", binaries, superuser, "C.UTF-8");
    auto server = scratch::start_draft(draft / "data", binaries, {superuser, {}}, options.isolation, image.notes);
    ObjectFeed feed(choice_, object_of(choice_, dump_object), keys_.get(), temporary);
    base::in_context("restoring " + choice_.point.id,
                     [&] { load(server, choice_, keys_.get(), header, feed, image.notes); });
    image.notes.push_back(fmt::format("the data is that of recovery point {}, taken at {}", choice_.point.id,
                                      base::to_rfc3339(choice_.point.manifest->taken)));
    scratch::disarm(server, image.notes);
    scratch::finish(server, image, options);
    return image;
  }

 private:
  Choice choice_;
  std::string key_;
  std::shared_ptr<const repository::KeyRing> keys_;
  std::string role_;
};

std::unique_ptr<scratch::Source> open_point(const repository::Repository& repository, const std::string& rest,
                                            const scratch::SourceOptions& options) {
  const Shelves shelves(repository);
  const auto& tiers = repository.contract.backups.tiers;
  const bool of_tier =
      std::any_of(tiers.begin(), tiers.end(), [&](const contract::Tier& tier) { return tier.name == rest; });
  const std::string wish = rest.empty() ? "latest" : of_tier ? "latest:" + rest : rest;
  Choice choice = find_choice(shelves, repository.contract.backups, wish, sys::now());
  const bool named = !rest.empty() && !of_tier;
  std::string key =
      named || !choice.point.manifest
          ? "repository\n" + choice.point.id
          : fmt::format("repository\n{}\n{}", choice.from.store->description(), choice.point.manifest->tier);
  return std::make_unique<PointSource>(std::move(choice), std::move(key), repository.keys, options);
}

}  // namespace

scratch::SourceKind source_kind(std::function<repository::Repository()> open) {
  return {.scheme = "repository",
          .open = [open = std::move(open)](const std::string& rest, const scratch::SourceOptions& options) {
            return open_point(open(), rest, options);
          }};
}

}  // namespace restore
