// A restore, done for practice: a recovery point goes into a throw-away server, and what comes out is proven.
#pragma once

#include <string>
#include <vector>

#include "contract/contract.h"
#include "report/document.h"
#include "repository/evidence.h"
#include "restore/choice.h"
#include "scratch/instance.h"

namespace restore {

struct DrillOptions {
  contract::Contract contract;
  const repository::KeyRing* keys = nullptr;
  scratch::Isolation isolation = scratch::Isolation::required;
  std::string program;  // "pgrehearse 0.1.0"
};

// Of a database, in this order, as far as it gets: `objects` (all are there, every byte is what the manifest speaks
// of), `archive` (made when and of which database the manifest says), `restore`, `server`, `rows`, `indexes`
// (or `amcheck`, where they cannot be read), `foreign-keys`, `audit` (where the contract names tables), `check 1`, …
// (the contract's own), `rto`. Of Redis: `objects`, `keys` (the file holds what the manifest says), `made`, `server`,
// `loaded` (the server holds what the file does), `rto`. Without a manifest that can be believed: `manifest` alone.
//
// A point that is bad is a result. Throws base::Error for what says nothing about it: programs that are missing, a key
// that is not here, a store that does not answer, a full disk, Ctrl-C. Leaves nothing behind.
repository::Evidence drill(const Choice& choice, const DrillOptions& options);

// Writes the evidence beside the point: into every store with the same manifest, as of another copy where it was not
// the one that was read, or, where the copy is damaged, into its store alone. Returns the stores that did not take it,
// with the reason.
std::vector<std::string> keep_evidence(const repository::Evidence& evidence, const Choice& choice);

report::Document to_document(const std::vector<repository::Evidence>& drills);
// docs/formats/drill.md: an object for one that was named, else an array.
std::string to_json(const repository::Evidence& drill);
std::string to_json(const std::vector<repository::Evidence>& drills);

}  // namespace restore
