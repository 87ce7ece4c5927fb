// Counts the rows of every table in a snapshot, while something else has the attention of the process.
#pragma once

#include <string>
#include <vector>

#include "pg/connection.h"
#include "repository/manifest.h"

namespace backup {

class RowCounter {
 public:
  // `connection` is in a transaction on the snapshot and is the counter's until it is done; both outlive it. Reads the
  // list of tables: those whose rows a dump holds.
  explicit RowCounter(pg::Connection& connection);

  bool done() const { return asked_ == tables_.size() && !asking_; }
  int fd() const;  // readable when advance() has something to do
  // Takes what the server has answered, and asks the next question. Never waits. Throws Error(server).
  void advance();
  std::vector<repository::TableRows> take() { return std::move(tables_); }

 private:
  void ask();
  void take_answer();

  pg::Connection& connection_;
  std::vector<repository::TableRows> tables_;
  std::size_t asked_ = 0;  // tables whose question was sent
  bool asking_ = false;
};

}  // namespace backup
