// A recovery point as what a rehearsal stands on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "repository/open.h"
#include "restore/choice.h"
#include "scratch/source.h"

namespace restore {

// `repository` is the newest good recovery point with a database, `repository:TIER` the newest of that tier,
// `repository:ID` that one. The repository is opened when such a source is asked for. The image of a tier's newest
// point takes the place of the one before it; that of a point named by its id stands for itself.
scratch::SourceKind source_kind(std::function<repository::Repository()> open);

}  // namespace restore
