// Several statements in one round trip (manual: "libpq", "Pipeline Mode").
//
// Each runs once those before it are done; after one that fails none runs. Every wait watches for Ctrl-C, as those of
// Connection do. Not for use by two threads.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/connection.h"

namespace pg {

// What one connection keeps parsed, and planned where it has no parameters, for those who cannot wait for that later
// (manual: "PREPARE"): by the text of a statement the name that the server has for it.
using KeptStatements = std::map<std::string, std::string>;

class Pipeline {
 public:
  // The connection is free for others until start() or run(). What is `kept` is not parsed again; it outlives this.
  explicit Pipeline(Connection& connection, const KeptStatements* kept = nullptr);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  using Visit = std::function<void(const std::vector<std::optional<std::string_view>>&)>;
  // One statement with bound text parameters; `visit` is called with each row that it gives, in run(). May not use the
  // connection.
  void add(std::string sql, std::vector<OptionalText> parameters = {}, Visit visit = {});
  // Has the server keep the statement, and runs it once, so that it is planned.
  void keep(KeptStatements& kept, const std::string& sql, std::vector<OptionalText> parameters = {});
  std::size_t bytes() const { return bytes_; }  // waiting to be sent

  // Sends what waits, and leaves the answers to run(): the server works meanwhile. For little: what the connection does
  // not take at once waits for the server. Nothing is added, and nobody uses the connection, until run(); where that
  // never comes the destructor drops the answers. Throws Error(server) where the connection is lost.
  void start();

  // Sends what waits, if anything does, and reads the answers. Throws Error(server) with what the first statement that
  // failed says: then those before it were done and visited. Whatever happens, nothing waits any more, and the
  // connection can be used again.
  void run();

 private:
  struct Statement {
    std::string name;  // that the server has for it, or empty
    std::string sql;   // empty where the server has it
    std::vector<OptionalText> parameters;
    Visit visit;
  };

  class Flight;

  void enter(Statement statement);

  Connection& connection_;
  const KeptStatements* kept_;
  std::vector<Statement> statements_;
  std::size_t bytes_ = 0;
  std::vector<Statement> sent_;     // what flight_ asks
  std::unique_ptr<Flight> flight_;  // between start() and run()
};

}  // namespace pg
