// What a statement means for the transaction that it stands in (manual: "SQL Commands").
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apply {

enum class TransactionRole {
  plain,            // runs inside any transaction
  begin,            // BEGIN, START TRANSACTION
  commit,           // COMMIT, END
  characteristics,  // SET TRANSACTION: has to come first
  impossible,       // cannot run in one transaction with the rest, or would end it
};

struct TransactionWord {
  TransactionRole role = TransactionRole::plain;
  std::string why;  // where impossible, half a sentence
};

// By its first words, and by COMMIT and ROLLBACK in the body of a DO block.
TransactionWord transaction_word(std::string_view statement);

// What BEGIN, START TRANSACTION and SET TRANSACTION say of the transaction, whatever way they are spelt: "isolation" →
// "repeatable read", "access" → "read only", "deferrable" → "not deferrable". nullopt where it is something else
// (SET TRANSACTION SNAPSHOT).
std::optional<std::map<std::string, std::string>> transaction_options(std::string_view statement);

// SET, RESET or SHOW of a setting, which mean the same inside of a transaction.
bool is_setting(std::string_view statement);

// Why a transaction with this statement cannot be prepared, as far as its words go, half a sentence; or empty.
std::string why_not_prepared(std::string_view statement);

// The tables, as they are spelt, that a LOCK TABLE keeps everybody else from looking at.
std::vector<std::string> locked_away_by(std::string_view statement);

// What it does outside of the database, which no rollback takes back: COPY to a program or a file of the server, and
// functions that write one, end sessions, move replication slots or send statements elsewhere, in DO blocks too. Half a
// sentence; or empty.
std::string acts_outside(std::string_view statement);

// REINDEX, CLUSTER, COMMENT ON, SECURITY LABEL and REPLICA IDENTITY: they leave the catalogs otherwise than they were,
// and nothing of it is in a plan.
bool alters_unseen(std::string_view statement);

}  // namespace apply
