// Several statements in one round trip (manual: "libpq", "Pipeline Mode").
//
// Each runs once those before it are done; after one that fails none runs. Every wait watches for Ctrl-C, as those of
// Connection do. Not for use by two threads.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/connection.h"

namespace pg {

class Pipeline {
 public:
  // The connection is free for others until run().
  explicit Pipeline(Connection& connection) : connection_(connection) {}

  using Visit = std::function<void(const std::vector<std::optional<std::string_view>>&)>;
  // One statement with bound text parameters; `visit` is called with each row that it gives, in run(). May not use the
  // connection.
  void add(std::string sql, std::vector<OptionalText> parameters = {}, Visit visit = {});
  std::size_t bytes() const { return bytes_; }  // waiting to be sent

  // Sends what waits, if anything does, and reads the answers. Throws Error(server) with what the first statement that
  // failed says: then those before it were done and visited. Whatever happens, nothing waits any more, and the
  // connection can be used again.
  void run();

 private:
  struct Statement {
    std::string sql;
    std::vector<OptionalText> parameters;
    Visit visit;
  };

  Connection& connection_;
  std::vector<Statement> statements_;
  std::size_t bytes_ = 0;
};

}  // namespace pg
