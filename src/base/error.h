// The one exception type of pgrehearse.
//
// A failure that ends what a person asked for is thrown as base::Error and caught at the edge of a command. Expected
// outcomes (a finding, a conflict, a missing optional thing) are values, never errors.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace base {

// What kind of failure; decides the exit status, see exit_status().
enum class Code {
  usage,        // the command line makes no sense
  contract,     // pgrehearse.toml is wrong, or disagrees with the database
  refused,      // understood, and deliberately not done
  server,       // a PostgreSQL server said no, or went away
  tool,         // a program that we need is missing or failed
  storage,      // files, disks, archives
  input,        // a script, dump or plan that cannot be read
  interrupted,  // Ctrl-C or SIGTERM
  internal,     // a bug in pgrehearse
};

// The process exit status for a failure of this kind (design: 1 refused, 2 usage or contract, 3 could not be done, 130
// interrupted).
int exit_status(Code code);

// The lower-case name of `code`, as JSON error output shows it.
std::string_view name(Code code);

class Error : public std::exception {
 public:
  // `message` says what happened, as a sentence without a final full stop; `hint` says what to do next, if anything.
  Error(Code code, std::string message, std::string hint = {});

  Code code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }
  const std::string& sqlstate() const noexcept { return sqlstate_; }  // five characters, or empty

  Error& with_sqlstate(std::string sqlstate);
  Error& with_hint(std::string hint);
  // Puts "WHAT: " before the message: what was being done, from the inside out ("while cloning image demo").
  Error& with_context(std::string_view what);

  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Code code_;
  std::string message_;
  std::string hint_;
  std::string sqlstate_;
};

// Runs `body`; an Error that leaves it carries `what` as context.
template <typename Body>
auto in_context(std::string_view what, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (Error& error) {
    error.with_context(what);
    throw;
  }
}

}  // namespace base
