#include "demo/demo.h"

#include "cli/command.h"

namespace cli {

Action declare_demo(CLI::App&) {
  return [] { return demo::run(); };
}

}  // namespace cli
