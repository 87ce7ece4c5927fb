// The part of a migration that is about rows: which nobody but a person can place, and which their ids place.
#pragma once

#include "guard/needs.h"
#include "guard/sql_text.h"

namespace guard {

// Rows outside of their id space: named, and what can be done about them as comments. It raises an error while they are
// there, for a CHECK that they break would fail every UPDATE of them. Nothing in it changes a row.
void decide_strays(const TableNeeds& needs, SqlText& sql);

// Rows without a population that stay so: a few of a column that is there, or those whose ids say nothing.
void decide_unpopulated(const TableNeeds& needs, SqlText& sql);

// New rows by a trigger, old ones in batches.
void backfill(const TableNeeds& needs, SqlText& sql);

}  // namespace guard
