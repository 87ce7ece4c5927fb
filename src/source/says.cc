#include "source/says.h"

#include <array>
#include <string>

#include "base/text.h"
#include "source/among.h"

namespace source {

bool says(std::string_view object, std::string_view name) {
  static constexpr std::array<std::string_view, 22> levels = {
      "log",      "info",      "warn",   "warning", "error", "debug",    "trace",  "fatal",
      "critical", "exception", "notice", "infof",   "warnf", "warningf", "errorf", "debugf",
      "tracef",   "fatalf",    "printf", "println", "print", "panicf"};
  static constexpr std::array<std::string_view, 23> alone = {"it",
                                                             "describe",
                                                             "raise",
                                                             "panic",
                                                             "bail",
                                                             "anyhow",
                                                             "abort",
                                                             "die",
                                                             "fail",
                                                             "say",
                                                             "say_with_time",
                                                             "error_log",
                                                             "trigger_error",
                                                             "runtime_error",
                                                             "logic_error",
                                                             "invalid_argument",
                                                             "loginformation",
                                                             "logwarning",
                                                             "logerror",
                                                             "logdebug",
                                                             "logtrace",
                                                             "logcritical",
                                                             "syslog"};
  static constexpr std::array<std::string_view, 20> comparing = {
      "contains",     "includes",    "startswith",   "starts_with", "has_prefix",           "hasprefix", "tocontain",
      "toequal",      "tobe",        "tomatch",      "tothrow",     "tohavebeencalledwith", "assertin",  "assertnotin",
      "assert_equal", "assertequal", "assertequals", "assertthat",  "tostrictequal",        "assert_eq"};
  const std::string what = base::lower_case(name);
  if (among(comparing, what)) return true;
  if (among(alone, what) || what.ends_with("error") || what.ends_with("exception")) {
    return what != "error" || object.empty() || base::lower_case(object).find("log") != std::string::npos ||
           object == "console";
  }
  static constexpr std::array<std::string_view, 8> printing = {"print",    "println", "printf",    "puts",
                                                               "eprintln", "eprint",  "writeline", "write"};
  static constexpr std::array<std::string_view, 6> streams = {"", "fmt", "console", "system.out", "system.err", "std"};
  if (among(printing, what) && among(streams, base::lower_case(object))) return what != "write" || object == "Console";
  static constexpr std::array<std::string_view, 4> patterns = {"re", "regexp", "regex", "pattern"};
  if (among(patterns, what) || among(patterns, base::lower_case(object))) return true;
  if (object.empty()) return what == "info" || what == "warn" || what == "debug" || what == "trace" || what == "log";
  const std::string who = base::lower_case(object);
  const bool logger = who.find("log") != std::string::npos || who == "console" || who == "tracing";
  if (logger && among(levels, what)) return true;
  return (who == "errors" && what == "new") || (who == "fmt" && what == "errorf");
}

}  // namespace source
