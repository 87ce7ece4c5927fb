// What a role may not do yet, as the GRANT statements that would let it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "guard/bind.h"
#include "guard/test_population.h"
#include "pg/connection.h"

namespace guard {

// Collects what the connected role lacks, as statements for the objects' owner.
class Grants {
 public:
  explicit Grants(pg::Connection& connection);

  // SELECT on id and population.
  void columns(const BoundTable& table);
  void table(std::uint32_t oid, std::string_view privilege);
  void sequence(std::uint32_t oid, std::string_view privilege);

  const std::string& role() const { return role_; }  // quoted
  std::vector<std::string> take();                   // each once, in alphabetical order

 private:
  void object(std::string_view question, std::uint32_t oid, std::string_view privilege, std::string_view kind);
  void add(const pg::Row& may, std::string_view grant, std::string_view kind);

  pg::Connection& connection_;
  const std::string role_;
  std::vector<std::string> statements_;
};

// What `pgrehearse testdata` does, and needs.
enum class Work { create, list, clean };
// To make rows: INSERT, its id and population read back, its sequence. To list and clean: SELECT on whole tables, for
// rows are known by their places: the contract's, what hangs on them, and the parents of that. To clean: DELETE on the
// contract's and on what is deleted before its parent.
std::vector<std::string> lacking_grants(Work work, const std::vector<TestPopulation>& populations,
                                        pg::Connection& connection);

}  // namespace guard
