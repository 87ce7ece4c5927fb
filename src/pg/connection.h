// A connection to a PostgreSQL server (libpq), owned, interruptible, and with queries that state the shape they expect.
//
// Every wait watches for Ctrl-C: an interrupted query is cancelled on the server and Error(interrupted) thrown. Server
// errors become Error(server) with their SQLSTATE; passwords never appear in a message. Not for use by two threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_result;

namespace pg {

// libpq keywords and values ("host", "port", "dbname", "user", …).
using Parameters = std::map<std::string, std::string>;

// Parses a libpq URI or conninfo string; a string that is neither is a database name, as psql has it. Throws
// Error(usage) with libpq's reason, secrets masked.
Parameters parse_conninfo(const std::string& conninfo);

// The same as one conninfo string; with every secret that is in them.
std::string to_conninfo(const Parameters& parameters);

// How a target is shown to people: "app@db.example.com:5432/shop", never with a secret.
std::string describe(const Parameters& parameters);

using OptionalText = std::optional<std::string>;
using Row = std::vector<OptionalText>;

class Connection {
 public:
  // Connects. `options` are SQL settings made at session start ("statement_timeout" → "5s"). Throws Error(server), with
  // a hint by kind: server not reachable, password wrong or missing, database missing, too many connections.
  static Connection open(const Parameters& parameters, const std::map<std::string, std::string>& options = {});
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Runs `sql` with bound text parameters. The names say what must come back; anything else is Error(internal).
  void none(const std::string& sql, const std::vector<OptionalText>& parameters = {});  // rows, if any, are dropped
  OptionalText one_value(const std::string& sql, const std::vector<OptionalText>& parameters = {});
  Row one_row(const std::string& sql, const std::vector<OptionalText>& parameters = {});
  std::optional<Row> maybe_row(const std::string& sql, const std::vector<OptionalText>& parameters = {});
  std::vector<Row> rows(const std::string& sql, const std::vector<OptionalText>& parameters = {});
  // Row by row, never more than one in memory. `visit` may not use this connection.
  void each_row(const std::string& sql, const std::vector<OptionalText>& parameters,
                const std::function<void(const std::vector<std::optional<std::string_view>>&)>& visit);
  // Several statements separated by semicolons, no parameters, results dropped.
  void script(const std::string& sql);

  // COPY (…) TO STDOUT: `sink` gets the bytes as they come. COPY … FROM STDIN: `source` returns "" at the end.
  void copy_out(const std::string& sql, const std::function<void(std::string_view)>& sink);
  void copy_in(const std::string& sql, const std::function<std::string_view()>& source);

  // What happened to one statement of a person's script.
  struct Outcome {
    bool ok = false;
    std::string tag;       // command tag, "DELETE 10"
    std::string sqlstate;  // where !ok
    std::string message;   // where !ok: primary message
    std::string detail;    // where !ok: detail, hint and context, a line each
    int position = 0;      // where !ok: character in the statement, from 1; 0 unknown
    bool connection_lost = false;
  };
  // Runs one statement as psql would (simple protocol), dropping its rows one by one. `copy_data` feeds COPY FROM
  // STDIN. Never throws for what the server says about the statement.
  Outcome run_statement(std::string_view sql, std::optional<std::string_view> copy_data);

  bool in_transaction() const;  // a transaction block is open, failed or not
  int server_version() const;   // 150020
  int server_major() const;
  const Parameters& parameters() const;
  std::string quote_literal(std::string_view text) const;
  int backend_pid() const;
  pg_conn* raw() const;  // for the replication protocol

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// "Quoted" where it has to be, as format('%I') does.
std::string quote_identifier(std::string_view name);
std::string quote_qualified(std::string_view schema, std::string_view name);

}  // namespace pg
