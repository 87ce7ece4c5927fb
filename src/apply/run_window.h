// What one run of a script, the rehearsal's or production's, may have made anew.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "pg/connection.h"
#include "rehearse/plan.h"

namespace apply {

// Numbers drawn from a sequence by one run: from the first to the last, both included; either order.
struct Drawn {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// The day that a session took for today.
struct Today {
  std::int64_t number = 0;  // days since 1970
  std::int64_t began = 0;   // microseconds since 1970 UTC
};

// What one run vouches for. Times are microseconds since 1970 UTC by the clock of the server that ran it.
struct RunWindow {
  std::int64_t began = 0;
  std::int64_t ended = 0;
  std::optional<Today> today;              // when it began; unset: the day in UTC
  bool other_zones = false;                // its scripts speak of time zones: theirs may be the day before or after
  bool counts_days = false;                // they ask what day it is: their dates may be so many days from today
  std::map<std::string, Drawn> sequences;  // by "schema.sequence"; others may have drawn in between
  std::set<std::string> backends;          // process ids of its sessions
  std::int64_t first_xid = 0;              // its transactions, from the first …
  std::int64_t next_xid = 0;               // … to below this one
  std::string client;                      // its session's address and port as the server sees them; empty where
  std::string port;                        // it came by a socket, so that both are NULL
  std::map<std::string, std::int64_t> inserted;  // rows by "schema.table", those in passing too
};

// The rehearsal's.
RunWindow rehearsal_of(const rehearse::Plan& plan);

// Of each, by the session's time zone as it is set now: the script's, which is the one that it was rehearsed with.
void note_today(pg::Connection& session, RunWindow& rehearsal, RunWindow& production);

}  // namespace apply
