#include "redis/rdb_grammar.h"

#include <array>

namespace redis {
namespace {

// By the type's number. Compact encodings (ziplist, listpack, intset, zipmap) are one string each.
constexpr std::array<ValueShape, 26> shapes{{
    {Kind::string, "ks"},
    {Kind::list, "k(s)"},
    {Kind::set, "k(s)"},
    {Kind::zset, "k(sd)"},
    {Kind::hash, "k(ss)"},
    {Kind::zset, "k(s8)"},
    {},  // modules before 4.0 was released: nobody but the module knows the value's size
    {Kind::module, "klM"},
    {},
    {Kind::hash, "ks"},    // zipmap
    {Kind::list, "ks"},    // ziplist
    {Kind::set, "ks"},     // intset
    {Kind::zset, "ks"},    // ziplist
    {Kind::hash, "ks"},    // ziplist
    {Kind::list, "k(s)"},  // quicklist of ziplists
    // Streams: nodes (first id, listpack); length, last id; since 7.0 first id, greatest deleted id, entries ever
    // added; groups: name, last id, since 7.0 entries read; pending (id, when, how often); consumers: name, seen,
    // since 7.2 active, the ids of their pending entries.
    {Kind::stream, "k(ss)lll(sll(G8l)(s8(G)))"},
    {Kind::hash, "ks"},     // listpack
    {Kind::zset, "ks"},     // listpack
    {Kind::list, "k(ls)"},  // quicklist whose nodes say whether they are listpacks
    {Kind::stream, "k(ss)llllllll(slll(G8l)(s8(G)))"},
    {Kind::set, "ks"},  // listpack
    {Kind::stream, "k(ss)llllllll(slll(G8l)(s88(G)))"},
    {Kind::hash, "k(lss)"},   // fields with an expiry, of 7.4's release candidates
    {Kind::hash, "ks"},       // the same as a listpack
    {Kind::hash, "k8(lss)"},  // fields with an expiry, after the earliest of them
    {Kind::hash, "k8s"},      // the same as a listpack
}};

}  // namespace

const char* opcode_program(std::uint8_t number) {
  switch (number) {
    case opcode::slot_info:
      return "lll";
    case opcode::function_library:
      return "s";
    case opcode::module_fields:
      return "lllM";
    case opcode::idle:
    case opcode::database:
      return "l";
    case opcode::frequency:
      return "1";
    case opcode::field:
      return "nv";
    case opcode::sizes:
      return "ll";
    case opcode::expiry_ms:
      return "8";
    case opcode::expiry_s:
      return "4";
    default:
      return nullptr;
  }
}

ValueShape value_shape(std::uint8_t type) {
  return type < shapes.size() ? shapes[type] : ValueShape{};
}

char module_item(std::uint64_t number) {
  constexpr std::array items{'\0', 'l', 'l', '4', '8', 's'};  // end, signed, unsigned, float, double, string
  return number < items.size() ? items[number] : '?';
}

}  // namespace redis
