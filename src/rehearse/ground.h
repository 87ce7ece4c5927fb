// What every rehearsal stands on: scripts, the contract, and an image of the source that is held.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "contract/contract.h"
#include "rehearse/script_run.h"
#include "scratch/image.h"
#include "scratch/instance.h"

namespace rehearse {

struct Options {
  std::string source;                             // SOURCE; empty: the contract's database, then the PG* environment
  std::optional<std::filesystem::path> contract;  // unset: none
  std::vector<std::string> scripts;               // files, in order
  std::vector<std::string> commands;              // --exec, after them
  std::string role;                               // empty: the source's
  std::optional<base::Seconds> max_age;           // of an image that is no longer the source's state
  scratch::Isolation isolation = scratch::Isolation::required;
  std::vector<scratch::SourceKind> kinds;  // of sources that a rehearsal may stand on as well
};

struct Ground {
  contract::Contract contract;
  scratch::ImageHold hold;
  Session session;  // whose the scripts and probes are
  scratch::Isolation isolation = scratch::Isolation::required;

  const scratch::Image& image() const { return hold.image(); }
};

// What the person named, read and checked without a server.
struct Inputs {
  contract::Contract contract;
  std::vector<Script> scripts;
};
Inputs read_inputs(const Options& options);

// Finds or makes the image. The source is only read.
Ground lay_ground(const Options& options, contract::Contract contract);

// What a report on this ground has to say of itself: differences from the source, and what goes unseen. A sentence
// each.
std::vector<std::string> ground_notes(const Ground& ground);

}  // namespace rehearse
