// The ids that a process takes on when it becomes another account.
#pragma once

#include <sys/types.h>

#include <vector>

#include "sys/account.h"

namespace sys {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary, `gid` among them
};

// Looks the groups up; before fork(), since it allocates and reads files.
Identity identity_of(const Account& account);

// For good, for this process. False, with errno, where it may not. Safe between fork() and exec().
bool become(const Identity& identity);

}  // namespace sys
