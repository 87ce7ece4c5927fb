// SQL that lives in a database: functions, and statements that it remembers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "guard/bind.h"
#include "guard/finding.h"
#include "pg/connection.h"

namespace guard {

// What lint says of functions and procedures (rules by lint's names, on the function), with the triggers of contract
// tables that call them, and of the statements that pg_stat_statements remembers, where it is installed: upserts on the
// id, deletions and updates by a range of ids, sequences set from rows; and what lint says of the jobs that pg_cron
// runs in this database. What could not be read is added to `notes`.
void judge_code(const contract::Contract& contract, const Bound& bound, pg::Connection& connection, Findings& findings,
                std::vector<std::string>& notes);

}  // namespace guard
