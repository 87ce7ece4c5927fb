#include "rehearse/plan.h"

namespace rehearse {

Counts& Counts::operator+=(const Counts& other) {
  inserted += other.inserted;
  updated += other.updated;
  deleted += other.deleted;
  return *this;
}

Counts Plan::totals() const {
  Counts sum;
  for (const TableEffect& effect : effects) sum += effect.counts;
  return sum;
}

}  // namespace rehearse
