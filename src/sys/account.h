// Who we are, and as whom servers run.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace sys {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
  std::filesystem::path home;
};

Account current_account();

// PostgreSQL refuses to run as root. For root this is `postgres` where that account exists (it may read the data
// anyway) and else `nobody`; for everybody else it is the current account.
Account server_account();

// What has to outlive a run on this machine: PGREHEARSE_STATE, else PGREHEARSE_HOME/state where that is set, else
// /var/lib/pgrehearse for root, $XDG_STATE_HOME/pgrehearse or ~/.local/state/pgrehearse. Not made here.
std::filesystem::path state_directory();

// How this machine calls itself.
std::string host_name();
// "ada@build-7": who is at work, and where.
std::string person();

}  // namespace sys
