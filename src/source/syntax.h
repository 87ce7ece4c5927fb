// What the node types of tree-sitter's grammars mean, across the languages that we read.
#pragma once

#include <tree_sitter/api.h>

#include <string_view>

#include "source/language.h"

namespace source {

const TSLanguage* grammar(Language language);  // null: of SQL, which has none here

std::string_view type_of(TSNode node);

bool is_string(std::string_view type);
bool is_row(std::string_view type);  // strings that stand side by side
bool is_infix(std::string_view type);
bool is_parenthesized(std::string_view type);
bool is_call(std::string_view type);  // object creation, too
bool is_member(std::string_view type);
bool is_name(std::string_view type);  // of a variable
bool is_comment(std::string_view type);
bool is_content(std::string_view type);  // of a string
bool is_escape(std::string_view type);
bool is_number(std::string_view type);
bool is_list(std::string_view type);
bool is_choice(std::string_view type);  // cond ? a : b
bool is_delimiter(TSNode node, std::string_view type);

// False for nodes that say nothing by themselves, so that only what is in them counts. Looked up by number: most are.
bool says_something(TSNode node, Language language);

bool is_block(std::string_view type);                        // what statements stand in
bool is_fork(std::string_view type, Language language);      // of whose children not all are run
bool is_loop(std::string_view type);                         // of the forks
bool is_function(std::string_view type, Language language);  // has variables of its own
bool is_parameters(std::string_view type);                   // declares names
bool is_declaration(std::string_view type);                  // of a variable
bool is_assignment(std::string_view type);                   // to one
bool is_alternative(std::string_view type);                  // elif, else: of a fork's children in a shell

}  // namespace source
