#include "apply/places.h"

#include <algorithm>
#include <charconv>

#include "changeset/tuple.h"

namespace apply {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The length of what is spelt like `pattern` at the beginning of `text`: 9 is a digit, x a hexadecimal one, T a blank
// or "T"; 0: nothing is.
std::size_t spelt_like(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = text[i];
    const bool fits = pattern[i] == '9'   ? is_digit(c)
                      : pattern[i] == 'x' ? is_hex(c)
                      : pattern[i] == 'T' ? c == 'T' || c == ' '
                                          : c == pattern[i];
    if (!fits) return 0;
  }
  return pattern.size();
}

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

struct Word {
  std::size_t length = 0;
  PlaceKind kind = PlaceKind::word;
  std::string_view type;
};

// "2026-11-25 15:04:05.123456+00" as a text or JSON has it, or a date.
Word time_at(std::string_view text) {
  std::size_t length = spelt_like(text, "9999-99-99T99:99:99");
  if (length == 0) return {spelt_like(text, "9999-99-99"), PlaceKind::time, "date"};
  if (length < text.size() && text[length] == '.') length += 1 + digits_at(text, length + 1);
  const std::string_view rest = text.substr(length);
  for (const std::string_view zone : {"+99:99", "-99:99", "+99", "-99", "Z"}) {
    if (const std::size_t more = spelt_like(rest, zone)) {
      return {length + more, PlaceKind::time, "timestamp with time zone"};
    }
  }
  return {length, PlaceKind::time, "timestamp without time zone"};
}

// The word that begins `text`; `sign`: a minus before it would be a sign.
Word word_at(std::string_view text, bool sign) {
  const auto ends = [&](std::size_t length) { return length == text.size() || !is_word(text[length]); };
  if (const std::size_t length = spelt_like(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"); length > 0 && ends(length)) {
    return {length, PlaceKind::uuid, {}};
  }
  if (const Word time = time_at(text); time.length > 0 && ends(time.length)) return time;
  const std::size_t minus = sign && text[0] == '-' ? 1 : 0;
  const std::size_t digits = digits_at(text, minus);
  std::size_t length = minus + digits;
  if (digits > 0 && length + 1 < text.size() && text[length] == '.' && is_digit(text[length + 1])) {
    return {length + 1 + digits_at(text, length + 1), PlaceKind::word, {}};  // no whole number
  }
  if (digits > 0 && ends(length)) return {length, PlaceKind::number, {}};
  while (length < text.size() && is_word(text[length])) ++length;
  return {std::max<std::size_t>(length, 1), PlaceKind::word, {}};
}

// The key that a value is given by which begins at `at`; empty: none.
std::string_view key_before(std::string_view text, std::size_t at) {
  const auto skip = [&](std::string_view any, std::size_t most) {
    while (at > 0 && most > 0 && any.find(text[at - 1]) != std::string_view::npos) --at, --most;
  };
  skip("\"'", 1);
  skip(" ", 1);
  const std::size_t end = at;
  skip(":=>", 2);
  if (at == end) return {};
  skip(" ", 1);
  skip("\"'", 1);
  const std::size_t key_end = at;
  while (at > 0 && is_word(text[at - 1])) --at;
  return text.substr(at, key_end - at);
}

std::string reshaped_inside(std::string_view whole, std::size_t index, const Places::Visit& visit) {
  std::string out;
  std::string_view text = whole;
  bool after_word = false;
  while (!text.empty()) {
    const Word word = word_at(text, !after_word);
    const std::string_view spelt = text.substr(0, word.length);
    std::optional<std::string> instead;
    if (word.kind != PlaceKind::word) {
      const std::string_view name = key_before(whole, whole.size() - text.size());
      instead = visit({.kind = word.kind, .index = index, .text = spelt, .name = name, .type = word.type});
    }
    if (instead) {
      out += *instead;
    } else {
      out += spelt;
    }
    after_word = is_word(spelt.back());
    text.remove_prefix(word.length);
  }
  return out;
}

// Without modifiers: "numeric(10,2)" is "numeric".
std::string_view plain_type(std::string_view type) {
  return type.substr(0, type.find('('));
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Places::Places(const Shapes& shapes, const changeset::Relation& relation) {
  for (const changeset::Column& column : relation.columns) {
    Column place{.known = shapes.column(relation.qualified(), column.name), .name = column.name, .type = column.type};
    const std::string_view type = plain_type(column.type);
    if (place.known) {
      place.whole = place.known->way == Shapes::Way::uuid ? PlaceKind::uuid : PlaceKind::number;
    } else if (is_one_of(type, {"bigint", "integer", "smallint", "numeric", "oid", "xid", "xid8"})) {
      place.whole = PlaceKind::number;
    } else if (type == "uuid") {
      place.whole = PlaceKind::uuid;
    } else if (type == "inet") {
      place.whole = PlaceKind::address;
    } else if (type == "date" || (type.starts_with("timestamp") && !type.ends_with("[]"))) {
      place.whole = PlaceKind::time;
    } else {
      place.words =
          !is_one_of(type, {"boolean", "bytea", "real", "double precision", "interval", "bit", "bit varying"});
    }
    columns_.push_back(std::move(place));
  }
}

std::string Places::reshaped(std::string_view before, std::string_view after, const Visit& visit) const {
  changeset::TupleReader values(after);
  changeset::TupleReader old_values(before);
  changeset::TupleWriter writer;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const changeset::Value value = values.next();
    const bool kept = !before.empty() && old_values.next() == value;
    std::optional<std::string> instead;
    const bool nullable = column.whole == PlaceKind::number || column.whole == PlaceKind::address;
    if (!value && !kept && nullable) {
      instead = visit({.kind = PlaceKind::absent, .index = i});
    } else if (value && !kept && !value->empty() && column.whole) {
      instead = visit({.kind = *column.whole,
                       .column = column.known,
                       .index = i,
                       .text = *value,
                       .name = column.name,
                       .type = column.type});
    } else if (value && !kept && column.words) {
      instead = reshaped_inside(*value, i, visit);
    }
    writer.add(instead ? changeset::Value(*instead) : value);
  }
  return writer.take();
}

}  // namespace apply
