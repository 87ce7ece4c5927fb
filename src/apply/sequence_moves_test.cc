#include "apply/sequence_moves.h"

#include <gtest/gtest.h>

#include "apply/database_test.h"

namespace apply {
namespace {

const char* const kSchema = R"(
  CREATE SEQUENCE fresh;
  CREATE SEQUENCE near; SELECT setval('near', 10);
  CREATE SEQUENCE past; SELECT setval('past', 20);
  CREATE SEQUENCE far; SELECT setval('far', 5);
  CREATE SEQUENCE down INCREMENT -3 MAXVALUE 100 START 100; SELECT setval('down', 50);
  CREATE SEQUENCE widest MINVALUE -9223372036854775808 START -9223372036854775808; SELECT nextval('widest');)";

rehearse::SequenceMove to(const char* name, std::int64_t next) {
  return {.name = name, .next = next};
}

TEST(SequenceMoves, GoForwardAlone) {
  const TestDatabase database(kSchema);
  pg::Connection session = database.session();
  rehearse::Plan plan;
  plan.sequences = {to("public.fresh", 4), to("public.near", 14),  to("public.past", 14),
                    to("public.down", 40), to("public.widest", 8), to("public.far", 92'000'000)};
  DrawnTo drawn;
  session.none("BEGIN");
  move_sequences(session, plan, database.catalog(), drawn);
  session.none("COMMIT");
  EXPECT_EQ(drawn, (DrawnTo{{"public.fresh", 3}, {"public.near", 13}, {"public.down", 41}}));
  for (const auto& [sequence, next] : std::map<std::string, std::string>{
           {"fresh", "4"}, {"near", "14"}, {"past", "21"}, {"down", "38"}, {"widest", "8"}, {"far", "92000000"}}) {
    EXPECT_EQ(session.one_value("SELECT nextval($1)", {sequence}), next) << sequence;
  }
}

TEST(SequenceMoves, ARollbackTakesBackWhatWasTooFarToDraw) {
  const TestDatabase database(kSchema);
  pg::Connection session = database.session();
  rehearse::Plan plan;
  plan.sequences = {to("public.far", 92'000'000)};
  DrawnTo drawn;
  session.none("BEGIN");
  move_sequences(session, plan, database.catalog(), drawn);
  session.none("ROLLBACK");
  EXPECT_TRUE(drawn.empty());
  EXPECT_EQ(session.one_value("SELECT nextval('far')"), "6");
}

}  // namespace
}  // namespace apply
