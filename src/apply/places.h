// Where in a row values can stand that each run makes anew: whole columns, and words inside of texts and JSON.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apply/shapes.h"
#include "changeset/change.h"

namespace apply {

enum class PlaceKind { number, uuid, time, address, absent, word };  // absent: NULL

struct Place {
  PlaceKind kind = PlaceKind::number;
  const Shapes::Column* column = nullptr;  // what is known of it, where the value is all that stands there; or null
  std::size_t index = 0;                   // of the column
  std::string_view text;
  std::string_view name;  // of the column or, inside of a text, of the key before the value: "id": 7, id=7, "id"=>"7"
  std::string_view type;  // of a time: as format_type() spells it
};

// A whole number as PostgreSQL spells it.
std::optional<std::int64_t> whole_number(std::string_view text);

// The places of one relation's rows.
class Places {
 public:
  // What stands at the place instead; nullopt: what stands there.
  using Visit = std::function<std::optional<std::string>(const Place&)>;

  Places(const Shapes& shapes, const changeset::Relation& relation);

  // `after`, visited at every place where a value is new: it did not stand there `before` (empty: the row is new).
  std::string reshaped(std::string_view before, std::string_view after, const Visit& visit) const;

 private:
  struct Column {
    std::optional<PlaceKind> whole;  // the value is all that stands there; else …
    bool words = false;              // … it may be one of the words in it
    const Shapes::Column* known = nullptr;
    std::string name;
    std::string type;
  };

  std::vector<Column> columns_;
};

}  // namespace apply
