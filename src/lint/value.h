// What expressions of constants come to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "lint/node.h"

namespace lint {

struct Null {
  friend bool operator==(Null, Null) { return true; }
};
using Value = std::variant<Null, bool, std::int64_t, std::string>;

inline bool is_null(const Value& value) {
  return std::holds_alternative<Null>(value);
}

// nullopt: it depends on more than what is written down.
std::optional<Value> value_of(const Node* node);
std::optional<Value> value_of(const PgQuery__AExpr& expression);

// Whether two values that stand in `order` (below 0: the first comes first) pass a comparison; nullopt: it is none.
std::optional<bool> compare(std::string_view op, int order);

// `a op b`, as far as it is the same everywhere: how strings sort is the collation's business.
std::optional<Value> operate(std::string_view op, const Value& a, const Value& b);

}  // namespace lint
