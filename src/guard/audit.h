// Does the live database keep its contract, today?
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "guard/cascades.h"
#include "guard/finding.h"
#include "pg/connection.h"
#include "report/annotations.h"
#include "report/document.h"

namespace guard {

struct Audit {
  static constexpr int version = 1;  // of its JSON
  std::string program;               // "pgrehearse 0.1.0"; the caller's to set
  std::string contract_file;
  std::string database;              // for people, without secrets
  std::vector<std::string> tables;   // that were audited
  Findings findings;                 // the gravest first
  std::vector<Cascade> cascades;     // each of them is a finding as well
  std::vector<std::string> notes;    // what could not be looked at
  std::map<std::string, int> lines;  // of the contract, by table and sequence that it names

  std::size_t count(Severity severity) const;
  bool clean() const { return count(Severity::error) + count(Severity::warning) == 0; }
};

// Reads the database through `connection`, which open_session() made; writes nothing. Throws Error(contract) where
// contract and database disagree, Error(server) where the server cannot be asked: a missing privilege, a timeout, a
// lost connection. `beat` is called between questions.
Audit audit(const contract::Contract& contract, pg::Connection& connection, const std::function<void()>& beat = {});

report::Document to_document(const Audit& audit);
std::string to_json(const Audit& audit);  // docs/formats/audit.md
// Each finding at the line of the contract that names its table or sequence; the file relative to the working
// directory.
report::Annotations to_annotations(const Audit& audit);

}  // namespace guard
