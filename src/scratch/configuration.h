// What a scratch's data directory is configured to be: a server that reaches nobody, and means by SQL what its source
// means.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scratch/binaries.h"

namespace scratch {

// What has to be known of a stopped data directory before it can be started; kept inside it as pgrehearse.json.
struct Cluster {
  std::string superuser;                        // the bootstrap superuser
  std::map<std::string, std::string> settings;  // the source's settings that change what SQL means
};

// Makes an empty UTF-8 cluster in `data`.
void create_cluster(const std::filesystem::path& data, const Binaries& binaries, const std::string& superuser,
                    const std::string& locale);

void write_cluster(const std::filesystem::path& data, const Cluster& cluster);
Cluster read_cluster(const std::filesystem::path& data);

// Replaces every configuration file in `data` (postgresql.conf, postgresql.auto.conf, pg_hba.conf, pg_ident.conf) and
// removes what would make a server do anything but start on its own: signal files, replication slots, a stale
// postmaster.pid. backup_label stays. Settings: the cluster's, overruled by the scratch's own, overruled by `extra`.
void configure(const std::filesystem::path& data, const std::filesystem::path& sockets, const Cluster& cluster,
               const std::map<std::string, std::string>& extra);

// The settings that the server refused, by its log: names it does not know, or values that are not valid here.
std::vector<std::string> refused_settings(const std::string& log);

}  // namespace scratch
