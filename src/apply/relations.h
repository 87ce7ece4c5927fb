// A production table in the words of changesets.
#pragma once

#include "changeset/change.h"
#include "pg/catalog.h"

namespace apply {

// Its columns in their order, generated ones left out unless they are part of the key, and its primary key.
changeset::Relation relation_of(const pg::Table& table);

}  // namespace apply
