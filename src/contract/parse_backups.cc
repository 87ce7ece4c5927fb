#include "contract/parse_backups.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

namespace contract {

namespace {

constexpr std::string_view local_store = "local";

class BackupsParser {
 public:
  BackupsParser(const TomlReader& reader, Backups& backups) : reader_(reader), backups_(backups) {}

  void read(const toml::table& root) {
    reader_.for_each_table(root, "stores", [this](const std::string& name, const toml::table& table, int line) {
      backups_.stores.push_back(read_store(name, table, line));
    });
    reader_.for_each_table(root, "tiers", [this](const std::string& name, const toml::table& table, int line) {
      backups_.tiers.push_back(read_tier(name, table, line));
    });
    reader_.for_each_table(root, "holds", [this](const std::string& name, const toml::table& table, int line) {
      reader_.only(table, {"reason"}, fmt::format("hold “{}”", name));
      int at = 0;
      backups_.holds[name] = reader_.needed_text(table, "reason", fmt::format("hold “{}”", name), line, at);
    });
    if (const auto* drill = reader_.table_in(root, "drill")) read_drill(*drill);
    if (const auto* redis = reader_.table_in(root, "redis")) read_redis(*redis);
    if (const auto* encryption = reader_.table_in(root, "encryption")) read_encryption(*encryption);
    need_redis();
  }

 private:
  // Names become parts of keys in a store.
  void require_plain_name(std::string_view what, const std::string& name, int line) const {
    const auto plain = [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-' || c == '_'; };
    if (!name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), plain) && name.front() != '-')
      return;
    reader_.fail(line, fmt::format("“{}” is no name for a {}", name, what),
                 "lower-case letters, digits, - and _, at most 40");
  }

  Store read_store(const std::string& name, const toml::table& table, int line) const {
    const std::string where = fmt::format("store “{}”", name);
    require_plain_name("store", name, line);
    reader_.only(table, {"url", "endpoint", "region", "path_style", "price_per_gb"}, where);
    Store store{.name = name, .line = line};
    int at = 0;
    store.url = reader_.needed_text(table, "url", where, line, at);
    const bool in_s3 = store.url.starts_with("s3://");
    if (!in_s3 && !store.url.starts_with("file:///")) {
      reader_.fail(at, fmt::format("“{}” is no address of a store", store.url),
                   "write \"file:///var/backups/app\" or \"s3://bucket/prefix\"");
    }
    for (const std::string_view key : {"endpoint", "region", "path_style"}) {
      if (!in_s3 && table.contains(key)) reader_.fail(line_of(table, key), fmt::format("“{}” is for s3:// alone", key));
    }
    store.endpoint = reader_.text_in(table, "endpoint").value_or("");
    store.region = reader_.text_in(table, "region").value_or("");
    store.path_style = reader_.truth_in(table, "path_style").value_or(false);
    store.price_per_gb = read_price(table);
    return store;
  }

  std::optional<double> read_price(const toml::table& table) const {
    const toml::node* node = table.get("price_per_gb");
    if (!node) return std::nullopt;
    const std::optional<double> price = node->value<double>();
    if (!price || !(*price >= 0)) reader_.fail(reader_.line_of(*node), "“price_per_gb” has to be a number, 0 or more");
    return price;
  }

  Tier read_tier(const std::string& name, const toml::table& table, int line) const {
    const std::string where = fmt::format("tier “{}”", name);
    require_plain_name("tier", name, line);
    reader_.only(table, {"what", "every", "stores", "keep", "rpo"}, where);
    Tier tier{.name = name, .line = line};
    tier.what = read_what(table, where, line);
    tier.every = needed_duration(table, "every", where, line);
    tier.keep = needed_duration(table, "keep", where, line);
    tier.rpo = reader_.duration_in(table, "rpo").value_or(tier.every);
    tier.stores = read_store_names(table, where, line);
    if (tier.rpo < tier.every) {
      reader_.fail(line_of(table, "rpo"),
                   fmt::format("{} cannot keep its promise: it runs less often than “rpo”", where),
                   "lower “every”, or promise less");
    }
    if (tier.keep < tier.every) {
      reader_.fail(line_of(table, "keep"), fmt::format("{} keeps nothing from one run to the next", where),
                   "“keep” is at least “every”");
    }
    return tier;
  }

  static int line_of(const toml::table& table, std::string_view key) { return TomlReader::line_of(*table.get(key)); }

  What read_what(const toml::table& table, const std::string& where, int line) const {
    int at = 0;
    const std::string text = reader_.needed_text(table, "what", where, line, at);
    for (const What what : {What::dump, What::redis}) {
      if (text == name(what)) return what;
    }
    reader_.fail(at, fmt::format("{} cannot back up “{}”", where, text), "“what” is \"dump\" or \"redis\"");
  }

  base::Seconds needed_duration(const toml::table& table, std::string_view key, const std::string& where,
                                int line) const {
    const auto duration = reader_.duration_in(table, key);
    if (!duration) reader_.fail(line, fmt::format("{} needs “{}”", where, key), "as in \"24h\" or \"30d\"");
    return *duration;
  }

  std::vector<std::string> read_store_names(const toml::table& table, const std::string& where, int line) const {
    const toml::node* node = table.get("stores");
    if (!node) {
      if (!backups_.stores.empty()) reader_.fail(line, where + " needs “stores”");
      return {std::string(local_store)};
    }
    std::vector<std::string> names = reader_.texts_of(*node);
    if (names.empty()) reader_.fail(reader_.line_of(*node), where + " has no store");
    for (auto at = names.begin(); at != names.end(); ++at) {
      if (!known_store(*at)) reader_.fail(reader_.line_of(*node), fmt::format("there is no store “{}”", *at));
      if (std::find(names.begin(), at, *at) != at)
        reader_.fail(reader_.line_of(*node), fmt::format("store “{}” is named twice", *at));
    }
    return names;
  }

  bool known_store(const std::string& name) const {
    if (backups_.stores.empty()) return name == local_store;
    return std::any_of(backups_.stores.begin(), backups_.stores.end(),
                       [&](const Store& store) { return store.name == name; });
  }

  void read_drill(const toml::table& table) {
    reader_.only(table, {"every", "checks", "rto"}, "[drill]");
    backups_.drill.declared = true;
    backups_.drill.every = reader_.duration_in(table, "every").value_or(backups_.drill.every);
    backups_.drill.rto = reader_.duration_in(table, "rto");
    if (const toml::node* checks = table.get("checks")) backups_.drill.checks = reader_.texts_of(*checks);
  }

  void read_redis(const toml::table& table) {
    reader_.only(table, {"url"}, "[redis]");
    const auto url = reader_.text_in(table, "url");
    if (!url) return;
    const Setting setting = resolve(reader_, *url, "url", line_of(table, "url"));
    backups_.redis_url = setting.value;
    backups_.redis_url_variable = setting.variable;
  }

  void read_encryption(const toml::table& table) {
    reader_.only(table, {"key_file", "key"}, "[encryption]");
    backups_.key_file = reader_.text_in(table, "key_file").value_or("");
    const std::string key = reader_.text_in(table, "key").value_or("");
    if (backups_.key_file.empty() == key.empty())
      reader_.fail(reader_.line_of(table), "[encryption] needs either “key_file” or “key”");
    if (key.empty()) return;
    constexpr std::string_view prefix = "env:";
    if (!key.starts_with(prefix) || key.size() == prefix.size()) {
      reader_.fail(line_of(table, "key"), "a key does not stand in the contract",
                   "name a variable, key = \"env:NAME\", or a file, key_file = \"…\"");
    }
    backups_.key_variable = key.substr(prefix.size());
  }

  void need_redis() const {
    if (!backups_.redis_url.empty() || !backups_.redis_url_variable.empty()) return;
    for (const Tier& tier : backups_.tiers) {
      if (tier.what != What::redis) continue;
      reader_.fail(tier.line, fmt::format("tier “{}” backs up Redis, and the contract does not say which", tier.name),
                   "write [redis] url = \"redis://host:6379\", or \"env:REDIS_URL\"");
    }
  }

  const TomlReader& reader_;
  Backups& backups_;
};

}  // namespace

std::string_view name(What what) {
  return what == What::dump ? "dump" : "redis";
}

void read_backups(const TomlReader& reader, const toml::table& root, Contract& contract) {
  BackupsParser(reader, contract.backups).read(root);
}

}  // namespace contract
