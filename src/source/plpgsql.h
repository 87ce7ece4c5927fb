// PL/pgSQL, read far enough to find the SQL in it: segments that a semicolon or a control word ends.
#pragma once

#include "source/fragment.h"

namespace source {

// Puts the statements of `body.sql` into `body`, and the loops around them; what EXECUTE runs becomes fragments of
// `result`. Whatever is no SQL in a statement (PERFORM, INTO and its names) is blotted out of `body.sql`.
void read_plpgsql(Fragment& body, Extraction& result);

}  // namespace source
