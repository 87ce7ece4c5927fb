// The command line: a table of commands, and the one switch from error to exit status.
#pragma once

namespace cli {

int run(int argc, char** argv);

}  // namespace cli
