// Where images and instances live, and the reaping of what a killed run left behind.
//
//   HOME/images/NAME/{image.json,data/,hold-…}   HOME/instances/ID/{lock,data/,s/,log} HOME/building/ID/{lock,image/,…}
//   HOME/locks/HASH (one builder for each source)   HOME/lock (held while directories appear or leave)
// docs/formats/home.md specifies it.
#pragma once

#include <filesystem>
#include <string>

namespace scratch {

// PGREHEARSE_HOME, else /var/cache/pgrehearse for root, else $XDG_CACHE_HOME/pgrehearse or ~/.cache/pgrehearse. Created
// with mode 0700 (0711 for root, whose servers run under another account). Throws Error(storage), and where the path is
// too long for a Unix socket or the server's account cannot reach it, with the remedy.
std::filesystem::path home();

// Removes every instance and half-built image whose owner is dead. Returns how many. Cheap; every command calls it
// first.
int reap();

}  // namespace scratch
