// Putting a fragment together out of stretches of a file, so that each byte knows where it comes from.
#pragma once

#include <string>
#include <string_view>

#include "source/fragment.h"

namespace source {

class Pieces {
 public:
  // Bytes that stand in the file as they are, from `place` on. A run for each line keeps looking up a place cheap.
  void copy(std::string_view text, std::size_t file, Place place);
  // The same out of another fragment, from `begin` on.
  void copy(const Fragment& from, std::size_t begin, std::size_t end);
  // Bytes that stand for something else at `place`.
  void insert(std::string_view text, std::size_t file, Place place);

  std::size_t size() const { return fragment_.sql.size(); }
  Fragment take() { return std::move(fragment_); }
  Fragment& fragment() { return fragment_; }
  const Fragment& fragment() const { return fragment_; }

 private:
  Fragment fragment_;
};

}  // namespace source
