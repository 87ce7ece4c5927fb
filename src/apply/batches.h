// A net changeset, a handful of rows at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "changeset/file.h"

namespace apply {

// Calls `visit` with the changes of one relation after the other, at most `size(relation)` of them and about 4 MiB of
// images at a time (64 MiB where there is no key), in the order of the file. The index is the relation's in the reader.
void for_each_batch(const changeset::Reader& changes,
                    const std::function<std::size_t(const changeset::Relation&)>& size,
                    const std::function<void(std::uint32_t, const std::vector<changeset::Change>&)>& visit);

}  // namespace apply
