// Asking the server that ran a transaction how it ended, and ending what is left of it.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apply/record.h"
#include "apply/target.h"

namespace apply {

// How the names of our prepared transactions begin.
inline constexpr std::string_view gid_prefix = "pgrehearse-";
// How long a server that is away is waited for.
inline constexpr std::chrono::seconds inquiry_patience{60};

enum class Standing {
  committed,
  rolled_back,
  unknown,  // the server cannot be reached, is not the one that ran it, or has forgotten
};

struct Inquiry {
  Standing standing = Standing::unknown;
  std::string why;  // where unknown: half a sentence
};

// Asks until it is known. A prepared transaction is committed where it was decided, else rolled back. A backend that is
// still at work on it has a few seconds to end, and is ended then. Reconnects `target` over lost connections; where the
// answer is `unknown` its sessions may be gone. Not interruptible while an InterruptShield lives.
Inquiry settle(Target& target, const Record& record, const Transaction& transaction, std::chrono::seconds patience);

// Whether `target` is where the record's transaction ran; else why not, half a sentence. Throws Error(server).
std::string is_server_of(Target& target, const Record& record, const Transaction& transaction);
// The same as far as it can be told from the record alone.
bool may_be_of(const Target& target, const Record& record);

// The statement that sees to it that a COMMIT in the open transaction is answered only once it is on disk.
inline constexpr const char* ensure_synchronous =
    "SELECT pg_catalog.set_config('synchronous_commit', 'on', true)"
    " WHERE pg_catalog.current_setting('synchronous_commit') = 'off'";

// What libpq says of a lost connection has several lines; the first one says it all.
std::string first_line(const std::string& message);

// The backend of target.session(), so that it can be ended once we are dead.
Transaction transaction_at_work(Target& target);
// Ends it, if it still lives.
void end_backend(Target& target, const Transaction& transaction);

// target.parameters() with what libpq took from elsewhere (PG* variables, a service file) spelt out.
pg::Parameters reached_by(Target& target);

// A sentence for each prepared transaction in the target's database that is named like ours but not in `ours`.
std::vector<std::string> strangers(Target& target, const std::set<std::string>& ours);

}  // namespace apply
