// The live server that a database is restored into: what is there, what may be made, and databases that appear whole.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "pg/connection.h"

namespace restore {

class LiveServer {
 public:
  // Connects to `target`'s server, to a database that every one has. Throws Error(usage) where the target names no
  // database, and Error(server).
  explicit LiveServer(const pg::Parameters& target);

  enum class Standing { missing, empty, filled };
  // Of the target database; empty: it holds nothing that a user made.
  Standing standing();

  const std::string& database() const { return database_; }
  pg::Connection& anywhere() { return anywhere_; }
  pg::Connection connect(const std::string& database) const;
  std::string description() const;

  // Throws Error(refused) where the server is older than the dump, and Error(tool) where it lacks an extension.
  void require(int major, const std::vector<std::string>& extensions);
  // Makes the missing ones of `script`'s roles. Throws Error(refused), naming them, where `needed` are missing still.
  void make_roles(const std::string& script, const std::set<std::string>& needed, std::vector<std::string>& notes);

  // What killed restores of this database left: named in a note each.
  void note_leftovers(std::vector<std::string>& notes);
  std::string temporary_name() const;
  // The name that the present database is to be kept by. Throws Error(refused) where it is taken.
  std::string keeping_name(const std::string& point);

  // In one transaction: `old_name` (unless empty) makes room, and `made` gets the target's name. Sessions of the old
  // database are ended. Ctrl-C waits for its end.
  void publish(const std::string& made, const std::string& old_name);
  // Whether it is gone; what stays is named by the next restore.
  bool drop(const std::string& database) noexcept;

 private:
  bool exists(const std::string& database);
  void end_sessions(const std::string& database);

  pg::Parameters target_;
  std::string database_;
  pg::Connection anywhere_;
};

}  // namespace restore
