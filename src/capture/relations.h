// The relations that a stream has described so far, in our words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "capture/watch.h"
#include "changeset/change.h"
#include "pg/connection.h"
#include "pg/pgoutput.h"

namespace capture {

class Relations {
 public:
  struct Known {
    std::shared_ptr<const changeset::Relation> relation;
    std::uint64_t version = 0;
    bool ours = false;  // of schema pgrehearse
    // Columns of the stream that the relation leaves out, because they are generated: only PostgreSQL 18 sends them.
    std::vector<bool> left_out;
  };

  // A description from the stream. One that says nothing new keeps the relation's object and version. Type names are
  // asked of the server on `control`, each once.
  void describe(const pg::pgoutput::Relation& described, const KeyLookup& keys, pg::Connection& control);
  // A type that the next relation uses; its name serves where the server has forgotten it.
  void announce(const pg::pgoutput::Type& type);

  // Throws Error(server) where the stream never described `oid`.
  const Known& at(std::uint32_t oid) const;
  // Lets go of relation objects that newer ones replaced.
  void forget_replaced() { replaced_.clear(); }

 private:
  static std::vector<bool> generated_columns(const pg::pgoutput::Relation& described, pg::Connection& control);
  const std::string& type_name(std::uint32_t oid, pg::Connection& control);

  std::unordered_map<std::uint32_t, Known> known_;
  std::vector<std::shared_ptr<const changeset::Relation>> replaced_;
  std::unordered_map<std::uint32_t, std::string> announced_;
  std::unordered_map<std::uint32_t, std::string> types_;
  std::uint64_t versions_ = 0;
};

}  // namespace capture
