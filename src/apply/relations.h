// A production table in the words of changesets.
#pragma once

#include <string>

#include "changeset/change.h"
#include "pg/catalog.h"

namespace apply {

// By "schema.table"; null where there is none.
const pg::Table* table_named(const pg::Catalog& catalog, const std::string& name);

// Its columns in their order, generated ones left out unless they are part of the key, and its primary key.
changeset::Relation relation_of(const pg::Table& table);

}  // namespace apply
