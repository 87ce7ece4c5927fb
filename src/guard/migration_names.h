// What a migration calls the things that it makes, and the expressions in them: what reads them back has to know both.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "guard/needs.h"

namespace guard {

// "users_auth_source_ids" of its parts: at most 63 bytes, as the server would cut it, and different where they differ.
std::string object_name(const std::vector<std::string>& parts);
std::string ids_check_name(const BoundTable& table);
std::string null_check_name(const BoundTable& table);
std::string fill_name(const BoundTable& table);  // of the trigger and its function
std::string index_name(const Part& part, const BoundTable& table);
std::string test_sequence_name(const BoundTable& table, const contract::Population& population);
std::string allocator_name(const BoundTable& table, const SequenceNeed& need);  // quoted, with its schema

// A literal as standard_conforming_strings has it.
std::string literal(std::string_view text);

// The statement by which a row gets another population; `population` is SQL.
std::string give_population(const BoundTable& table, const std::string& population, const std::string& id);

// SQL that holds for the ids of `ranges`: "id BETWEEN 1 AND 9 OR id >= 20".
std::string within(const std::string& id, const std::vector<contract::IdRange>& ranges);

// The expression that ties every population to its id space; `unknown_pass`: rows of undeclared ones are let through.
std::string ids_check(const BoundTable& table, bool unknown_pass);

// What things of ours say of themselves in their COMMENT: that they are ours, and which text they hold. What bears our
// names and no mark is somebody else's, and is never replaced.
std::string mark_of(const std::string& text);
bool is_marked(std::string_view comment);
// What a person writes into the COMMENT of a function of theirs that bears a name of ours and is to stay.
inline constexpr std::string_view kept_mark = "kept instead of the one of pgrehearse";

// The population that an id means, as an expression on it: of ids that exactly one population may hold. Disposable ones
// only where `disposable` says so: nobody becomes test data by having been forgotten.
std::string population_of(const BoundTable& table, const std::string& id, bool disposable);

// The body of the trigger function that names the population of new rows.
std::string fill_body(const BoundTable& table);

// The body of the function that draws an id for `need` and fails loudly where it may not be used.
std::string allocator_body(const BoundTable& table, const SequenceNeed& need);

}  // namespace guard
