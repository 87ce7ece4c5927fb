// What others' rows have against planned rows that are applied without their program, asked before anything is written:
// keys that are in use, values that must not be there twice, parents that are gone, rows that hang on one that goes.
#pragma once

#include <vector>

#include "apply/difference.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "pg/connection.h"

namespace apply {

// `planned` is net; its images before are in production. The session is pinned and in a transaction; read only.
std::vector<Difference> obstacles(pg::Connection& session, const changeset::Reader& planned,
                                  const pg::Catalog& catalog);

}  // namespace apply
