// Conditions that are decided by themselves: 1 = 1, id = id, NULL IS NULL, id + 0 >= id.
#pragma once

#include <optional>
#include <span>

#include "lint/node.h"

namespace lint {

enum class Decided : unsigned char { yes, no };  // no: false or null, either of which lets nothing through

// What `condition` comes to whatever the row holds (NULLs left aside: id = id counts as true); nullopt: it depends.
std::optional<Decided> decide(const Node* condition);

// True where two of them are each other's opposite, a = 1 and a <> 1, so that one of them holds.
bool leave_nothing_out(std::span<Node* const> conditions);

// True where both are written alike: the same columns, constants, functions and operators.
bool same(const Node* a, const Node* b);

}  // namespace lint
