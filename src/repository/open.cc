#include "repository/open.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "repository/recognised_store.h"
#include "store/absent_store.h"
#include "store/open.h"
#include "sys/account.h"

namespace repository {

namespace {

namespace fs = std::filesystem;

constexpr const char* default_store = "local";

fs::path data_directory() {
  if (::geteuid() == 0) return "/var/lib";
  if (const char* set = std::getenv("XDG_DATA_HOME"); set && *set == '/') return set;
  return sys::current_account().home / ".local/share";
}

void fill_in(contract::Backups& backups) {
  if (backups.stores.empty()) {
    const fs::path directory = data_directory() / "pgrehearse" / "repository";
    backups.stores.push_back({.name = default_store, .url = "file://" + directory.string()});
  }
  if (!backups.tiers.empty()) return;
  constexpr base::Seconds day{86400};
  contract::Tier daily{.name = "daily", .every = day, .keep = 30 * day, .rpo = day};
  for (const contract::Store& store : backups.stores) daily.stores.push_back(store.name);
  backups.tiers.push_back(std::move(daily));
}

std::shared_ptr<KeyRing> read_keys(const contract::Contract& contract) {
  const contract::Backups& backups = contract.backups;
  if (!backups.key_variable.empty())
    return std::make_shared<KeyRing>(KeyRing::from_reference("env:" + backups.key_variable));
  if (backups.key_file.empty()) return nullptr;
  return std::make_shared<KeyRing>(KeyRing::read_file(contract.file.parent_path() / backups.key_file));
}

// In the tier that goes to most of them; one at least.
std::size_t buckets_at_once(const contract::Backups& backups) {
  std::size_t most = 1;
  for (const contract::Tier& tier : backups.tiers) {
    const auto buckets = std::count_if(backups.stores.begin(), backups.stores.end(), [&](const contract::Store& store) {
      return store::is_bucket_url(store.url) &&
             std::find(tier.stores.begin(), tier.stores.end(), store.name) != tier.stores.end();
    });
    most = std::max(most, static_cast<std::size_t>(buckets));
  }
  return most;
}

// Without credentials one store is out of reach, and no other one.
std::unique_ptr<store::ObjectStore> open_store(const contract::Store& store, std::size_t buckets) {
  try {
    return store::open_store({.url = store.url,
                              .endpoint = store.endpoint,
                              .region = store.region,
                              .path_style = store.path_style,
                              .at_once = buckets});
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) throw;
    return std::make_unique<store::AbsentStore>(store.url, error);
  }
}

}  // namespace

const contract::Tier* Repository::tier(const std::string& name) const {
  for (const contract::Tier& tier : contract.backups.tiers) {
    if (tier.name == name) return &tier;
  }
  return nullptr;
}

std::vector<Target> Repository::stores_of(const contract::Tier& tier) const {
  std::vector<Target> found;
  for (const std::string& name : tier.stores) {
    for (const Target& target : stores) {
      if (target.name == name) found.push_back(target);
    }
  }
  return found;
}

Repository open_repository(contract::Contract contract, const fs::path& memory, Keys keys) {
  fill_in(contract.backups);
  Repository repository;
  const std::size_t buckets = buckets_at_once(contract.backups);
  for (const contract::Store& store : contract.backups.stores) {
    repository.stores.push_back({.name = store.name, .store = recognise(open_store(store, buckets), memory)});
  }
  try {
    repository.keys = read_keys(contract);
  } catch (const base::Error& error) {
    if (keys == Keys::needed) throw;
    repository.keyless = error.message();
  }
  repository.contract = std::move(contract);
  return repository;
}

}  // namespace repository
