// Roles of a source, made again in a draft: attributes, memberships and settings, never passwords.
#pragma once

#include <string>
#include <vector>

#include "pg/connection.h"

namespace scratch {

// `draft` is a superuser's connection to an empty cluster whose bootstrap superuser bears the source's name. Settings
// that cannot be made become notes.
void copy_roles(pg::Connection& source, pg::Connection& draft, std::vector<std::string>& notes);

// The same as SQL that any server may be given: makes those roles that are missing there, with their settings, and
// every membership. Leaves roles that exist as they are.
std::string roles_script(pg::Connection& source);

// Makes those of `roles` that `draft` lacks; they can log in.
void create_roles(pg::Connection& draft, const std::vector<std::string>& roles);

}  // namespace scratch
