// A recovery point's dump into a scratch server that is empty yet.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "restore/choice.h"
#include "restore/feed.h"
#include "scratch/archive_header.h"
#include "scratch/instance.h"

namespace restore {

// The programs that the point needs: of the major version that it was taken from. Throws Error(tool).
const scratch::Binaries& binaries_of(const Choice& choice);

// Roles, then the database with everything in it. An extension that the archive creates and the server does not have is
// Error(tool) by its name. What could not be made as it was becomes a note.
void load(const scratch::Instance& server, const Choice& choice, const repository::KeyRing* keys,
          const scratch::ArchiveHeader& header, ObjectFeed& feed, std::vector<std::string>& notes);

// Runs the statements of a point's roles.sql; a statement that the server refuses becomes a note.
void make_roles(pg::Connection& server, const std::string& script, std::vector<std::string>& notes);

}  // namespace restore
