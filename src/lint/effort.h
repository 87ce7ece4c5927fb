// How much work a statement may cost: queries that refer to each other can multiply, and no text may make us hang.
#pragma once

#include <cstddef>

namespace lint {

class Effort {
 public:
  // Far more than a statement takes that somebody wrote; a tenth of a second or so.
  static constexpr std::size_t of_statement = 4'000'000;

  explicit Effort(std::size_t units = of_statement) : left_(units) {}

  // Takes `units`, about one for each node looked at; false once they are used up: then the caller gives up, with any
  // answer, since nobody will believe it.
  bool spend(std::size_t units = 1) {
    if (units > left_) spent_ = true;
    left_ -= spent_ ? left_ : units;
    return !spent_;
  }
  // For what goes deeper than our stack is made for.
  bool give_up() { return spend(left_ + 1); }
  bool exhausted() const { return spent_; }
  std::size_t left() const { return left_; }

 private:
  std::size_t left_;
  bool spent_ = false;
};

}  // namespace lint
