#include "sql/parse_tree.h"

#include <pg_query.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <vector>

#include "sql/nesting.h"

namespace sql {
namespace {

// libpg_query and protobuf-c recurse without looking at the stack: up to 6 KiB for each word of nesting was measured.
// Beyond `deepest` their time, which grows with the square of the depth, would be felt too.
constexpr std::size_t deepest_on_our_stack = 300;
constexpr std::size_t deepest = 10'000;
constexpr std::size_t deep_stack_bytes = std::size_t{256} << 20;  // address space: pages come as they are touched

using Use = std::function<void(const PgQuery__ParseResult&)>;

// Where a tree lives: given back as a whole, since to free it node by node takes as long as to make it.
class Arena {
 public:
  ProtobufCAllocator* allocator() { return &allocator_; }

 private:
  static constexpr std::size_t alignment = alignof(std::max_align_t);
  static constexpr std::size_t usual_tree = std::size_t{16} << 10;

  static void* allocate(void* arena, std::size_t size) {
    try {
      return static_cast<Arena*>(arena)->memory_.allocate(size, alignment);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }
  static void leave(void* /*arena*/, void* /*part*/) {}

  std::array<std::byte, usual_tree> first_;  // NOLINT: left uninitialised
  std::pmr::monotonic_buffer_resource memory_{first_.data(), first_.size()};
  ProtobufCAllocator allocator_{allocate, leave, this};
};

struct Parsed {
  explicit Parsed(const std::string& statement) : result(pg_query_parse_protobuf(statement.c_str())) {}
  ~Parsed() { pg_query_free_protobuf_parse_result(result); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  PgQueryProtobufParseResult result;
};

bool parse(const std::string& statement, const Use& use) {
  const Parsed parsed(statement);
  if (parsed.result.error) return false;
  const PgQueryProtobuf& packed = parsed.result.parse_tree;
  Arena arena;
  const PgQuery__ParseResult* tree =
      pg_query__parse_result__unpack(arena.allocator(), packed.len, reinterpret_cast<const std::uint8_t*>(packed.data));
  if (!tree) return false;
  use(*tree);
  return true;
}

struct Job {
  const std::string& statement;
  const Use& use;
  bool parsed = false;
};

void* run_job(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  job.parsed = parse(job.statement, job.use);
  return nullptr;
}

bool parse_on_deep_stack(const std::string& statement, const Use& use) {
  Job job{statement, use};
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread{};
  const bool started = pthread_attr_setstacksize(&attributes, deep_stack_bytes) == 0 &&
                       pthread_create(&thread, &attributes, run_job, &job) == 0;
  pthread_attr_destroy(&attributes);
  if (started) pthread_join(thread, nullptr);
  return job.parsed;
}

const char* member(const ProtobufCMessage& message, unsigned offset) {
  return reinterpret_cast<const char*>(&message) + offset;
}

void add_children(const ProtobufCMessage& message, const ProtobufCFieldDescriptor& field,
                  std::vector<const ProtobufCMessage*>& children) {
  if (field.type != PROTOBUF_C_TYPE_MESSAGE) return;
  if (field.label == PROTOBUF_C_LABEL_REPEATED) {
    const auto count = *reinterpret_cast<const std::size_t*>(member(message, field.quantifier_offset));
    const auto* items = *reinterpret_cast<ProtobufCMessage* const* const*>(member(message, field.offset));
    children.insert(children.end(), items, items + count);
  } else if (const auto* child = *reinterpret_cast<ProtobufCMessage* const*>(member(message, field.offset))) {
    children.push_back(child);
  }
}

// A Node is one of some 250 messages, all in the same place; its case number is the number of the field.
void add_children(const ProtobufCMessage& message, std::vector<const ProtobufCMessage*>& children) {
  if (const auto* node = as<PgQuery__Node>(message, pg_query__node__descriptor)) {
    const auto* field = protobuf_c_message_descriptor_get_field(message.descriptor, node->node_case);
    if (field) add_children(message, *field, children);
    return;
  }
  for (unsigned i = 0; i < message.descriptor->n_fields; ++i) {
    const ProtobufCFieldDescriptor& field = message.descriptor->fields[i];
    // The only other choice is a constant's value, which holds no nodes.
    if (!(field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) add_children(message, field, children);
  }
}

}  // namespace

bool with_parse_tree(const std::string& statement, const Use& use) {
  const std::size_t depth = nesting_bound(statement);
  if (depth > deepest) return false;
  return depth > deepest_on_our_stack ? parse_on_deep_stack(statement, use) : parse(statement, use);
}

std::optional<SyntaxError> syntax_error(const std::string& statement) {
  return syntax_error(statement, nesting_bound(statement));
}

std::optional<SyntaxError> syntax_error(const std::string& statement, std::size_t bound) {
  if (bound > deepest) return SyntaxError{"it nests too deeply to be read: part it into several statements", 0};
  const PgQuerySplitResult result = pg_query_split_with_parser(statement.c_str());
  std::optional<SyntaxError> error;
  if (result.error) {
    const int cursor = result.error->cursorpos;  // in bytes, from 1; 0: unknown
    error = SyntaxError{result.error->message, cursor > 0 ? static_cast<std::size_t>(cursor - 1) : 0};
  }
  pg_query_free_split_result(result);
  return error;
}

void walk(const ProtobufCMessage& root, const std::function<bool(const ProtobufCMessage&)>& visit) {
  std::vector<const ProtobufCMessage*> pending{&root};
  while (!pending.empty()) {
    const ProtobufCMessage& message = *pending.back();
    pending.pop_back();
    if (!visit(message)) continue;
    const auto known = static_cast<std::ptrdiff_t>(pending.size());
    add_children(message, pending);
    std::reverse(pending.begin() + known, pending.end());
  }
}

}  // namespace sql
