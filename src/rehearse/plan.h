// What a rehearsal found: effects, findings, verdict. A value without a server behind it.
//
// Its JSON form is specified in docs/formats/plan.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace rehearse {

// Named as the population of rows whose column is NULL, or that reference nothing.
inline constexpr const char* no_population = "(none)";

struct Counts {
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
  std::int64_t total() const { return inserted + updated + deleted; }
  Counts& operator+=(const Counts& other);
  friend bool operator==(const Counts&, const Counts&) = default;
};

// The rows of one population among a table's changed rows.
struct PopulationEffect {
  std::string name;          // value of the population column, or no_population
  bool is_protected = true;  // everything not declared disposable
  Counts counts;
};

// A few ids for each kind of change, in the order they were met.
struct Samples {
  static constexpr std::size_t limit = 5;
  std::vector<std::string> inserted;
  std::vector<std::string> updated;
  std::vector<std::string> deleted;
};

// How rows came to be changed: named by the statement itself, or by its consequences.
enum class Via { statement, cascade, trigger };

struct TableEffect {
  std::string table;  // "schema.table", the leaf where partitioned
  std::string root;   // the partitioned table it belongs to, or the same as `table`
  Via via = Via::statement;
  Counts counts;
  bool truncated = false;
  std::vector<PopulationEffect> populations;  // of tables that the contract covers, by name
  Samples samples;
};

// Existing rows that INSERT … ON CONFLICT DO UPDATE or MERGE rewrote.
struct UpsertEffect {
  std::string table;
  std::int64_t rows = 0;
  std::vector<std::string> columns;  // that changed in at least one of them
  std::vector<PopulationEffect> populations;
  std::vector<std::string> ids;  // a few
};

struct StatementEffect {
  int number = 0;    // from 1, through all scripts
  std::string file;  // as given on the command line; "--exec" for a command
  int line = 0;
  std::string words;  // its first words, secrets masked
  std::vector<TableEffect> effects;
  std::vector<UpsertEffect> upserts;
};

// Why a script or command stopped.
struct Failure {
  int statement = 0;
  std::string file;
  int line = 0;
  std::string sqlstate;  // empty for a command
  std::string message;
  std::string left;  // what would have been left behind, a sentence
};

struct SequenceMove {
  std::string name;                    // "schema.sequence"
  std::optional<std::int64_t> before;  // last value drawn; none: never drawn from, or made by the script
  std::optional<std::int64_t> after;   // none: not drawn from since it was set or restarted
  std::int64_t next = 0;               // the number that the next draw gives
  std::int64_t rows = 0;               // rows inserted or upserted that explain the move
  bool set = false;                    // by setval or RESTART, as far as can be told; else numbers were only drawn
  std::optional<std::int64_t> first;   // the first and the last number that the scripts drew; none where it was set,
  std::optional<std::int64_t> last;    // or made by them
};

// When and how the scripts ran, by the clock of this machine, which the scratch shares.
struct Run {
  std::int64_t began = 0;  // microseconds since 1970 UTC
  std::int64_t ended = 0;
  bool large_objects = false;          // were written: what they hold is in no plan
  bool sets_sequences = false;         // setval or RESTART was said, whether or not a sequence moved by it
  std::vector<std::string> refreshed;  // materialized views, whose rows are in no plan either
  std::vector<int> backends;           // process ids of the sessions that scripts ran in
  std::int64_t first_xid = 0;          // transactions from this one on (64 bits) …
  std::int64_t next_xid = 0;           // … and below that one were theirs
  std::string session_options;         // libpq's `options` of the session, as the source's URL or PGOPTIONS had them
};

// Of an object whose alteration could change what the scripts do (rehearse/definitions.h).
struct Definition {
  std::string object;  // "trigger public.users.audit"
  std::string sha256;
  friend bool operator==(const Definition&, const Definition&) = default;
};

struct CatalogChange {
  enum class Kind { added, dropped, changed } kind = Kind::changed;
  std::string object;  // "table public.users", "index public.users_pkey"
};

struct Landing {
  std::string table;
  std::string id;
  std::string population;
};

struct ProbeResult {
  std::string name;
  std::vector<Landing> landed;  // rows of contract tables that it inserted
  std::string error;            // empty: it worked
};

struct Finding {
  std::string rule;
  int statement = 0;  // 0: of no single statement
  std::string table;  // or sequence, or probe; empty where the rule is about none
  std::int64_t rows = 0;
  std::string message;  // one plain sentence
  std::vector<std::string> ids;
  std::string population;  // of the rows; empty where the rule is not about rows of one
};

struct ScriptFile {
  std::string name;  // as given; a command's text for --exec, secrets masked
  bool command = false;
  std::uint64_t bytes = 0;
  std::string sha256;
};

enum class Verdict { keeps, breaks };

struct Plan {
  static constexpr int version = 1;
  std::string program;  // "pgrehearse 0.1.0"
  base::Instant created{};
  std::string source;
  std::string database;
  std::string role;
  std::string system_identifier;  // of the source's cluster; empty for dumps
  int server_major = 0;
  std::string image;
  base::Instant image_taken{};
  bool image_reused = false;
  bool sandboxed = true;
  std::string contract_file;  // empty: no contract
  std::string contract_hash;
  std::vector<ScriptFile> scripts;

  std::vector<TableEffect> effects;         // net, by table
  std::vector<StatementEffect> statements;  // in their order; the first 10,000
  std::int64_t statements_run = 0;
  std::optional<Failure> failure;
  std::vector<SequenceMove> sequences;
  std::vector<CatalogChange> catalog;
  Run run;
  std::vector<Definition> definitions;  // by object; of the tables in `effects`, before the scripts ran
  std::vector<ProbeResult> probes;
  std::vector<Finding> findings;
  std::vector<std::string> notes;  // what was not seen, or differs from the source; a sentence each
  std::string file;                // where the plan was written; empty: not yet

  Verdict verdict() const { return findings.empty() ? Verdict::keeps : Verdict::breaks; }
  Counts totals() const;
};

}  // namespace rehearse
