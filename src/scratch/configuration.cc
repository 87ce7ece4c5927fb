#include "scratch/configuration.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/error.h"
#include "sys/account.h"
#include "sys/file.h"
#include "sys/process.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;
using Settings = std::map<std::string, std::string>;

constexpr const char* cluster_file = "pgrehearse.json";

// The scratch's own settings: nothing leaves it, nothing runs in it by itself, nothing in it is durable, everything
// that changes can be decoded.
const Settings& own_settings() {
  static const Settings settings = {
      {"listen_addresses", ""},
      {"port", "5432"},
      {"unix_socket_group", ""},
      {"unix_socket_permissions", "0777"},  // their directory decides who may connect
      {"ssl", "off"},
      {"bonjour", "off"},
      {"external_pid_file", ""},
      {"cluster_name", "pgrehearse scratch"},
      // Reaching others.
      {"archive_mode", "off"},
      {"archive_command", ""},
      {"restore_command", ""},
      {"archive_cleanup_command", ""},
      {"recovery_end_command", ""},
      {"primary_conninfo", ""},
      {"primary_slot_name", ""},
      {"synchronous_standby_names", ""},
      {"max_logical_replication_workers", "0"},
      {"recovery_target", ""},
      {"recovery_target_lsn", ""},
      {"recovery_target_name", ""},
      {"recovery_target_time", ""},
      {"recovery_target_xid", ""},
      // Running by themselves.
      {"shared_preload_libraries", ""},
      {"session_preload_libraries", ""},
      {"local_preload_libraries", ""},
      {"autovacuum", "off"},
      {"jit", "off"},
      {"restart_after_crash", "off"},
      // Durability and space.
      {"fsync", "off"},
      {"synchronous_commit", "off"},
      {"full_page_writes", "off"},
      {"max_wal_size", "8GB"},
      {"checkpoint_timeout", "1d"},
      {"wal_init_zero", "off"},
      {"wal_recycle", "off"},
      {"shared_buffers", "128MB"},
      {"huge_pages", "off"},
      {"max_connections", "40"},
      {"max_worker_processes", "8"},
      {"allow_in_place_tablespaces", "on"},  // a physical copy has its tablespaces inside
      // Decoding.
      {"wal_level", "logical"},
      {"max_wal_senders", "4"},
      {"max_replication_slots", "4"},
      {"wal_sender_timeout", "0"},
      {"logical_decoding_work_mem", "512MB"},
      {"track_counts", "on"},
      {"track_io_timing", "off"},
      {"track_commit_timestamp", "off"},
      // Its log, which we read.
      {"logging_collector", "off"},
      {"log_destination", "stderr"},
      {"log_min_messages", "warning"},
      {"log_min_error_statement", "panic"},  // statements may hold what nobody should find in a log
      {"log_statement", "none"},
      {"log_line_prefix", "%m [%p] "},
      {"lc_messages", "C"},
      {"update_process_title", "off"},
  };
  return settings;
}

// A value as postgresql.conf quotes it.
std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'')
      text += "''";
    else if (c == '\\')
      text += "\\\\";
    else if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text + "'";
}

// Files that the server reads belong to the account it runs as.
void write_for_server(const fs::path& path, std::string_view bytes) {
  sys::AtomicFile file(path, 0600);
  const auto account = sys::server_account();
  if (geteuid() == 0 && fchown(file.fd(), account.uid, account.gid) != 0) {
    throw base::Error(base::Code::storage, fmt::format("cannot give {} to account {}", path.string(), account.name));
  }
  file.write(bytes);
  file.commit();
}

void remove_leftovers(const fs::path& data) {
  for (const auto* name : {"standby.signal", "recovery.signal", "postmaster.pid", "postmaster.opts", "pg_replslot"})
    sys::remove_tree(data / name);
  sys::make_private_directory(data / "pg_replslot", sys::server_account());
}

}  // namespace

void create_cluster(const fs::path& data, const Binaries& binaries, const std::string& superuser,
                    const std::string& locale) {
  sys::Command command;
  command.argv = {(binaries.directory / "initdb").string(),
                  "-D",
                  data.string(),
                  "-U",
                  superuser,
                  "-A",
                  "trust",
                  "--no-sync",
                  "--encoding=UTF8",
                  "--locale=" + locale};
  command.environment = binaries.environment();
  command.account = sys::server_account();
  command.directory = "/";
  sys::make_private_directory(data, sys::server_account());
  base::in_context("making an empty cluster", [&] { sys::run_or_throw(command, {}, std::chrono::minutes(2)); });
  write_cluster(data, {superuser, {}});
}

void write_cluster(const fs::path& data, const Cluster& cluster) {
  const nlohmann::json json = {{"superuser", cluster.superuser}, {"settings", cluster.settings}};
  write_for_server(data / cluster_file, json.dump(1));
}

Cluster read_cluster(const fs::path& data) {
  constexpr std::uint64_t limit = 1 << 20;
  try {
    const auto json = nlohmann::json::parse(sys::read_file(data / cluster_file, limit));
    return {json.at("superuser").get<std::string>(), json.at("settings").get<Settings>()};
  } catch (const nlohmann::json::exception&) {
    throw base::Error(base::Code::storage, fmt::format("{} is damaged", (data / cluster_file).string()));
  }
}

void configure(const fs::path& data, const fs::path& sockets, const Cluster& cluster, const Settings& extra) {
  Settings settings = extra;
  settings["unix_socket_directories"] = sockets.string();
  settings.insert(own_settings().begin(), own_settings().end());
  settings.insert(cluster.settings.begin(), cluster.settings.end());

  std::string text;
  for (const auto& [name, value] : settings) text += fmt::format("{} = {}\n", name, quoted(value));
  remove_leftovers(data);
  write_for_server(data / "postgresql.conf", text);
  write_for_server(data / "postgresql.auto.conf", "");
  write_for_server(data / "pg_hba.conf", "local all all trust\nlocal replication all trust\n");
  write_for_server(data / "pg_ident.conf", "");
}

std::vector<std::string> refused_settings(const std::string& log) {
  static const std::regex refusal(
      R"re((?:unrecognized configuration parameter|invalid value for parameter) "([A-Za-z0-9_.]+)")re");
  std::vector<std::string> names;
  for (auto match = std::sregex_iterator(log.begin(), log.end(), refusal); match != std::sregex_iterator(); ++match) {
    if (std::find(names.begin(), names.end(), (*match)[1].str()) == names.end()) names.push_back((*match)[1].str());
  }
  return names;
}

}  // namespace scratch
