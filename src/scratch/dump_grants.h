// What a role needs for pg_dump to copy a database, and lacks.
#pragma once

#include <string>

#include "pg/connection.h"

namespace scratch {

// "GRANT SELECT ON public.users TO clerk; or for all of it: GRANT pg_read_all_data TO clerk;", for the role that
// `source` connects as; empty: it may read every table and sequence.
std::string grants_for_dump(pg::Connection& source);

}  // namespace scratch
