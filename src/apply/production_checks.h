// Whether production still is what a plan was made on: read, without a lock and without a write.
#pragma once

#include <filesystem>
#include <vector>

#include "apply/difference.h"
#include "apply/preflight.h"
#include "apply/target.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "rehearse/plan.h"

namespace apply {

// The server and the database have to be the plan's. Nothing where they are.
std::vector<Reason> wrong_target(const rehearse::Plan& plan, const Target& target);

// Definitions that the plan remembers and production has otherwise.
std::vector<Difference> altered_definitions(const rehearse::Plan& plan, const pg::Catalog& production);

// CALL of a procedure that ends the transaction.
std::vector<Reason> committing_procedures(pg::Connection& connection, const OneTransaction& script);

// Tables that the script's LOCK TABLE keeps everybody else from looking at, the witness among them: then only the proof
// `captured` can be had.
std::vector<Difference> locked_away(pg::Connection& connection, const OneTransaction& script);
void add_locked_away(DifferenceList& differences, const std::string& table);

}  // namespace apply
