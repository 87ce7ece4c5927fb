// After rows were written while the server checked no keys: the checks that it would have made.
#pragma once

#include <vector>

#include "apply/references.h"
#include "apply/survey.h"
#include "apply/uniques.h"
#include "changeset/file.h"
#include "pg/connection.h"

namespace apply {

// Every row that `net` inserted or gave other references must have its parents, which are locked against deletion;
// no row that it deleted or gave another key may be referenced still; no deferrable key may be there twice. Throws
// Error(refused) that names the first rows of which this is not true.
void check_keys(pg::Connection& connection, const changeset::Reader& net, const Survey& survey,
                const std::vector<Reference>& references, const std::vector<Unique>& uniques);

}  // namespace apply
