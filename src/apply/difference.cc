#include "apply/difference.h"

namespace apply {

std::string_view name(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::missing:
      return "missing";
    case DifferenceKind::changed:
      return "changed";
    case DifferenceKind::unplanned:
      return "unplanned";
    case DifferenceKind::untouched:
      return "untouched";
    case DifferenceKind::result:
      return "result";
    case DifferenceKind::definition:
      return "definition";
    case DifferenceKind::unproven:
      return "unproven";
  }
  return "unproven";
}

}  // namespace apply
