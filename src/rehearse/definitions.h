// What a script's effects hang on besides rows: the definitions that a plan remembers.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "pg/catalog.h"
#include "rehearse/plan.h"

namespace rehearse {

// Of every object whose alteration could change what a script does to `tables` ("schema.table", partitions by their
// own names): the tables with their ancestors, columns, constraints, triggers, rules and policies, foreign keys of
// other tables that point at them, and every function, domain and enum that is named in any of these, however far.
// Sorted by object. Equal on a database, on a base backup of it, and where pg_dump took it: what these change in the
// spelling (owners, grants, storage, numbers of columns, brackets, casts between text types) is left out.
std::vector<Definition> relevant_definitions(const pg::Catalog& catalog, const std::set<std::string>& tables);

// A script, or a function or procedure of the database.
struct Code {
  std::string object;           // "clean-up.sql", "function public.sign_up(text)"
  std::set<std::string> words;  // those that were asked for and stand in it, also in quotes
};

// The plan's scripts, whose texts are `scripts`, and what they can get at: the functions and procedures that they name,
// those of defaults, constraints, policies and rules of the tables that they change and of triggers for what is done to
// these, and whatever any of them names, through views, too. It goes by words: too many rather than too few. `wanted`
// are in lower case.
std::vector<Code> code_in_reach(const pg::Catalog& catalog, const Plan& plan, const std::vector<std::string>& scripts,
                                const std::set<std::string>& wanted);

}  // namespace rehearse
