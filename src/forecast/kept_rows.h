// Rows of tables that are compared whole, kept in files from before a night's scripts: the night itself takes them
// away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "pg/catalog.h"
#include "pg/connection.h"
#include "rehearse/compare.h"

namespace forecast {

class KeptRows {
 public:
  explicit KeptRows(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Forgets what was kept.
  void clear();
  void keep(pg::Connection& connection, const pg::Table& table);
  // Empty where the table's rows were not kept.
  rehearse::RowSource rows_of(const pg::Table& table) const;

 private:
  std::filesystem::path file_of(std::uint32_t oid) const;

  std::filesystem::path directory_;
  std::map<std::uint32_t, pg::Table> tables_;  // by oid, as they were
};

}  // namespace forecast
