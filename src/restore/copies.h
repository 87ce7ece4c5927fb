// A recovery point that lies in several stores is as good as the best of its copies.
#pragma once

#include <functional>
#include <string_view>

#include "base/error.h"
#include "restore/choice.h"
#include "restore/restore.h"

namespace restore {

// Runs `restore`, which leaves nothing behind where it fails, with the copy that was chosen, and where that one turns
// out to be damaged or out of reach, with the next holder's. Each that was passed over is among the notes. Throws what
// the last one threw.
Restored restore_from_copies(Choice choice, const std::function<Restored(const Choice&)>& restore);

// Puts before an error's hint what the failure left as it was.
void say_untouched(base::Error& error, std::string_view what);

}  // namespace restore
