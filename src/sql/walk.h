// A walk over libpg_query's parse tree by protobuf-c's reflection: every node is found wherever the grammar puts it.
#pragma once

#include <protobuf-c/protobuf-c.h>

#include <functional>

namespace sql {

// Calls `visit` with every message of the tree, parents first; where it returns false, what is below is left out. Not
// recursive in the depth of the statement's own nesting beyond what the tree holds: call it where the stack is large.
void walk(const ProtobufCMessage* message, const std::function<bool(const ProtobufCMessage*)>& visit);

// `message` as T where it is one.
template <typename T>
const T* as(const ProtobufCMessage* message, const ProtobufCMessageDescriptor& descriptor) {
  return message->descriptor == &descriptor ? reinterpret_cast<const T*>(message) : nullptr;
}

}  // namespace sql
