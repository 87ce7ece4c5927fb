// What two runs did not do alike, put into words.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apply/difference.h"
#include "changeset/change.h"

namespace apply {

class Leftovers {
 public:
  // A change of one side that has no equal on the other; `before` and `after` (empty: there is none), which is `masked`
  // with what the run made anew masked.
  void see(const changeset::Relation& relation, bool actual, std::string_view before, std::string_view after,
           const std::string& masked);

  // Rows of one id on both sides came out otherwise, in columns that are named; others are unplanned or untouched.
  std::vector<Difference> differences();

 private:
  struct Image {
    std::string_view act;  // what the script does to the row: "inserts"
    std::string after;
    std::string masked;
  };
  struct Table {
    changeset::Relation relation;
    std::int64_t actual = 0;
    std::int64_t planned = 0;
    std::multimap<std::string, Image> actual_rows;  // by id; as many as are remembered
    std::multimap<std::string, Image> planned_rows;
  };
  std::map<std::string, Table> tables_;
};

}  // namespace apply
