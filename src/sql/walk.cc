#include "sql/walk.h"

#include <cstddef>
#include <cstdint>

namespace sql {

namespace {

const char* member(const ProtobufCMessage* message, unsigned offset) {
  return reinterpret_cast<const char*>(message) + offset;
}

// Members of a oneof share their place: the case number tells which one is there.
bool is_set(const ProtobufCMessage* message, const ProtobufCFieldDescriptor& field) {
  if (!(field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) return true;
  return *reinterpret_cast<const std::uint32_t*>(member(message, field.quantifier_offset)) == field.id;
}

}  // namespace

void walk(const ProtobufCMessage* message, const std::function<bool(const ProtobufCMessage*)>& visit) {
  if (!message || !visit(message)) return;
  for (unsigned i = 0; i < message->descriptor->n_fields; ++i) {
    const ProtobufCFieldDescriptor& field = message->descriptor->fields[i];
    if (field.type != PROTOBUF_C_TYPE_MESSAGE || !is_set(message, field)) continue;
    if (field.label == PROTOBUF_C_LABEL_REPEATED) {
      const auto count = *reinterpret_cast<const std::size_t*>(member(message, field.quantifier_offset));
      const auto* items = *reinterpret_cast<ProtobufCMessage* const* const*>(member(message, field.offset));
      for (std::size_t n = 0; n < count; ++n) walk(items[n], visit);
    } else {
      walk(*reinterpret_cast<ProtobufCMessage* const*>(member(message, field.offset)), visit);
    }
  }
}

}  // namespace sql
