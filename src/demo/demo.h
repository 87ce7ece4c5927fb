// The incident, replayed on a database of its own.
#pragma once

namespace demo {

// Tells the story on standard output. Needs nothing but PostgreSQL's programs; leaves nothing behind. Returns the exit
// status: 0 where every act ended as it has to, 1 where one did not.
int run();

}  // namespace demo
