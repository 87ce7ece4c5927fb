// Whether what production did is what the plan says, row for row.
//
// Values that every run makes anew cannot be equal. The clock's readings are compared by their shape: each side's lies
// in the time that its run took. Numbers drawn from a sequence and random UUIDs are bound to rows (made_values.h): only
// what a row of the run's own bears counts, one mapping for each sequence says which of production's stands for which
// of the plan's, and wherever the plan's rows hold such a value, foreign keys, other columns, texts and JSON,
// production's have to hold the one that it stands for. What stands in rows of others, before or now, was not made by
// the run.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "apply/difference.h"
#include "apply/shapes.h"
#include "changeset/file.h"

namespace apply {

// Which of these values rows hold that were committed by others: numbers in columns that draw from `sequence`
// ("schema.name"), UUIDs (`sequence` empty) anywhere.
using Elsewhere = std::function<std::set<std::string>(const std::string& sequence, const std::vector<std::string>&)>;

struct Compared {
  const changeset::Reader& planned;  // net
  const RunWindow& rehearsal;
  const changeset::Reader& actual;  // net, of `tables`; others came out as planned to the byte
  const RunWindow& production;
  const Shapes& shapes;
  const std::set<std::string>& tables;  // "schema.table"
  Elsewhere elsewhere;
  std::filesystem::path directory;  // for temporary files
};

// Each change of one side has to have its equal on the other. Memory is bounded, save for 50 bytes for each value that
// was made anew.
std::vector<Difference> compare(const Compared& what);

}  // namespace apply
