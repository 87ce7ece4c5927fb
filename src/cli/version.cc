#include "cli/version.h"

namespace cli {

std::string program_and_version() {
  return "pgrehearse " PGREHEARSE_VERSION;
}

}  // namespace cli
