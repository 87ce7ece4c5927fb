// libpg_query's parse tree of one statement, as protobuf-c messages, parsed so that no text can exhaust the stack.
#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace sql {

// Parses `statement` and calls `use` with its tree, which lives as long as the call. False, without a call, where it
// does not parse, or may nest deeper than our stack is made for. `use` must not throw; it may run on another thread,
// while the caller waits.
bool with_parse_tree(const std::string& statement, const std::function<void(const PgQuery__ParseResult&)>& use);

struct SyntaxError {
  std::string message;
  std::size_t at = 0;  // byte offset into the statement
};

// Why `statement` does not parse, without making a tree: several times as fast as with_parse_tree. nullopt: it does.
std::optional<SyntaxError> syntax_error(const std::string& statement);
std::optional<SyntaxError> syntax_error(const std::string& statement, std::size_t bound);  // its nesting_bound()

// Calls `visit` with `root` and every message below it, parents first and in the order of the text; where it returns
// false, what is below is left out. Found by protobuf-c's reflection, so that no kind of node can be missed.
void walk(const ProtobufCMessage& root, const std::function<bool(const ProtobufCMessage&)>& visit);

// `message` as T where it is one.
template <typename T>
const T* as(const ProtobufCMessage& message, const ProtobufCMessageDescriptor& descriptor) {
  return message.descriptor == &descriptor ? reinterpret_cast<const T*>(&message) : nullptr;
}

}  // namespace sql
