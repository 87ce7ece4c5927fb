// What the commands of the repository have in common.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "repository/open.h"

namespace cli {

// Declares --contract.
void declare_contract_option(CLI::App& app, std::string& contract);

// Declares --allow-unsealed.
void declare_allow_unsealed(CLI::App& app, bool& allow);

// Where this machine remembers the stores that it has seen.
std::filesystem::path store_memory();

// The repository of the contract that is named, or found; without any, the default one. With one of its stores alone,
// where that is named: Error(usage) where there is none of that name.
repository::Repository open_repository_of(const std::string& contract, repository::Keys keys = repository::Keys::needed,
                                          const std::string& only_store = {});

// What a person should know where the contract's keys are not here; empty: they are, or there are none. The other one
// says it on standard error.
std::string unasked_seals(const repository::Repository& repository);
void tell_keyless(const repository::Repository& repository);

// Runs `body`; where Ctrl-C ends it, the message says what is `left` then.
template <typename Body>
auto interruptible(std::string_view left, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (base::Error& error) {
    if (error.code() == base::Code::interrupted) error.with_hint(std::string(left));
    throw;
  }
}

// For --due: whether nobody watches, so that what went well is not said: cron mails every line. Silences progress then.
bool is_unwatched();

// What the commands that write say of a store that failed, on standard error.
void complain(const repository::Target& target, std::string_view consequence);

}  // namespace cli
