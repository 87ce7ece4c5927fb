// Privileges that a role lacks, and the words that give them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace apply {

// By object, as GRANT names it: public.users, SEQUENCE public.ids, SCHEMA app.
using Lacking = std::map<std::string, std::set<std::string>>;

// "INSERT, UPDATE on public.users", one for each object.
std::vector<std::string> described(const Lacking& lacking);

// "GRANT INSERT, UPDATE ON public.users TO clerk; GRANT …": to be copied.
std::string grants_for(const Lacking& lacking, const std::string& role);

}  // namespace apply
