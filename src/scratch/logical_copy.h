// A live database copied by pg_dump and pg_restore, for roles that may not replicate.
#pragma once

#include <filesystem>

#include "pg/connection.h"
#include "scratch/binaries.h"
#include "scratch/facts.h"
#include "scratch/image.h"

namespace scratch {

// Makes `draft`/data, a new cluster with the source's roles and this one database. Sets the image's method and adds
// notes.
void copy_logically(const pg::Parameters& parameters, const SourceFacts& facts, const Binaries& binaries,
                    const std::filesystem::path& draft, const std::filesystem::path& temporary,
                    const SourceOptions& options, Image& image);

}  // namespace scratch
