#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "report/text.h"
#include "restore/drill.h"

namespace restore {
namespace {

using testing::HasSubstr;

// Words alone, whatever lines they stand on.
std::string unwrapped(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

TEST(DrillReport, SaysTheWholeReasonWhateverTheTerminalsWidth) {
  const std::string reason =
      "pg_restore failed (exit status 1): pg_restore: error: could not execute query: ERROR: could not create unique "
      "index \"u_email\"; Command was: CREATE UNIQUE INDEX u_email ON public.u USING btree (email)";
  repository::Evidence evidence{.point = "20260511T030007Z-daily-a1b2c3d4", .proof = repository::Proof::drill};
  evidence.checks = {{"objects", true, "every byte as the manifest has it"}, {"restore", false, reason}};
  for (const int columns : {50, 80, 120}) {
    const std::string text = report::to_text(to_document({evidence}), {.columns = columns});
    EXPECT_THAT(unwrapped(text), HasSubstr(reason)) << text;
  }
}

}  // namespace
}  // namespace restore
