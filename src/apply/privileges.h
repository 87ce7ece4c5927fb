// Privileges that an apply is going to need, asked before anything runs: what --execute would fail for, the dry run
// says.
#pragma once

#include <string>
#include <vector>

#include "apply/apply.h"
#include "apply/job.h"
#include "apply/target.h"
#include "pg/catalog.h"

namespace apply {

// What the role lacks, with the GRANTs for it: reading the planned rows; what the script's own statements write, where
// their words say as whom; moving the sequences of a program's plan; the triggers and temporary tables of the proof
// `captured`. What functions and cascades need, the rehearsal has seen. Read only.
std::vector<Reason> lacking_privileges(Target& target, const Job& job, const pg::Catalog& catalog, ProofKind proof);

}  // namespace apply
