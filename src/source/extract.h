// SQL in the text of one file.
#pragma once

#include <string_view>

#include "source/fragment.h"

namespace source {

// The largest program that is parsed; a larger one that holds SQL is a Problem.
inline constexpr std::size_t largest_program = std::size_t{16} << 20;
// The largest file of SQL: it takes about ten times its size of memory.
inline constexpr std::size_t largest_script = std::size_t{64} << 20;

// What to do about a file that is none for lint.
inline constexpr const char* leave_out = "leave it out by --exclude, or by [lint] exclude in the contract";

// Every fragment of SQL in `bytes`, the text of a file in `language`. Never throws on what it reads: what is no text,
// no UTF-8, or looks unmistakably like SQL and cannot be parsed, comes back as a Problem. A hostile program may crash
// tree-sitter and us with it, which extract_files() contains. Programs that only read need no rule: where
// may_hold_writes() is false there are no fragments, and only what says "pgrehearse:" is looked at. From any thread.
Extraction extract(std::string_view bytes, Language language);

// False where `bytes`, a program, holds no words that SQL which writes begins with: extract() finds nothing in it then,
// and does not parse it.
bool may_hold_writes(std::string_view bytes);

// Where the first of them stands, from a byte on; npos: nowhere.
std::size_t next_write(std::string_view bytes, std::size_t from);

// The SQL inside the bodies of a statement: PL/pgSQL, SQL, PL/Python, PL/Perl and PL/v8 of DO, CREATE FUNCTION and
// CREATE PROCEDURE, and texts that EXECUTE, psql's \gexec, pg_cron or dblink run, as fragments with places in the same
// file. Bodies inside bodies come by calling it
// again.
Extraction bodies(const Fragment& fragment, const Statement& statement);

}  // namespace source
