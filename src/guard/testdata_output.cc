#include "guard/testdata_output.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace guard {

namespace {

using Json = nlohmann::ordered_json;
using report::Tone;

constexpr int version = 1;

constexpr const char* fate_names[] = {"own", "cascade", "first", "loses-reference"};
constexpr const char* fate_words[] = {"test data", "hangs on it, and goes with it",
                                      "hangs on it, and is deleted before it",
                                      "hangs on it, stays and loses its reference"};

std::string contracted(const std::vector<std::int64_t>& ids) {
  if (ids.back() - ids.front() == static_cast<std::int64_t>(ids.size()) - 1)
    return contract::IdRange{ids.front(), ids.back()}.text();
  const std::size_t shown = std::min<std::size_t>(ids.size(), 10);
  return fmt::format("{}{}", fmt::join(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                     shown < ids.size() ? ", …" : "");
}

Json head(const char* action, const TestdataContext& context) {
  return {{"version", version},
          {"program", context.program},
          {"action", action},
          {"contract", context.contract},
          {"database", context.database}};
}

std::string written(const Json& json) {
  // Values of a SQL_ASCII database may be anything.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json rows_json(const Cleaning& cleaning) {
  Json rows = Json::array();
  for (const Going& each : cleaning.going) {
    rows.push_back({{"table", each.table},
                    {"population", each.population},
                    {"fate", fate_names[static_cast<int>(each.fate)]},
                    {"rows", each.rows}});
  }
  return rows;
}

std::int64_t outside_of(const Going& going, const Cleaning& cleaning) {
  std::int64_t rows = 0;
  for (const Outside& each : cleaning.outside) {
    if (going.fate == Fate::own && each.table == going.table && each.population == going.population) rows += each.rows;
  }
  return rows;
}

report::Block rows_table(const Cleaning& cleaning) {
  report::Table table{.columns = {{"table"}, {"population"}, {"rows", report::Align::right}, {"why"}}, .rows = {}};
  for (const Going& each : cleaning.going) {
    std::string why = fate_words[static_cast<int>(each.fate)];
    if (const std::int64_t outside = outside_of(each, cleaning))
      why += fmt::format(", {} of it outside of its id space", base::with_commas(outside));
    table.rows.push_back({{{{each.table, Tone::strong}},
                           {{base::one_line(each.population, 60)}},
                           {{base::with_commas(each.rows)}},
                           {{std::move(why), Tone::muted}}},
                          0});
  }
  return table;
}

void add_hindrances(const Cleaning& cleaning, report::Document& document) {
  if (cleaning.hindrances.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "In the way"});
  report::Bullets bullets;
  for (const Hindrance& each : cleaning.hindrances) bullets.items.push_back({{sentence(each)}});
  document.blocks.emplace_back(std::move(bullets));
}

void add_outside(const Cleaning& cleaning, report::Document& document) {
  if (cleaning.outside.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Where no test data is made"});
  report::Bullets bullets;
  for (const Outside& each : cleaning.outside) bullets.items.push_back({{sentence(each)}});
  document.blocks.emplace_back(std::move(bullets));
  if (!cleaning.refused()) return;
  document.blocks.emplace_back(report::Paragraph{
      {{fmt::format("Look at each. One that has a life of its own is a real person whose population an upsert rewrote, "
                    "and gets it back: {} What is left is test data: --execute --outside-space {} deletes it, too.",
                    cleaning.outside.front().give_back, cleaning.outside_rows())}}});
}

Json outside_json(const Cleaning& cleaning) {
  Json all = Json::array();
  for (const Outside& each : cleaning.outside) {
    all.push_back({{"table", each.table},
                   {"population", each.population},
                   {"holder", each.holder.empty() ? Json(nullptr) : Json(each.holder)},
                   {"rows", each.rows},
                   {"ids", each.ids}});
  }
  return all;
}

}  // namespace

report::Document made_document(const Made& made, const TestdataContext& context) {
  const auto rows = static_cast<std::int64_t>(made.ids.size());
  return {.title = "testdata create",
          .blocks = {report::Banner{Tone::good,
                                    fmt::format("MADE {} OF {}", base::count_of(rows, "ROW", "ROWS"), made.population),
                                    {fmt::format("{}, {}", context.database, made.table),
                                     fmt::format("{} {}", rows == 1 ? "id" : "ids", contracted(made.ids))}}}};
}

std::string made_json(const Made& made, const TestdataContext& context) {
  Json json = head("create", context);
  json["table"] = made.table;
  json["population"] = made.population;
  json["ids"] = made.ids;
  return written(json);
}

report::Document list_document(const Cleaning& found, const TestdataContext& context) {
  report::Document document{.title = "testdata list", .blocks = {}};
  if (found.going.empty()) {
    document.blocks.emplace_back(
        report::Paragraph{{{"There is no test data in " + context.database + ".", Tone::muted}}});
  } else {
    document.blocks.emplace_back(rows_table(found));
    add_outside(found, document);
  }
  return document;
}

std::string list_json(const Cleaning& found, const TestdataContext& context) {
  Json json = head("list", context);
  json["rows"] = rows_json(found);
  json["outside"] = outside_json(found);
  return written(json);
}

report::Document count_document(const Cleaning& cleaning, bool execute, const TestdataContext& context) {
  const std::string rows = base::count_of(cleaning.deleted(), "ROW", "ROWS");
  report::Banner banner{Tone::plain, "NOTHING TO CLEAN", {context.database}};
  if (!cleaning.hindrances.empty()) {
    banner = {
        Tone::bad, "REFUSED: ROWS OF PROTECTED POPULATIONS ARE IN THE WAY", {context.database, "nothing was deleted"}};
  } else if (execute && cleaning.refused()) {
    banner = {Tone::bad, "REFUSED: ROWS LIE WHERE NO TEST DATA IS MADE", {context.database, "nothing was deleted"}};
  } else if (!cleaning.going.empty()) {
    banner.headline = execute ? fmt::format("{} TO DELETE", rows) : fmt::format("DRY RUN: {} WOULD GO", rows);
    if (!execute)
      banner.details.emplace_back(cleaning.refused() ? "nothing was touched; --execute refuses, for the rows below"
                                                     : "nothing was touched; --execute deletes");
  }
  report::Document document{.title = "testdata clean", .blocks = {banner}};
  if (!cleaning.going.empty()) document.blocks.emplace_back(rows_table(cleaning));
  add_hindrances(cleaning, document);
  add_outside(cleaning, document);
  return document;
}

report::Document cleaned_document(const Cleaning& cleaning) {
  report::Document document{
      .title = "",
      .blocks = {
          report::Banner{Tone::good,
                         fmt::format("DELETED {}", base::count_of(cleaning.deleted(), "ROW", "ROWS")),
                         {"exactly those that were counted; no other row of the contract's tables was touched"}}}};
  if (cleaning.asides.empty()) return document;
  report::Bullets bullets;
  for (const Aside& aside : cleaning.asides) {
    bullets.items.push_back({{fmt::format("triggers wrote to {}: {} inserted, {} updated, {} deleted", aside.table,
                                          aside.inserted, aside.updated, aside.deleted)}});
  }
  document.blocks.emplace_back(std::move(bullets));
  return document;
}

std::string clean_json(const Cleaning& cleaning, const TestdataContext& context) {
  Json json = head("clean", context);
  json["executed"] = cleaning.executed;
  json["deleted"] = cleaning.executed ? cleaning.deleted() : 0;
  json["rows"] = rows_json(cleaning);
  json["hindrances"] = Json::array();
  for (const Hindrance& each : cleaning.hindrances) {
    json["hindrances"].push_back({{"table", each.table},
                                  {"population", each.population},
                                  {"rows", each.rows},
                                  {"ids", each.ids},
                                  {"message", each.message}});
  }
  json["outside"] = outside_json(cleaning);
  json["asides"] = Json::array();
  for (const Aside& aside : cleaning.asides) {
    json["asides"].push_back(
        {{"table", aside.table}, {"inserted", aside.inserted}, {"updated", aside.updated}, {"deleted", aside.deleted}});
  }
  return written(json);
}

}  // namespace guard
