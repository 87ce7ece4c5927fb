// A rehearsal of time: the same night again and again on one scratch, until the contract breaks or the nights are over.
//
// A night is its probes, each as often as the person says, and then the scripts. The values here are what came out, and
// have no server behind them; docs/formats/forecast.md specifies their JSON form.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "rehearse/ground.h"
#include "rehearse/plan.h"

namespace forecast {

// More would be no forecast but a way to wait.
inline constexpr int nights_limit = 10'000;

struct Options {
  rehearse::Options rehearsal;
  std::vector<std::string> each;  // "PROBE=COUNT"
  int nights = 0;
};

// Who did what a finding is about: the state itself before anything ran, a probe, or a script.
enum class By { state, probe, script };

struct Finding {
  rehearse::Finding what;  // `statement` counts through the night's probes, or through its scripts
  By by = By::script;
  std::string file;  // of the statement, or the probe's name; empty: of no single one
  int line = 0;
  std::string words;  // the statement's first words
};

// All runs of one probe in one night.
struct ProbeNight {
  std::string name;
  std::int64_t runs = 0;
  std::int64_t failed = 0;
  std::string error;        // of the first one that failed
  std::int64_t landed = 0;  // rows that it inserted into contract tables
  std::optional<rehearse::Landing> first;
  std::optional<rehearse::Landing> last;
};

struct Night {
  int number = 0;  // from 1
  std::vector<ProbeNight> probes;
  std::vector<rehearse::TableEffect> effects;     // of the scripts, net
  std::vector<rehearse::SequenceMove> sequences;  // from the evening to the morning
  std::vector<Finding> findings;                  // worst first
};

// Where a sequence's ids would leave their population's space if it went on like this.
struct Reach {
  std::string population;  // whose space it is; empty: nobody's
  std::int64_t id = 0;     // the first such id
  std::int64_t night = 0;
};

struct SequenceTrend {
  std::string sequence;
  std::string population;  // for which it mints; empty: for none
  double per_night = 0;    // numbers
  std::int64_t first = 0;  // the number that the next draw gave before the first night
  std::int64_t next = 0;   // and gives after the last one
  std::optional<Reach> reach;
};

// Rows of a table that the scripts delete, night by night.
struct DeletionTrend {
  std::string table;
  std::int64_t first = 0;  // in the first night
  std::int64_t last = 0;   // in the last one
  std::int64_t most = 0;
  std::int64_t total = 0;
};

struct Trends {
  std::vector<SequenceTrend> sequences;
  std::vector<DeletionTrend> deletions;
  // Protected rows that scripts changed, over all nights: those that keep the contract may update, and not delete.
  rehearse::Counts protected_rows;
};

enum class Verdict { holds, breaks };

// What people need of a contract table to find a row in it.
struct CoveredTable {
  std::string id;  // columns
  std::string population;
  std::string disposable;  // the first population that is; empty: none
};

struct Forecast {
  static constexpr int version = 1;
  std::string program;  // "pgrehearse 0.1.0"
  base::Instant created{};
  std::string source;
  std::string database;
  std::string role;
  int server_major = 0;
  std::string image;
  base::Instant image_taken{};
  std::string contract_file;
  std::string contract_hash;
  std::map<std::string, CoveredTable> covered;  // by "schema.table"
  std::vector<rehearse::ScriptFile> scripts;
  int nights_asked = 0;
  std::vector<Night> nights;  // in order; only the last one may have findings
  Trends trends;
  std::vector<std::string> notes;
  std::chrono::milliseconds took{};

  bool breaks() const { return !nights.empty() && !nights.back().findings.empty(); }
  Verdict verdict() const { return breaks() ? Verdict::breaks : Verdict::holds; }
};

// Runs it. The source is only read. Throws Error(usage) for a night that makes no sense, Error(contract) where there is
// no contract, and base::Error for what could not be done.
Forecast forecast(const Options& options);

}  // namespace forecast
