// What has to be known of a live source, read in one short visit.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pg/connection.h"

namespace scratch {

struct SourceFacts {
  int major = 0;
  std::string database;
  std::string role;       // who is connected
  std::string superuser;  // the bootstrap superuser
  std::string system_identifier;
  std::string place;                            // host and port, or the socket's directory and port
  bool may_replicate = false;                   // the role's attributes allow a base backup
  std::map<std::string, std::string> settings;  // Image::settings
  std::vector<std::string> extensions;          // installed in the database
  std::string preloaded;                        // shared_preload_libraries; empty also where it may not be read
};

// A connection to a source: read-only, and never in the way for long.
pg::Connection open_source(const pg::Parameters& parameters);

SourceFacts read_facts(pg::Connection& source);

// Changes whenever somebody writes to the cluster, moves a sequence that the role may read, or changes its settings.
std::string read_state(pg::Connection& source, const SourceFacts& facts);

}  // namespace scratch
