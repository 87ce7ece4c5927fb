// Line and column of byte offsets in one text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "source/fragment.h"

namespace source {

class Lines {
 public:
  // Reads all of `bytes` once, which must outlive this.
  explicit Lines(std::string_view bytes);
  Place place(std::size_t offset) const;

 private:
  std::string_view bytes_;
  std::size_t start_ = 0;           // behind a byte order mark
  std::vector<Place> checkpoints_;  // every so many bytes from start_
};

}  // namespace source
