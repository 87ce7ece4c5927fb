// The part of the contract's reader that fills Contract::backups.
#pragma once

#include "contract/contract.h"
#include "contract/toml_reader.h"

namespace contract {

// Checks what can be checked without looking at any store: names, addresses, durations, that a tier's stores exist and
// that it can keep its promise at all. Throws Error(contract) with file and line.
void read_backups(const TomlReader& reader, const toml::table& root, Contract& contract);

}  // namespace contract
