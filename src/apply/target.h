// Production, as apply and undo reach it: one session that does the work, and one that only looks on.
//
// The witness sees what is committed and nothing else: rows as they were before our transaction, who waits for whom,
// and how a transaction ended. Not for use by two threads.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "pg/connection.h"

namespace apply {

struct Limits {
  std::chrono::milliseconds lock_timeout{2000};
  std::chrono::milliseconds statement_timeout{300000};
};

// What the server and the role offer; read once, without writing.
struct Offers {
  bool logical = false;                 // wal_level = logical
  int prepared_transactions = 0;        // max_prepared_transactions
  bool may_replicate = false;           // the session's user may create a slot
  bool slots_free = false;              // fewer slots than max_replication_slots
  bool counts = false;                  // track_counts
  bool may_silence = false;             // the role may set session_replication_role
  std::string why_not_decoded() const;  // empty where the proof `decoded` can be had, else the reason, half a sentence
};

struct Identity {
  std::string system_identifier;
  std::string database;
  std::string database_oid;  // another one for one that was dropped and made again, or restored under its name
};

class Target {
 public:
  // Connects twice; the server must not be a standby. `role`: SET ROLE where the session's user is another (empty:
  // stay), with the settings of that role. Throws Error(server), and Error(refused) where the user may not become
  // `role`.
  static Target open(const pg::Parameters& parameters, const std::string& role, const Limits& limits);

  pg::Connection& session() { return *session_; }  // lock_timeout, statement_timeout, application_name set
  pg::Connection& witness() { return *witness_; }
  const Offers& offers() const { return offers_; }
  const Identity& identity() const { return identity_; }
  const pg::Parameters& parameters() const { return parameters_; }
  const std::string& role() const { return role_; }  // as which the session works
  const Limits& limits() const { return limits_; }

  // A new pair of sessions, after one of them was lost. Throws as open() does, also where it is another server now.
  void reconnect();

 private:
  Target() = default;
  pg::Connection connect() const;
  void look();

  pg::Parameters parameters_;
  std::string role_;
  Limits limits_;
  std::optional<pg::Connection> session_;
  std::optional<pg::Connection> witness_;
  Offers offers_;
  Identity identity_;
};

// The settings that every session of ours on production starts with.
std::map<std::string, std::string> session_settings(const Limits& limits);

}  // namespace apply
