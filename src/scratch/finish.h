// What every new image goes through before it is kept, whichever way its data came.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "scratch/configuration.h"
#include "scratch/image.h"
#include "scratch/instance.h"

namespace scratch {

// Starts a server on `data` with the settings of `cluster`; those it refuses are left out, with a note each.
Instance start_draft(const std::filesystem::path& data, const Binaries& binaries, Cluster cluster, Isolation isolation,
                     std::vector<std::string>& notes);

// Throws Error(tool) naming the first of `extensions` that the server at `scratch` cannot offer.
void require_extensions(pg::Connection& scratch, const Binaries& binaries, const std::vector<std::string>& extensions);

// Throws Error(usage) where there is no such role at the other end of `connection`.
void require_role(pg::Connection& connection, const std::string& role);

// Takes what could act by itself, or hold others up, out of a draft: prepared transactions are rolled back,
// subscriptions let go of their publishers, and libraries that roles or databases preload are not.
void disarm(Instance& draft, std::vector<std::string>& notes);

// Lets the image's role log in, prepares the database as `options` ask, and stops the server cleanly.
void finish(Instance& draft, const Image& image, const SourceOptions& options);

}  // namespace scratch
